import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { createClient } from './client.ts';

test('who is told to come later, because of an outage or of his own share, comes later', async () => {
  const answers = [429, 503, 200];
  const server = createServer((_request, response) => {
    response.writeHead(answers.shift() ?? 500, { 'retry-after': '0' }).end('{"state":"open"}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  let retries = 0;
  const client = createClient(
    `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    'the-key-of-whoever-asks',
    () => {
      retries++;
    },
  );
  try {
    expect(await client.get('/v1/usage')).toMatchObject({ status: 200, body: { state: 'open' } });
    expect(retries).toBe(2);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
