import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { call } from './api.ts';
import { longestBlock } from './blocked.ts';

let service: TestProcess;

beforeAll(async () => {
  service = await startProcess({ LOG_LEVEL: 'error' });
}, 90_000);

afterAll(stopProcesses, 60_000);

const BLOCKED_MS = 200;
/** As many as go into 1 MiB. */
const EMPTY = Array.from({ length: 340_000 }, () => '');
const manyOf = (count: number, name: (i: number) => string, value: unknown) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [name(i), value]));
const tiers = [{ upTo: null, unitPrice: '0.1' }];
const plan = { currency: 'BRL', receptive: { allowance: 1, overage: tiers }, active: { default: tiers } };
const PLAN = '/v1/plans/pro/versions/2026-11';

/** Without looking at it: that would keep the pings waiting, which are sent from here. */
async function send(method: string, path: string, body: string): Promise<void> {
  const headers = { authorization: `Bearer ${service.adminKey}`, 'content-type': 'application/json' };
  await (await fetch(service.url + path, { method, headers, body })).arrayBuffer();
}

test.each<[string, string, string, unknown]>([
  ['scopes', 'POST', '/v1/ops/keys', { name: 'x', scopes: EMPTY }],
  ['tenants of a key', 'POST', '/v1/ops/keys', { name: 'x', scopes: ['ops'], tenants: EMPTY }],
  // JSON.parse alone takes most of the time for more different names.
  ['unknown members', 'POST', '/v1/ops/keys', manyOf(20_000, (i) => `a${i}`, 1)],
  ['rules', 'PUT', '/v1/tenants/acme', { rules: EMPTY }],
  ['zones', 'PUT', '/v1/tenants/acme', { timeZone: EMPTY }],
  ['tenants of a what-if', 'POST', '/v1/ops/rebuilds', { rules: manyOf(90_000, (i) => `!${i}`, 1) }],
  ['rules of a what-if', 'POST', '/v1/ops/rebuilds', { rules: manyOf(9_999, (i) => `t${i}`, []) }],
  ['rules of all', 'POST', '/v1/ops/rebuilds', { all: EMPTY }],
  ['tiers', 'PUT', PLAN, { ...plan, receptive: { allowance: 1, overage: EMPTY } }],
  ['categories', 'PUT', PLAN, { ...plan, active: manyOf(3_000, (i) => `c${i}`, EMPTY.slice(0, 100)) }],
  ['names', 'PUT', PLAN, { ...plan, active: { default: tiers, ...manyOf(20_000, (i) => `!${i}`, tiers) } }],
  [
    'lengths',
    'PUT',
    PLAN,
    { ...plan, active: { default: tiers, ['c'.repeat(1_000_000)]: EMPTY.slice(0, 99) } },
  ],
])(
  'a large body of nothing but wrong %s gets a short answer and keeps nobody waiting',
  async (_, method, path, content) => {
    const body = JSON.stringify(content);
    expect(body.length).toBeLessThan(1_048_576);
    const { status, json, text } = await call(service, method, path, { body });
    expect([status, json.type]).toEqual([400, '/problems/invalid-request']);
    expect(json.errors.length).toBeGreaterThan(0);
    expect(json.errors.length).toBeLessThanOrEqual(20);
    expect(text.length).toBeLessThan(20_000);
    const again = () => send(method, path, body);
    expect(await longestBlock(service, BLOCKED_MS, again)).toBeLessThan(BLOCKED_MS);
  },
);

test('a small body is told all that is wrong with it: 20 places, and how many more', async () => {
  const body = { name: 'x', scopes: EMPTY.slice(0, 50) };
  const { json } = await call(service, 'POST', '/v1/ops/keys', { body });
  expect(json.errors).toHaveLength(20);
  expect(json.errors[19]).toMatchObject({ pointer: '/scopes/19' });
  expect(json.moreErrors).toBe(30);
});

test('a large body in which everything is right is taken', async () => {
  const tenants = Array.from({ length: 70_000 }, (_, i) => `t${i}`);
  const body = { name: 'many', scopes: ['usage:read'], tenants };
  const { status, json } = await call(service, 'POST', '/v1/ops/keys', { body });
  expect(status).toBe(201);
  expect(json.tenants).toHaveLength(70_000);
});

test('1,000 events that are wrong in every way get 10 places each, and keep nobody waiting', async () => {
  const wrong = { type: 'message.received', ...manyOf(35, (i) => `unknown_member_${i}`, 1) };
  const body = JSON.stringify(Array.from({ length: 1_000 }, () => wrong));
  const { status, json } = await call(service, 'POST', '/v1/events', { body });
  expect([status, json.rejected, json.results[999].problem.errors.length]).toEqual([422, 1_000, 10]);
  const again = () => send('POST', '/v1/events', body);
  expect(await longestBlock(service, BLOCKED_MS, again)).toBeLessThan(BLOCKED_MS);
});
