/** The other end of a webhook, on this machine. */

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
  /** ms */
  at: number;
}

export interface WebhookReceiver {
  url: string;
  received: Received[];
  /** What came of a type, by the public library's check of its signature. Throws where that fails. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into notifications of every shape
  verified(secret: string, type?: string): { id: string; body: any }[];
  /** How it answers from now on. */
  answer(how: (response: ServerResponse, received: Received) => void): void;
  close(): Promise<void>;
}

export const answerWith =
  (status: number, body = '') =>
  (response: ServerResponse): void => {
    response.writeHead(status).end(body);
  };

/** Listens on 127.0.0.1 and answers 204. */
export async function webhookReceiver(port = 0): Promise<WebhookReceiver> {
  const received: Received[] = [];
  let how: (response: ServerResponse, received: Received) => void = answerWith(204);
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const one = { headers: request.headers, body, at: Date.now() };
      received.push(one);
      how(response, one);
    });
    response.on('error', () => undefined);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    verified: (secret, type) =>
      received.flatMap(({ headers, body }) => {
        const verified = new Webhook(secret).verify(body, headers as Record<string, string>);
        const isWanted = type === undefined || (verified as { type: string }).type === type;
        return isWanted ? { id: String(headers['webhook-id']), body: verified } : [];
      }),
    answer(other) {
      how = other;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
