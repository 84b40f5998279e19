import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PROBLEM_TYPES } from '../../src/http/problems/problem-types.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { type Answer, call } from './api.ts';
import { exchange, parseRaw } from './raw.ts';

let database: TestDatabase;
let service: TestProcess;
/** Ids of what was accepted; nothing else may be counted in the end. */
const accepted: string[] = [];
const receipts: string[] = [];

beforeAll(async () => {
  database = await testDatabase();
  const settings = {
    DATABASE_URL: database.url,
    ADMIN_API_KEY: 'the-administrators-own-key',
    LOG_LEVEL: 'warn',
  };
  service = await startProcess(settings);
}, 60_000);
afterAll(async () => {
  await stopProcesses();
  await database.drop();
}, 60_000);

/** An event that would open a window of its own. */
function good(id: string, more: object = {}) {
  const party = { tenant: 'acme', channel: 'webchat', account: 'site', contact: id };
  return { id, type: 'message.received', ...party, occurredAt: '2024-03-04T11:00:00Z', ...more };
}

async function post(
  body: unknown,
  options: { key?: string | null; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const answer = await call(service, 'POST', '/v1/events', { body, ...options });
  if (answer.json?.receipt !== undefined) receipts.push(answer.json.receipt);
  return answer;
}

function expectProblem({ status, headers, json }: Answer, expected: number, name: string): void {
  expect([status, json?.type]).toEqual([expected, `/problems/${name}`]);
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(json).toMatchObject({
    status: expected,
    title: PROBLEM_TYPES[name as keyof typeof PROBLEM_TYPES].title,
  });
}

const UTF8_CUT = Buffer.concat([
  Buffer.from(JSON.stringify(good('utf8')).slice(0, -2)),
  Buffer.from([0xc3, 0x28]),
  Buffer.from('"}'),
]);
test.each<[string, unknown, number, string]>([
  ['not JSON', '{"id":', 400, 'not-json'],
  ['an empty body', '', 400, 'not-json'],
  ['invalid UTF-8', UTF8_CUT, 400, 'not-json'],
  ['an empty array', [], 422, 'invalid-event'],
  ['null', 'null', 422, 'invalid-event'],
  ['a number', '17', 422, 'invalid-event'],
  ['1,001 events', Array.from({ length: 1_001 }, (_, i) => good(`m${i}`)), 413, 'too-many-events'],
  ['more than 1 MiB', `[${' '.repeat(1_048_576)}]`, 413, 'body-too-large'],
  ['an event nested 100,000 deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 422, 'invalid-event'],
])('%s is refused', async (_, body, status, name) => {
  expectProblem(await post(body), status, name);
});

const BAD: [string, string][] = [
  ['7', ''],
  ['null', ''],
  [JSON.stringify(good('wrong-type', { id: 7 })), '/id'],
  [JSON.stringify(good('unknown-field', { ocurredAt: 'x' })), '/ocurredAt'],
  [JSON.stringify(good('no-offset', { occurredAt: '2024-03-04T11:00:00' })), '/occurredAt'],
  [JSON.stringify(good('control\n')), '/id'],
  [JSON.stringify(good('nul\0')), '/id'],
  [JSON.stringify(good('c1\u0085')), '/id'],
  [
    '{"id":"\\ud800","type":"message.received","tenant":"acme","channel":"webchat","account":"site","contact":"x","occurredAt":"2024-03-04T11:00:00Z"}',
    '/id',
  ],
  [JSON.stringify(good('nul-inside', { metadata: { a: '\0' } })), '/metadata'],
  [JSON.stringify(good('absurd')).replace(/}$/, ',"metadata":{"a":1e999}}'), '/metadata'],
  [JSON.stringify(good('proto')).replace(/}$/, ',"__proto__":{"tenant":"acme"}}'), '/__proto__'],
  [JSON.stringify(good('constructor')).replace(/}$/, ',"constructor":{}}'), '/constructor'],
  [JSON.stringify(good('metadata', { metadata: { a: 'x'.repeat(5_000) } })), '/metadata'],
];

test('in a batch each bad event is named, and the good ones between them are unharmed', async () => {
  const items = BAD.flatMap(([text], i) => [text, JSON.stringify(good(`good-${i}`))]);
  const { status, json } = await post(`[${items.join(',')}]`);
  expect([status, json.accepted, json.rejected]).toEqual([207, BAD.length, BAD.length]);
  const rejected = json.results.filter((result: { status: string }) => result.status === 'rejected');
  expect(
    rejected.map((r: { index: number; problem: { type: string; pointer: string } }) => [
      r.problem.type,
      r.problem.pointer,
    ]),
  ).toEqual(BAD.map(([_, pointer], i) => ['/problems/invalid-event', `/${2 * i}${pointer}`]));
  accepted.push(...BAD.map((_, i) => `good-${i}`));
});

test('an event in the future says so, a name of Object.prototype in metadata is kept', async () => {
  const soon = new Date(Date.now() + 600_000).toISOString();
  const future = await post(good('future', { occurredAt: soon }));
  expect(future.json.results[0].problem).toMatchObject({
    type: '/problems/occurred-in-future',
    pointer: '/occurredAt',
  });
  const kept = await post(JSON.stringify(good('kept')).replace(/}$/, ',"metadata":{"__proto__":{"a":1}}}'));
  expect(kept.status).toBe(202);
  accepted.push('kept');
});

test('keys: none, unknown, without the scope, for another tenant', async () => {
  expectProblem(await post(good('no-key'), { key: null }), 401, 'unauthorized');
  expectProblem(await post(good('bad-key'), { key: 'x'.repeat(40) }), 401, 'unauthorized');
  const made = async (scopes: string[]) =>
    (await call(service, 'POST', '/v1/ops/keys', { body: { name: 'test', scopes, tenants: ['acme'] } })).json
      .secret;
  expectProblem(await post(good('reader'), { key: await made(['usage:read']) }), 403, 'forbidden-scope');
  const key = await made(['events:write', 'usage:read']);
  const voided = { target: 'good-0', reason: 'test', actor: 'ana', contact: 'good-0', type: 'event.voided' };
  const { status, json } = await post(
    [good('own'), good('other', { tenant: 'other' }), good('void', voided)],
    { key },
  );
  expect(status).toBe(207);
  expect(json.results.map((r: { problem?: { type: string } }) => r.problem?.type)).toEqual([
    undefined,
    '/problems/forbidden-tenant',
    '/problems/forbidden-scope',
  ]);
  accepted.push('own');
  expectProblem(await call(service, 'GET', '/v1/tenants/other/usage', { key }), 403, 'forbidden-tenant');
});

test('addresses, methods and media types that do not exist', async () => {
  expectProblem(await call(service, 'GET', '/v2/events'), 404, 'not-found');
  expectProblem(await call(service, 'DELETE', '/v1/events'), 405, 'method-not-allowed');
  expectProblem(
    await post('<a/>', { headers: { 'content-type': 'text/xml' } }),
    415,
    'unsupported-media-type',
  );
  expectProblem(await call(service, 'GET', '/v1/tenants/acme/usage?perod=2024-03'), 400, 'invalid-request');
  expectProblem(await call(service, 'GET', '/v1/tenants/acme/usage?after=nonsense'), 400, 'invalid-receipt');
});

test.each<[string, string, number, string]>([
  ['no HTTP at all', 'HELO example.org\r\n\r\n', 400, 'invalid-request'],
  [
    'a broken escape in the address',
    'GET /v1/tenants/%zz/usage HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    400,
    'invalid-request',
  ],
  [
    'an escape that is not UTF-8',
    'GET /v1/tenants/%ff/usage HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    400,
    'invalid-request',
  ],
  [
    'headers without end',
    `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    431,
    'headers-too-large',
  ],
  [
    'two lengths',
    'POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx',
    400,
    'invalid-request',
  ],
  [
    'two hosts',
    'GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n',
    400,
    'invalid-request',
  ],
  [
    'a transfer coding that is not chunks alone',
    'POST /v1/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\nConnection: close\r\n\r\n0\r\n\r\n',
    501,
    'unknown-transfer-coding',
  ],
  [
    'a method that the address does not have',
    'QUERY /v1/tenants/acme/usage HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    405,
    'method-not-allowed',
  ],
  [
    'a method that the address does not have, with a body',
    'QUERY /v1/tenants/acme/usage HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}',
    405,
    'method-not-allowed',
  ],
  [
    'another one where nothing is',
    'PROPFIND /v2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    404,
    'not-found',
  ],
  [
    'a length and chunks',
    'POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
    'invalid-request',
  ],
])('over a bare socket: %s', async (_, bytes, status, name) => {
  const answer = parseRaw(await exchange(service.url, bytes));
  expect(answer).toMatchObject({
    status,
    type: 'application/problem+json',
    json: { type: `/problems/${name}`, status },
  });
});

test('uploads that are broken off are no fault of the database', async () => {
  const head = `POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${service.adminKey}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n`;
  const brokenOff = Array.from({ length: 20 }, async (_, i) => {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    socket.write(head + '['.repeat(i), () => setImmediate(() => socket.resetAndDestroy()));
    await once(socket, 'close');
  });
  await Promise.all(brokenOff);
  expect((await post(good('after'))).status).toBe(202);
  accepted.push('after');
  const { text } = await call(service, 'GET', '/metrics', { key: null });
  expect(text).toContain('janela_http_errors_total{route="/v1/events",status="503"} 0\n');
  expect(service.stderr()).not.toContain('database-unavailable');
});

test('every problem has its page', async () => {
  for (const name of Object.keys(PROBLEM_TYPES)) {
    const page = await call(service, 'GET', `/problems/${name}`, {
      key: null,
      headers: { accept: 'text/html' },
    });
    expect([name, page.status, page.headers.get('content-type')]).toEqual([
      name,
      200,
      expect.stringMatching(/^text\/html/),
    ]);
  }
});

test('in the end only what was accepted is counted', async () => {
  for (const receipt of receipts) {
    expect((await call(service, 'GET', `/v1/usage?after=${receipt}`)).status).toBe(200);
  }
  const { json } = await call(service, 'GET', '/v1/tenants/acme/windows?limit=1000');
  const openers = json.items.map(({ openedBy }: { openedBy: string }) => openedBy);
  expect(openers.sort()).toEqual(accepted.toSorted());
  const all = await call(service, 'GET', '/v1/usage?period=2024-03');
  const counts = all.json.items.map((item: { tenant: string; receptive: { windows: number } }) => [
    item.tenant,
    item.receptive.windows,
  ]);
  expect(counts).toEqual([['acme', accepted.length]]);
  const { rows } = await database.database.pool.query('SELECT count(*)::int AS records FROM log.records');
  expect(rows).toEqual([{ records: accepted.length }]);
});
