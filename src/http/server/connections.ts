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

/** Requests that one connection may send before their answers; what clients there are send none. */
const MOST_PIPELINED = 64;

/** The latest answer on each open connection, begun or not. */
const answers = new Map<Socket, ServerResponse>();

/**
 * Keeps at most so many connections. For one more, one is given up that never asked anything, else one that asks nothing
 * now, in each case the one that has waited longest; where all have a request in hand, the new one goes.
 */
export function limitConnections({ server }: App, most: number): void {
  const open = new Set<Socket>();
  const neverAsked = new Set<Socket>();
  const idle = new Set<Socket>();
  /** Since they were idle last. */
  const pipelined = new Map<Socket, number>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    neverAsked.add(socket);
    socket.once('close', () => {
      for (const all of [open, neverAsked, idle, answers, pipelined]) all.delete(socket);
    });
    if (open.size > most) longestIn(neverAsked, idle, socket).destroy();
  });
  server.on('request', ({ socket }: IncomingMessage, answer: ServerResponse) => {
    neverAsked.delete(socket);
    idle.delete(socket);
    if (isAnswering(socket)) countPipelined(socket);
    answers.set(socket, answer);
    answer.on('close', noteIdle);
  });
  function countPipelined(socket: Socket): void {
    const count = (pipelined.get(socket) ?? 0) + 1;
    pipelined.set(socket, count);
    if (count >= MOST_PIPELINED) socket.destroy();
  }
  // One for all: a closure for each request is a microsecond of everybody's.
  function noteIdle(this: ServerResponse): void {
    const { socket } = this.req;
    if (answers.get(socket) !== this || !open.has(socket)) return;
    pipelined.delete(socket);
    idle.add(socket);
  }
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
