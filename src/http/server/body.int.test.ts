import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ADMIN_KEY, type TestApi, testApi } from '../../../test/support/api.ts';
import { until } from '../../../test/support/until.ts';

let api: TestApi;
let url: string;

beforeAll(async () => {
  api = await testApi();
  url = await api.app.listen({ host: '127.0.0.1', port: 0 });
});

afterAll(() => api?.close());

const MB = 1024 * 1024;
const EVENT = {
  id: 'm1',
  type: 'message.received',
  tenant: 'acme',
  channel: 'webchat',
  account: 'site',
  contact: 'ana',
  occurredAt: '2026-11-03T10:00:00-03:00',
};

async function logged(): Promise<number> {
  const { rows } = await api.database.database.pool.query('SELECT count(*)::int AS count FROM log.records');
  return rows[0].count;
}

describe('codings', () => {
  const post = async (body: unknown, coding: string) =>
    await api.call('POST', '/v1/events', { body, headers: { 'content-encoding': coding } });
  const packed = gzipSync(JSON.stringify([EVENT, { ...EVENT, id: 'm2' }]));

  test.each(['gzip', 'GZIP', 'Gzip', 'x-gzip', ' gzip', 'identity, gzip'])(
    '%j is unpacked',
    async (coding) => {
      const before = await logged();
      expect(await post(packed, coding)).toMatchObject({ status: 202, json: { accepted: 2 } });
      expect(await logged()).toBe(before + 2);
    },
  );

  test.each(['identity', 'Identity', 'IDENTITY, identity', ''])('%j is no coding', async (coding) => {
    expect((await post(EVENT, coding)).status).toBe(202);
  });

  test.each(['br', 'deflate', 'gzip, gzip', 'zstd'])('%j: 415 says what is taken', async (coding) => {
    const answer = await post(packed, coding);
    expect(answer).toMatchObject({ status: 415, json: { type: '/problems/unsupported-media-type' } });
    expect(answer.json.detail).toContain('gzip');
    expect(answer.headers['accept-encoding']).toBe('gzip');
  });

  test('everywhere, and an empty body is none, packed or not', async () => {
    const headers = { 'content-encoding': 'gzip' };
    const key = { name: 'packed', scopes: ['ops'] };
    const body = gzipSync(JSON.stringify(key));
    expect((await api.call('POST', '/v1/ops/keys', { body, headers })).json).toMatchObject(key);
    const promote = await api.call('POST', '/v1/ops/rebuilds/1/promote', { body: '', headers });
    expect(promote.json.type).toBe('/problems/not-found');
  });

  test.each([
    ['no gzip', Buffer.from('{}')],
    ['a gzip cut short', packed.subarray(0, -10)],
    [
      'a gzip with a broken middle',
      Buffer.concat([packed.subarray(0, 20), Buffer.alloc(20), packed.subarray(40)]),
    ],
  ])('%s: 400', async (_, body) => {
    const answer = await post(body, 'gzip');
    expect(answer).toMatchObject({ status: 400, json: { type: '/problems/not-json' } });
    expect(answer.json.detail).toMatch(/^The body is not the gzip/);
  });

  test('the limit holds for what comes out: a bomb is 413 and never unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * MB, ' '));
    expect(bomb.length).toBeLessThan(MB);
    const before = process.memoryUsage().arrayBuffers;
    const answer = await post(bomb, 'gzip');
    expect(answer).toMatchObject({ status: 413, json: { type: '/problems/body-too-large' } });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * MB);
    const largest = gzipSync(`${JSON.stringify(EVENT)}${' '.repeat(MB - JSON.stringify(EVENT).length)}`);
    expect((await post(largest, 'gzip')).status).toBe(202);
  });
});

function bodyOf(megabytes: number): Buffer {
  return Buffer.alloc(megabytes * MB, ' ');
}

const HEADERS = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' };

describe('a body that is too large is told so, and not cut off', () => {
  test.each([2, 8, 20, 60])('fetch of Node, %d MB', async (megabytes) => {
    const answer = await fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: HEADERS,
      body: new Uint8Array(bodyOf(megabytes)),
    });
    expect([answer.status, ((await answer.json()) as { type: string }).type]).toEqual([
      413,
      '/problems/body-too-large',
    ]);
  });

  test('fetch of Node, a stream that does not say how long it is', async () => {
    async function* chunks() {
      for (let i = 0; i < 30; i++) yield bodyOf(1);
    }
    const init = { method: 'POST', headers: HEADERS, body: chunks(), duplex: 'half' };
    const answer = await fetch(`${url}/v1/events`, init as unknown as RequestInit);
    expect([answer.status, ((await answer.json()) as { type: string }).type]).toEqual([
      413,
      '/problems/body-too-large',
    ]);
  });

  test.each<[string, string, Record<string, string>, number]>([
    ['without a key', '/v1/events', { 'content-type': 'application/json' }, 401],
    ['of another type', '/v1/ops/keys', { ...HEADERS, 'content-type': 'text/xml' }, 415],
    ['in another coding', '/v1/events', { ...HEADERS, 'content-encoding': 'br' }, 415],
    ['where nothing is', '/v1/nothing', HEADERS, 404],
  ])('also %s, where that is what it is told', async (_, path, headers, status) => {
    const body = new Uint8Array(bodyOf(4));
    const answer = await fetch(url + path, { method: 'POST', headers, body });
    expect(answer.status).toBe(status);
  });

  const python = spawnSync('python3', ['--version']).status === 0;
  const withPython = python ? test : test.skip;
  const run = promisify(execFile);

  /** Up to 8 MiB all of it is read; beyond that a client that only writes finds the answer behind its broken pipe. */
  const CLIENT = `
import http.client, sys
host, key, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
connection = http.client.HTTPConnection(host, timeout=20)
broken = False
try:
    connection.request("POST", "/v1/events", b" " * size, {"Authorization": "Bearer " + key, "Content-Type": "application/json"})
except (BrokenPipeError, ConnectionResetError):
    broken = True
answer = connection.getresponse()
print(answer.status, answer.read().decode(), "broken" if broken else "whole", sep="\\n")
`;

  withPython.each([
    [2, 'whole'],
    [7, 'whole'],
    [60, 'broken'],
  ])(
    `http.client of Python, %d MB${python ? '' : ' (skipped: no python3 here)'}`,
    async (megabytes, pipe) => {
      const { host } = new URL(url);
      const { stdout } = await run('python3', ['-c', CLIENT, host, ADMIN_KEY, String(megabytes * MB)]);
      const [status, body = '', sent] = stdout.trim().split('\n');
      expect([status, JSON.parse(body).type, sent]).toEqual(['413', '/problems/body-too-large', pipe]);
    },
  );
});

/** A connection that notes all it gets. */
async function open(): Promise<{ socket: Socket; got: () => string; closed: Promise<unknown> }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  // A reset is an end like any other here.
  socket.on('error', () => undefined);
  const closed = once(socket, 'close').catch(() => undefined);
  await once(socket, 'connect');
  return { socket, got: () => text, closed };
}

function head(length: number, more = '', key = ADMIN_KEY): string {
  return `POST /v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n${more}\r\n`;
}

/** Sends a body that is refused and does not end: its connection is closed 2 s after the answer that it waits for here. */
async function startRefused(): Promise<Socket> {
  const { socket, got } = await open();
  socket.write(head(100 * MB));
  await until(async () => got().includes('body-too-large'), { what: 'the answer' });
  return socket;
}

describe('how long a refused body is read', () => {
  test('at most 8 MiB and 2 s: the answer is there at once, the connection ends', async () => {
    const { socket, got, closed } = await open();
    const startedAt = performance.now();
    socket.write(head(100 * MB));
    await until(async () => got().includes('body-too-large'), { what: 'the answer' });
    expect(socket.closed).toBe(false);
    expect(got()).toMatch(/^HTTP\/1\.1 413 .*connection: close/is);
    await closed;
    expect(performance.now() - startedAt).toBeGreaterThan(1_500);
  });

  test('no more than 8 MiB are taken off the wire', async () => {
    const sockets = new Set<Socket>();
    const note = (socket: Socket) => sockets.add(socket);
    api.app.server.on('connection', note);
    const { socket, closed } = await open();
    socket.write(head(60 * MB));
    socket.write(bodyOf(60));
    await closed;
    api.app.server.off('connection', note);
    const [taken = 0] = Array.from(sockets, ({ bytesRead }) => bytesRead);
    // How much of it in the 2 s depends on the machine.
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(8.5 * MB);
  });

  test('a body that ends ends the connection, before one that goes on', async () => {
    const { socket, got, closed } = await open();
    socket.write(head(3 * MB));
    socket.write(bodyOf(3));
    const goesOn = await startRefused();
    await closed;
    expect(got()).toMatch(/^HTTP\/1\.1 413 /);
    expect(goesOn.closed).toBe(false);
    goesOn.destroy();
  });

  test('what is refused holds nobody else up', async () => {
    const refused = await Promise.all(Array.from({ length: 40 }, open));
    for (const { socket } of refused)
      socket.write(`${head(0).replace('Content-Length: 0', 'Transfer-Encoding: chunked')}200000\r\n`);
    for (const { socket } of refused) socket.write(bodyOf(2));
    await until(async () => refused.every(({ got }) => /^HTTP\/1\.1 (413|503) /.test(got())), {
      what: 'all to be refused',
    });
    expect((await api.call('POST', '/v1/events', { body: EVENT })).status).toBe(202);
    for (const { socket } of refused) socket.destroy();
  });
});

describe('Expect: 100-continue', () => {
  const expecting = 'Expect: 100-continue\r\n';

  test('is answered once the key and the length are known to be good', async () => {
    const { socket, got } = await open();
    const body = JSON.stringify(EVENT);
    socket.write(head(body.length, expecting));
    await until(async () => got() !== '', { what: '100 Continue' });
    expect(got()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write(body);
    await until(async () => got().includes('"accepted":1'), { what: 'the answer' });
    expect(got()).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 202 /);
    socket.destroy();
  });

  test.each([
    ['too large', head(2 * MB, expecting), 413, 'body-too-large'],
    ['without a good key', head(100, expecting, 'nobody'), 401, 'unauthorized'],
    [
      'in an unknown coding',
      head(100, `${expecting}Content-Encoding: br\r\n`),
      415,
      'unsupported-media-type',
    ],
    [
      'of another type',
      head(100, expecting).replace('application/json', 'text/plain'),
      415,
      'unsupported-media-type',
    ],
    ['to nowhere', head(100, expecting).replace('/v1/events', '/v1/nothing'), 404, 'not-found'],
  ])('%s: refused at once, and never told to go on', async (_, request, status, type) => {
    const { socket, got, closed } = await open();
    socket.write(request);
    const goesOn = await startRefused();
    await closed;
    expect(goesOn.closed).toBe(false);
    goesOn.destroy();
    expect(got()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*/problems/${type}`, 's'));
    expect(got()).not.toContain('100 Continue');
  });
});
