import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { App } from '../deps.ts';

/** How many connections there are, and how long one stays that does nothing. */

/**
 * After so long without a byte in or out a connection is looked at, in ms. Node looks twice where a write is under way,
 * so that a reader who takes nothing is cut off after 15 to 30 s.
 */
export const QUIET_MS = 15_000;
/** How long a connection whose end was announced stays, so that the other side finds the answer and not a reset. */
const LINGER_MS = 1_000;

/** The latest answer on each connection, begun or not. */
const answers = new WeakMap<Socket, ServerResponse>();

/**
 * Keeps at most so many connections. For one more, one is given up that never asked anything, else one that asks nothing
 * now, in each case the one that has waited longest; where all have a request in hand, the new one goes.
 */
export function limitConnections({ server }: App, most: number): void {
  const open = new Set<Socket>();
  const neverAsked = new Set<Socket>();
  const idle = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    neverAsked.add(socket);
    socket.once('close', () => {
      for (const set of [open, neverAsked, idle]) set.delete(socket);
    });
    if (open.size > most) longestIn(neverAsked, idle, socket).destroy();
  });
  server.on('request', ({ socket }: IncomingMessage, answer: ServerResponse) => {
    neverAsked.delete(socket);
    idle.delete(socket);
    answers.set(socket, answer);
    answer.once('close', () => {
      if (open.has(socket) && answers.get(socket) === answer) idle.add(socket);
    });
  });
  server.on('timeout', (socket: Socket) => {
    // What a request waits for (log, database) has limits of its own.
    if (isAnswering(socket) && socket.writableLength === 0) socket.setTimeout(QUIET_MS);
    else socket.destroy();
  });
}

/** The newcomer is the last of those that never asked: it goes only where there is nobody else. */
function longestIn(neverAsked: ReadonlySet<Socket>, idle: ReadonlySet<Socket>, newcomer: Socket): Socket {
  const [first = newcomer] = neverAsked;
  return first === newcomer ? (idle.values().next().value ?? newcomer) : first;
}

function isAnswering(socket: Socket): boolean {
  return answers.get(socket)?.closed === false;
}

/** Ends a connection with bytes that the other side still gets, unless they would end up inside of an answer. */
export function endConnection(socket: Socket, lastWords: string): void {
  const answer = answers.get(socket);
  const isBegun = answer?.headersSent === true && !(answer.closed && answer.req.complete);
  if (isBegun || !socket.writable) {
    socket.destroy();
    return;
  }
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
  socket.end(lastWords);
}
