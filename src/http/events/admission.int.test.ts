import { type ClientRequest, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ADMIN_KEY, type TestApi, testApi } from '../../../test/support/api.ts';
import { until } from '../../../test/support/until.ts';

const BODY_BYTES = 1_000_000;
const BODY = Buffer.alloc(BODY_BYTES, ' ');

let api: TestApi;
let url: string;

beforeAll(async () => {
  api = await testApi();
  url = await api.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => api?.close());

/** Announces a body of 1 MB, or does not say how long it is, and sends the first bytes of it. */
function begin(
  bytes: number,
  { key = ADMIN_KEY, isChunked = false, path = '/v1/events' } = {},
): ClientRequest {
  const sent = request(`${url}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      ...(isChunked ? {} : { 'content-length': BODY_BYTES }),
    },
  });
  sent.write(BODY.subarray(0, bytes));
  return sent;
}

/** The status of the answer; null where the connection ends without one. */
function statusOf(sent: ClientRequest): Promise<number | null> {
  return new Promise((resolve) => {
    sent.on('response', (response) => resolve(response.resume().statusCode ?? null));
    sent.on('error', () => resolve(null));
  });
}

async function keyFor(tenant: string): Promise<string> {
  const body = { name: tenant, scopes: ['events:write'], tenants: [tenant] };
  return (await api.call('POST', '/v1/ops/keys', { body })).json.secret;
}

const post = async (key: string) => (await api.call('POST', '/v1/events', { key, body: BODY })).status;

test('bodies beyond the share of a key are refused, others are taken, and what is gone is soon forgotten', async () => {
  const [loud, other] = [await keyFor('loud'), await keyFor('other')];
  const begun = Array.from({ length: 50 }, () => begin(BODY_BYTES - 1, { key: loud }));
  const statuses = begun.map(statusOf);
  expect(await Promise.any(statuses)).toBe(503);
  const refusal = await api.call('POST', '/v1/events', { key: loud, body: BODY });
  expect([refusal.json.type, refusal.headers['retry-after']]).toEqual(['/problems/intake-full', '1']);
  // 400: it is read, and is no JSON.
  expect([await post(other), await post(ADMIN_KEY)]).toEqual([400, 400]);
  for (const sent of begun) sent.destroy();
  await Promise.all(statuses);
  await until(async () => (await post(loud)) === 400, { what: 'ingest to take bodies again' });
});

test('payloads of connections are in the same account as events, and of one of them there is a bound', async () => {
  const body = { kind: 'whatsapp-cloud', appSecret: 'a', verifyToken: 'b', sends: 'posted', tenants: {} };
  for (const name of ['first', 'second'])
    expect(
      (await api.call('PUT', `/v1/connections/${name}`, { body: { ...body, tenant: 'acme' } })).status,
    ).toBe(201);
  const payloads = (name: string, many: number) =>
    Array.from({ length: many }, () => begin(BODY_BYTES - 1, { path: `/v1/connections/${name}/webhook` }));
  const first = payloads('first', 20);
  const statuses = first.map(statusOf);
  expect(await Promise.any(statuses)).toBe(503);
  const second = payloads('second', 20);
  expect(await Promise.any(second.map(statusOf))).toBe(503);
  // Some 32 MB are in hand: where they were counted apart, a key could have as much again.
  const others = Array.from({ length: 14 }, () => begin(BODY_BYTES - 1));
  expect(await Promise.any(others.map(statusOf))).toBe(503);
  for (const sent of [...first, ...second, ...others]) sent.destroy();
  await until(async () => (await post(ADMIN_KEY)) === 400, { what: 'ingest to take bodies again' });
});

test.each([true, false])('what was only announced takes no room (chunked: %s)', async (isChunked) => {
  const begun = Array.from({ length: 120 }, () => begin(1, { isChunked }));
  const statuses = begun.map(statusOf);
  expect(await post(ADMIN_KEY)).toBe(400);
  for (const sent of begun) sent.end(isChunked ? undefined : BODY.subarray(1));
  // Not JSON. Where all arrive at once some are too many.
  expect(new Set(await Promise.all(statuses)).has(400)).toBe(true);
});

test('many small bodies that do not say how long they are come in together', async () => {
  const event = { id: 'm', type: 'message.received', tenant: 'acme', channel: 'webchat', account: 'site' };
  const statuses = Array.from({ length: 64 }, (_, i) => {
    const sent = begin(1, { isChunked: true });
    sent.end(JSON.stringify({ ...event, contact: `c${i}`, occurredAt: '2026-11-03T10:00:00Z' }));
    return statusOf(sent);
  });
  expect(new Set(await Promise.all(statuses))).toEqual(new Set([202]));
});

test('what comes out of a packed body counts as well, until its answer is out', async () => {
  const acknowledged = Promise.withResolvers<void>();
  const append: TestApi['deps']['intake']['append'] = async (records) => {
    await acknowledged.promise;
    return records.map((_, offset) => ({ partition: 0, offset }));
  };
  const slow = await testApi({ intake: { append } });
  try {
    const event = { type: 'message.received', tenant: 'acme', channel: 'webchat', account: 'site' };
    const events = Array.from({ length: 250 }, (_, i) => ({
      ...{ ...event, id: `m${i}`, contact: `c${i}`, occurredAt: '2026-11-03T10:00:00Z' },
      metadata: { padding: 'x'.repeat(3_900) },
    }));
    const body = gzipSync(JSON.stringify(events));
    const headers = { 'content-encoding': 'gzip', prefer: 'return=minimal' };
    const posts = Array.from({ length: 50 }, () => slow.call('POST', '/v1/events', { body, headers }));
    expect(await Promise.race(posts)).toMatchObject({ status: 503, json: { type: '/problems/intake-full' } });
    acknowledged.resolve();
    const statuses = (await Promise.all(posts)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 202).length).toBeGreaterThanOrEqual(31);
  } finally {
    await slow.close();
  }
});
