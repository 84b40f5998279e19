/** Where notifications are not sent, and what a request takes from whoever is at the other end. */

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../../test/support/until.ts';
import { answerWith, type WebhookReceiver, webhookReceiver } from '../../test/support/webhook-receiver.ts';
import { isClosed, openLookup, urlFault } from './address.ts';
import { send } from './send.ts';

let receiver: WebhookReceiver;
beforeAll(async () => {
  receiver = await webhookReceiver();
});
afterAll(() => receiver.close());

const never = new AbortController().signal;
const post = (url: string, options: { allowInsecure?: boolean; answerMs?: number } = {}) =>
  send({ url, headers: {}, body: '{}' }, { allowInsecure: true, signal: never, ...options });

test.each([
  ...['127.0.0.1', '127.8.9.1', '0.0.0.0', '10.1.2.3', '172.31.0.1', '192.168.1.1', '169.254.169.254'],
  ...['100.64.0.1', '192.0.0.8', '198.19.0.1', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
  ...[
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    'fe80::1',
    'fc00::1',
    'fd12::1',
    'ff02::1',
  ],
  ...['64:ff9b::7f00:1', '2002:7f00:1::', '2001:0:7f00:1::', '2001:db8::1', 'fec0::1', '100::1'],
])('%s is closed', (address) => expect(isClosed(address)).toBe(true));

test.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450:4001::200e'])(
  '%s is open',
  (address) => expect(isClosed(address)).toBe(false),
);

test.each([
  ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '0x7f.1', '017700000001', '127.0.0.1.'],
  ...['0', '[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:127.0.0.1]', '[::7f00:1]'],
  ...['\uff11\uff12\uff17.0.0.1', '127\u30020.0.1', '169.254.169.254', '[fe80::1]', '[64:ff9b::127.0.0.1]'],
])('no webhook lies at https://%s/, and no connection is made there', async (host) => {
  expect(urlFault(`https://${host}/`, false)).toBe('must not be loopback, private or reserved');
  const { port } = new URL(receiver.url);
  const attempt = await post(`https://${host}:${port}/`, { allowInsecure: false });
  expect(attempt).toMatchObject({ status: null, error: expect.stringContaining('private or reserved') });
  expect(receiver.received).toEqual([]);
});

test.each([
  ['http://erp.example/', 'must be an https address'],
  ['ftp://erp.example/', 'must be an https address'],
  ['nowhere', 'must be an https address'],
  ['https://me:word@erp.example/', expect.stringContaining('no user and password')],
  ['https://erp.example/', null],
  ['https://8.8.8.8/', null],
])('%s: %s', (url, fault) => expect(urlFault(url, false)).toEqual(fault));

test('a name is judged by what it resolves to for the connection, all of it', async () => {
  for (const all of [true, false]) {
    const found = Promise.withResolvers<unknown>();
    openLookup('localhost', { all }, (error, address) => found.resolve(error ?? address));
    expect(await found.promise).toMatchObject({ name: 'AddressClosed' });
  }
  const { port } = new URL(receiver.url);
  const attempt = await post(`https://localhost:${port}/`, { allowInsecure: false });
  expect(attempt).toMatchObject({ status: null, error: expect.stringContaining('private or reserved') });
  expect(await post(`http://localhost:${port}/`, { allowInsecure: false })).toMatchObject({
    error: 'the address is not https',
  });
});

test('redirects are not followed', async () => {
  const elsewhere = await webhookReceiver();
  receiver.answer((response) => response.writeHead(307, { location: elsewhere.url }).end());
  expect(await post(receiver.url)).toMatchObject({ status: 307 });
  expect(elsewhere.received).toEqual([]);
  await elsewhere.close();
});

test('who takes the request and says nothing is given up', async () => {
  receiver.answer(() => undefined);
  expect(await post(receiver.url, { answerMs: 300 })).toEqual({
    ...{ status: null, answer: null },
    error: 'no answer within 0.3 s',
  });
});

test('of an answer without end the beginning is read, and the connection closed', async () => {
  let written = 0;
  let closed = false;
  const block = 'x'.repeat(65_536);
  receiver.answer((response) => {
    response.writeHead(200);
    response.on('close', () => {
      closed = true;
    });
    const more = () => {
      while (!closed && response.write(block)) written += block.length;
    };
    response.on('drain', more);
    more();
  });
  expect(await post(receiver.url)).toEqual({ status: 200, answer: 'x'.repeat(1_024), error: null });
  await until(() => closed, { what: 'the connection to be closed' });
  // What the sockets of both ends hold.
  expect(written).toBeLessThan(16 * 1024 * 1024);
});

test('an answer that comes byte by byte ends with the time there is: the status counts if it came', async () => {
  const timers: NodeJS.Timeout[] = [];
  const dribble = (head: string) => (socket: Socket) => {
    socket.on('error', () => undefined);
    socket.write(head);
    timers.push(setInterval(() => socket.write('a'), 20));
  };
  for (const [head, answer] of [
    ['HTTP/1.1 200 OK\r\n\r\n', { status: 200, answer: expect.stringMatching(/^a+$/), error: null }],
    ['HTTP/1.1 200 OK\r\nx: ', { status: null, answer: null, error: 'no answer within 0.5 s' }],
  ] as const) {
    const server = createServer(dribble(head)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    expect(await post(`http://127.0.0.1:${port}/`, { answerMs: 500 })).toEqual(answer);
    for (const timer of timers) clearInterval(timer);
    server.close();
  }
});

test('who is not there, breaks off, or speaks something else is a failure with a reason', async () => {
  for (const [spoken, reason] of [
    ['SSH-2.0-OpenSSH\r\n', /Parse Error|HTTP/],
    ['', /hang up|closed/],
    ['HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n', /hang up|closed/],
    [`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`, /Overflow|overflow/],
  ] as const) {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.resume().end(spoken);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    expect(await post(`http://127.0.0.1:${port}/`)).toEqual({
      ...{ status: null, answer: null },
      error: expect.stringMatching(reason),
    });
    server.close();
    await once(server, 'close');
    expect(await post(`http://127.0.0.1:${port}/`)).toMatchObject({
      error: expect.stringContaining('ECONNREFUSED'),
    });
  }
});

test('a request that is given up rejects, so that nobody takes it for a failure of the other end', async () => {
  receiver.answer(() => undefined);
  const stopping = new AbortController();
  const sent = send(
    { url: receiver.url, headers: {}, body: '{}' },
    { allowInsecure: true, signal: stopping.signal },
  );
  const before = receiver.received.length;
  await until(() => receiver.received.length > before, { what: 'the request' });
  stopping.abort(new Error('stopping'));
  await expect(sent).rejects.toThrow('stopping');
  receiver.answer(answerWith(204));
});
