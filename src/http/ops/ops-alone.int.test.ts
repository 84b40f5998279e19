/** What a key with the scope `ops` and no other learns: everything about the service, nothing about people and money. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Answer } from '../../../test/support/api.ts';
import { type TestFinance, testFinance } from '../../../test/support/finance.ts';
import { projectLog } from '../../../test/support/projected.ts';
import { type RebuildBench, rebuildBench } from '../../../test/support/rebuilds.ts';
import type { RebuildWorker } from '../../projection/rebuild/work/worker.ts';

let finance: TestFinance;
let bench: RebuildBench;
let worker: RebuildWorker;
/** Of a comparison that differs, in windows of a contact and in money; and of a what-if. */
let differing: string;
let whatIf: string;

const CONTACT = '5511987650077';
const PARTY = { tenant: 'acme', channel: 'whatsapp', account: '551133330077', contact: CONTACT };
const FAILURE = { message: 'duplicate key (tenant)=(other)', at: Date.parse('2026-11-05T12:00:00Z') };
const SEEN_BY_OTHERS = [
  CONTACT,
  '551133330077',
  'a private remark',
  'unreadable words',
  '199.00',
  '0.30',
  'plan-of-acme',
];

beforeAll(async () => {
  finance = await testFinance({ projectorWork: () => new Map([[0, { rate: 0, lastError: FAILURE }]]) });
  bench = rebuildBench(finance.database.url, finance.log);
  worker = bench.start();
  await finance.subscribe('acme', '2026-01', { monthlyFee: '199.00' });
  const event = { ...PARTY, id: 'one', type: 'message.received', occurredAt: '2026-11-03T12:00:00Z' };
  const later = { ...event, id: 'two', occurredAt: '2026-11-04T11:00:00Z' };
  for (const body of [event, later, { ...later, id: 'three', occurredAt: '2026-11-04T20:00:00Z' }])
    expect((await finance.call('POST', '/v1/events', { body })).status).toBe(202);
  const conflict = { ...event, occurredAt: '2026-11-05T12:00:00Z', metadata: { note: 'a private remark' } };
  expect((await finance.call('POST', '/v1/events', { body: conflict })).status).toBe(202);
  await finance.log.append([
    { partition: 0, key: Buffer.from('acme'), value: Buffer.from('unreadable words') },
  ]);
  await projectLog(finance.database.database, finance.log);
  expect((await finance.finalize('acme', '2026-11')).json.total).toMatch(/^199\.\d\d$/);
  whatIf = await compared({ rules: { acme: [{ from: null, rule: 'sliding' }] } });
  await finance.call('POST', `/v1/ops/rebuilds/${whatIf}/discard`);
  await finance.database.database.pool.query('UPDATE projection.windows SET closes_at = closes_at + 1');
  differing = await compared();
});

afterAll(async () => {
  await worker?.stop();
  await bench?.close();
  await finance?.close();
});

async function compared(body?: object): Promise<string> {
  const started = await finance.call('POST', '/v1/ops/rebuilds', body === undefined ? {} : { body });
  expect(started.status).toBe(202);
  await bench.reached(Number(started.json.id), 'caught-up');
  return started.json.id;
}

async function keyOf(...scopes: string[]): Promise<{ id: string; secret: string }> {
  return (await finance.call('POST', '/v1/ops/keys', { body: { name: scopes.join(), scopes } })).json;
}

/** Every operation of the description that asks for a key, as `GET /v1/tenants/:tenant`. */
function operations(): string[] {
  const { paths = {} } = finance.app.swagger() as {
    paths?: Record<string, Record<string, { security?: unknown[] }>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { security }]) => (security ?? []).length > 0)
      .map(([method]) => `${method.toUpperCase()} ${path}`),
  );
}

test('every route that ops alone opens tells nothing of contacts, texts, plans and money', async () => {
  const key = await keyOf('ops');
  const child = await finance.call('POST', '/v1/ops/keys', {
    key: key.secret,
    body: { name: 'child', scopes: ['ops'] },
  });
  const rebuild = `/v1/ops/rebuilds/${differing}`;
  const accept = { accept: true, reason: 'because' };
  const asked: [operation: string, url: string, status: number, body?: object][] = [
    ['GET /v1/ops/projection', '/v1/ops/projection', 200],
    ['GET /v1/ops/quarantine', '/v1/ops/quarantine', 200],
    ['GET /v1/ops/rebuilds', '/v1/ops/rebuilds', 200],
    ['GET /v1/ops/rebuilds/{id}', rebuild, 200],
    ['GET /v1/ops/rebuilds/{id}', `/v1/ops/rebuilds/${whatIf}`, 200],
    ['POST /v1/ops/rebuilds/{id}/promote', `${rebuild}/promote`, 409],
    ['POST /v1/ops/rebuilds/{id}/promote', `${rebuild}/promote`, 403, accept],
    ['POST /v1/ops/rebuilds/{id}/rollback', `${rebuild}/rollback`, 409],
    ['POST /v1/ops/rebuilds', '/v1/ops/rebuilds', 409, {}],
    ['POST /v1/ops/rebuilds/{id}/discard', `${rebuild}/discard`, 200],
    ['POST /v1/ops/rebuilds', '/v1/ops/rebuilds', 202, { all: [{ from: null, rule: 'sliding' }] }],
    ['GET /v1/ops/log-level', '/v1/ops/log-level', 200],
    ['PUT /v1/ops/log-level', '/v1/ops/log-level', 200, { level: 'info' }],
    ['GET /v1/ops/unmatched', '/v1/ops/unmatched', 200],
    ['GET /v1/ops/verification', '/v1/ops/verification', 200],
    ['POST /v1/ops/verification', '/v1/ops/verification', 202],
    ['GET /v1/ops/keys', '/v1/ops/keys', 200],
    ['GET /v1/ops/keys/{id}', `/v1/ops/keys/${child.json.id}`, 200],
    ['POST /v1/ops/keys', '/v1/ops/keys', 201, { name: 'another', scopes: ['ops'] }],
    ['DELETE /v1/ops/keys/{id}', `/v1/ops/keys/${child.json.id}`, 204],
  ];
  const opened = operations().filter((operation) => operation.includes(' /v1/ops/'));
  expect(opened.filter((operation) => !asked.some(([one]) => one === operation))).toEqual([]);
  for (const [operation, url, status, body] of asked) {
    const method = operation.split(' ', 1)[0] as 'GET' | 'POST' | 'PUT' | 'DELETE';
    const answer = await finance.call(method, url, {
      key: key.secret,
      ...(body === undefined ? {} : { body }),
    });
    expect([operation, answer.status, answer.text]).toEqual([operation, status, answer.text]);
    for (const told of SEEN_BY_OTHERS)
      expect([operation, answer.text.includes(told)]).toEqual([operation, false]);
    expect([operation, membersOf(answer)]).toEqual([
      operation,
      expect.not.arrayContaining(['money', 'samples', 'event', 'record']),
    ]);
  }
});

test('every other route is closed to it', async () => {
  const { secret } = await keyOf('ops');
  const others = operations().filter((operation) => !operation.includes(' /v1/ops/'));
  expect(others.length).toBeGreaterThan(30);
  for (const operation of others) {
    const [method, path = ''] = operation.split(' ') as ['GET', string];
    const { json } = await finance.call(method, path.replaceAll(/\{\w+\}/g, 'acme'), { key: secret });
    expect([operation, json?.type]).toEqual([operation, '/problems/forbidden-scope']);
  }
});

test('who has usage:read too sees contacts and no money, who has billing:read too money and no contacts', async () => {
  const seen = async (...scopes: string[]) => {
    const { secret } = await keyOf('ops', ...scopes);
    const urls = ['/v1/ops/quarantine', `/v1/ops/rebuilds/${differing}`, `/v1/ops/rebuilds/${whatIf}`];
    const answers = await Promise.all(urls.map((url) => finance.call('GET', url, { key: secret })));
    const members = answers.flatMap(membersOf);
    return { text: answers.map(({ text }) => text).join(), members };
  };
  const people = await seen('usage:read');
  expect(people.text).toContain(CONTACT);
  expect(people.text).toContain('a private remark');
  expect(people.text).toContain('unreadable words');
  expect(people.members).toEqual(expect.arrayContaining(['samples', 'event', 'record']));
  expect(people.members).not.toContain('money');
  expect(people.text).not.toContain('199.00');
  const money = await seen('billing:read');
  expect(money.text).toContain('199.00');
  expect(money.members).toContain('money');
  expect(money.members).toEqual(expect.not.arrayContaining(['samples', 'event', 'record']));
  expect(money.text).not.toContain(CONTACT);
});

test('what the database says of a failure may name other tenants: keys limited to some learn that there was one', async () => {
  const limited = { name: 'limited', scopes: ['ops'], tenants: ['acme'] };
  const { secret } = (await finance.call('POST', '/v1/ops/keys', { body: limited })).json;
  const lastError = async (key: string) =>
    (await finance.call('GET', '/v1/ops/projection', { key })).json.partitions[0].lastError;
  expect(await lastError((await keyOf('ops')).secret)).toEqual({
    message: FAILURE.message,
    at: '2026-11-05T12:00:00.000Z',
  });
  expect(await lastError(secret)).toEqual({
    message: 'A batch could not be counted and will be tried again.',
    at: '2026-11-05T12:00:00.000Z',
  });
});

test('what applies to nothing is told by tenant, to keys that are limited to some of their own only', async () => {
  const found = [
    { tenant: 'beta', type: 'message.failed', events: 5 },
    { tenant: 'acme', type: 'event.voided', events: 2 },
  ];
  const { pool } = finance.database.database;
  const span = [Date.parse('2026-11-05T12:00:00Z'), Date.parse('2026-11-05T13:00:00Z')];
  await pool.query(
    'UPDATE public.unmatched SET received_from = $1, received_to = $2, events = 7, found = $3',
    [...span, JSON.stringify(found)],
  );
  const limited = { name: 'limited', scopes: ['ops'], tenants: ['acme'] };
  const { secret } = (await finance.call('POST', '/v1/ops/keys', { body: limited })).json;
  const told = async (key: string) => (await finance.call('GET', '/v1/ops/unmatched', { key })).json;
  const shown = { from: '2026-11-05T12:00:00.000Z', to: '2026-11-05T13:00:00.000Z' };
  expect(await told((await keyOf('ops')).secret)).toEqual({ ...shown, events: 7, items: found });
  expect(await told(secret)).toEqual({ ...shown, events: 2, items: found.slice(1) });
});

/** Names of all members at any depth. */
function membersOf({ json }: Answer): string[] {
  const names = new Set<string>();
  JSON.stringify(json ?? null, (name, value) => {
    names.add(name);
    return value;
  });
  return [...names];
}
