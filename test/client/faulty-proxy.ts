/** Stands between a sender and a real service, passes requests on, and breaks those that a test wants broken. */

import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export type Fault =
  /** An answer of the proxy's own; the service sees nothing. */
  | { status: number; headers?: Record<string, string>; body?: string }
  /** The connection is reset before the service sees the request, or once it has answered: before that, or amid it. */
  | 'reset'
  | 'reset-answered'
  | 'reset-amid-answer'
  /** The service answers, and nobody hears of it. */
  | 'hang';

export interface FaultyProxy {
  url: string;
  /** One entry per request, broken ones too. */
  requests: { at: number; ids: string[]; bytes: number }[];
  /** What the next requests meet, one after another; then they are passed on. */
  next(...faults: Fault[]): void;
  close(): Promise<void>;
}

/** `target` is asked for each request: a service that is started again listens elsewhere. */
export async function faultyProxy(target: () => { url: string }): Promise<FaultyProxy> {
  const faults: Fault[] = [];
  const requests: FaultyProxy['requests'] = [];

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const ids = (JSON.parse(body.toString()) as { id: string }[]).map(({ id }) => id);
    requests.push({ at: performance.now(), ids, bytes: body.length });
    const fault = faults.shift();
    const reset = () => incoming.socket.resetAndDestroy();
    if (fault === 'reset') return void reset();
    if (typeof fault === 'object')
      return void response.writeHead(fault.status, fault.headers).end(fault.body ?? '');
    const answer = await passOn(target().url, incoming, body);
    if (fault === 'hang') return;
    if (answer === null || fault === 'reset-answered') return void reset();
    response.writeHead(answer.status, answer.headers);
    if (fault === 'reset-amid-answer') response.write(answer.body.subarray(0, -20), reset);
    else response.end(answer.body);
  }

  const server = createServer((incoming, response) => {
    serve(incoming, response).catch((error: Error) => incoming.socket.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    next: (...more) => void faults.push(...more),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Passed {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/** Null where the service gave no whole answer. */
function passOn(url: string, { method, url: path, headers }: IncomingMessage, body: Buffer) {
  return new Promise<Passed | null>((resolve) => {
    const none = () => resolve(null);
    const passed = request(new URL(path ?? '/', url), { method, headers, agent: false }, (answer) => {
      const whole = (content: Buffer) =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: content });
      buffer(answer).then(whole, none);
    });
    passed.on('error', none).end(body);
  });
}
