import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { ADMIN_KEY, PARTITIONS, type TestApi, testApi } from '../../../test/support/api.ts';
import { until } from '../../../test/support/until.ts';
import { type LogEndsWatch, watchLogEnds } from '../../health/log-ends.ts';
import {
  PROJECTOR_SERVER_SETTINGS,
  type Projector,
  startProjector,
} from '../../projection/live/projector.ts';
import { createSettingsCache } from '../../projection/tables/tenant-rules.ts';
import { type Database, openDatabase } from '../../store/database.ts';
import { encodeReceipt } from './receipt.ts';

const ZONE = 'America/Sao_Paulo';
let api: TestApi;
let watch: LogEndsWatch;
let database: Database;
let projector: Projector | null = null;

beforeAll(async () => {
  api = await testApi({
    logEnds: () => watch.ends(),
    projectorWork: () => projector?.work() ?? null,
  });
  watch = await watchLogEnds(api.log, Date.now);
  database = openDatabase({ url: api.database.url, max: 4, serverSettings: PROJECTOR_SERVER_SETTINGS });
});

afterAll(async () => {
  await projector?.stop();
  await watch?.stop();
  await database?.close();
  await api?.close();
});

async function startCounting() {
  projector ??= await startProjector({
    database,
    log: api.log,
    settings: createSettingsCache(ZONE),
    unsealing: api.deps.unsealing,
    metrics: api.deps.metrics,
    logger: pino({ level: 'silent' }),
    now: Date.now,
  });
}

const event = (id: string, contact: string) => ({
  id,
  type: 'message.received',
  tenant: 'acme',
  channel: 'webchat',
  account: 'shop',
  contact,
  occurredAt: '2026-01-03T10:00:00-03:00',
});

async function post(...events: object[]): Promise<string> {
  const { status, json } = await api.call('POST', '/v1/events', { body: events });
  expect(status).toBe(202);
  return json.receipt;
}

test('before the first batch nothing is counted, and the answer says so', async () => {
  await post(event('m0', 'zero'));
  await until(() => watch.ends().some(({ end }) => end > 0));
  const { json } = await api.call('GET', '/v1/tenants/acme/usage?period=2026-01');
  expect(json.asOf).toMatchObject({ lag: 1, caughtUp: false });
  expect(json.asOf.positions).toHaveLength(PARTITIONS);
  const { partitions } = (await api.call('GET', '/v1/ops/projection')).json;
  expect(partitions.map(({ eventsPerSecond }: { eventsPerSecond: unknown }) => eventsPerSecond)).toEqual(
    Array(PARTITIONS).fill(null),
  );
  expect(json.receptive.windows).toBe(0);
});

test('a client that goes away stops waiting', async () => {
  await api.app.listen({ host: '127.0.0.1', port: 0 });
  const address = api.app.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const receipt = await post(event('m1', 'one'));
  const client = request({
    port: address.port,
    path: `/v1/tenants/acme/usage?after=${receipt}`,
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
  });
  const failed = once(client, 'error');
  client.end();
  /** Time (ms) since the positions were last looked at; a wait looks every 10 ms. */
  const sinceLook = async () => {
    const { rows } = await api.database.database.pool.query<{ ms: number | null }>(
      `SELECT extract(epoch FROM clock_timestamp() - max(query_start))::float8 * 1000 AS ms FROM pg_stat_activity
       WHERE query LIKE '%"positions"%' AND datname = current_database() AND pid <> pg_backend_pid()`,
    );
    return rows[0]?.ms ?? Number.POSITIVE_INFINITY;
  };
  await until(async () => (await sinceLook()) < 100, { what: 'the wait to begin' });
  client.destroy(new Error('gone'));
  await failed;
  await until(async () => (await sinceLook()) > 500, { timeoutMs: 5_000, what: 'the wait to end' });
});

test('a partition without records is worked on at 0 events per second', async () => {
  await startCounting();
  const rates = async () => {
    const { partitions } = (await api.call('GET', '/v1/ops/projection')).json;
    return partitions.map(({ eventsPerSecond }: { eventsPerSecond: number | null }) => eventsPerSecond);
  };
  await until(async () => (await rates()).every((rate: number | null) => rate !== null));
  const { partitions } = (await api.call('GET', '/v1/ops/projection')).json;
  expect(partitions.filter(({ end }: { end: number }) => end === 0).length).toBeGreaterThan(0);
});

test('after=<receipt> reads what was just posted, on every read', async () => {
  await startCounting();
  for (let i = 0; i < 20; i++) {
    const receipt = await post(event(`r${i}`, `contact ${i}`), event(`s${i}`, `other ${i}`));
    const { json } = await api.call('GET', `/v1/tenants/acme/usage?period=2026-01&after=${receipt}`);
    expect(json.receptive.windows).toBe(2 + 2 * (i + 1));
    for (const { next, end } of json.asOf.positions) expect(end).toBeGreaterThanOrEqual(next);
    const paths = [
      `/v1/tenants/acme/windows?contact=contact%20${i}&`,
      `/v1/tenants/acme/events?contact=contact%20${i}&`,
      '/v1/usage?',
      `/v1/tenants/acme/conversation?channel=webchat&account=shop&contact=contact%20${i}&`,
      '/v1/ops/projection?',
      '/v1/ops/quarantine?',
    ];
    const path = paths[i % paths.length] ?? '';
    const answer = await api.call('GET', `${path}after=${receipt}`);
    expect([path, answer.status]).toEqual([path, 200]);
  }
});

test('a receipt from the future, or none at all', async () => {
  const refused = await api.call('GET', '/v1/tenants/acme/usage?after=AAAA');
  expect([refused.status, refused.json.type]).toEqual([400, '/problems/invalid-receipt']);
  const elsewhere = encodeReceipt([{ partition: PARTITIONS, offset: 1 }]);
  const other = await api.call('GET', `/v1/tenants/acme/usage?after=${elsewhere}`);
  expect([other.status, other.json.type]).toEqual([400, '/problems/invalid-receipt']);
  const early = encodeReceipt([{ partition: 0, offset: 1_000_000 }]);
  const answer = await api.call('GET', `/v1/tenants/acme/usage?after=${early}`);
  expect([answer.status, answer.json.type]).toEqual([504, '/problems/not-yet-counted']);
}, 20_000);

test('the state of the projection, and what stays out of it', async () => {
  await startCounting();
  const first = await post(event('c', 'conflict'));
  await api.call('GET', `/v1/usage?after=${first}`);
  const record = { partition: 0, key: Buffer.from('k'), value: Buffer.from('no json') };
  await api.deps.intake.append([record], { key: 'stranger', tenant: null });
  const receipt = await post({ ...event('c', 'conflict'), occurredAt: '2026-01-04T10:00:00Z' });
  await until(async () => (await api.call('GET', '/v1/ops/projection')).json.caughtUp);
  const { json } = await api.call('GET', `/v1/ops/projection?after=${receipt}`);
  expect(json.partitions).toHaveLength(PARTITIONS);
  for (const partition of json.partitions) {
    expect(partition).toMatchObject({ lag: 0, lastError: null, eventsPerSecond: expect.any(Number) });
    expect(partition.next).toBe(partition.end);
  }
  const pages = [];
  let cursor = '';
  do {
    const page = (await api.call('GET', `/v1/ops/quarantine?limit=1${cursor}`)).json;
    pages.push(...page.items);
    cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
  } while (cursor !== '');
  expect(pages).toHaveLength(2);
  expect(pages).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        reason: 'unreadable',
        position: expect.objectContaining({ partition: 0 }),
        event: null,
        record: 'no json',
      }),
      expect.objectContaining({
        reason: 'conflict',
        detail: expect.stringContaining('another event with this id'),
        event: expect.objectContaining({
          tenant: 'acme',
          id: 'c',
          type: 'message.received',
          occurredAt: '2026-01-04T10:00:00.000Z',
        }),
        record: null,
      }),
    ]),
  );
});
