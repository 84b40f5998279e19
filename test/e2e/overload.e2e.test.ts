import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { type TestBroker, testBroker, whyNoBroker } from '../support/servers/broker.ts';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { until } from '../support/until.ts';
import { call } from './api.ts';
import { type Flood, type Outcome, peakMemory, postBytes, startFlood } from './flood.ts';

/** What the service may need at most, in MB: 150 idle, 80 in hand, and what sockets and parser leave to the collector. */
const MEMORY_MB = 450;
/** How long a refusal may take, and the way back to normal. */
const QUICK_MS = 2_000;
const LOG_DEADLINE_MS = 5_000;
/** On a busy machine everything takes longer. */
const SLACK_MS = 3_000;

const needs = { faults: true };
const skipped = await whyNoBroker(needs);
let database: TestDatabase | undefined;
let broker: TestBroker | undefined;
let flood: Flood | undefined;

afterEach(async () => {
  broker?.faults?.resume();
  const dry = flood?.stop();
  await stopProcesses();
  await dry;
  await broker?.stop();
  await database?.drop();
  [broker, flood] = [undefined, undefined];
}, 60_000);

async function start(more: Record<string, string> = {}): Promise<TestProcess> {
  database = await testDatabase();
  const ADMIN_API_KEY = 'the-administrators-own-key';
  return await startProcess({ DATABASE_URL: database.url, ADMIN_API_KEY, LOG_LEVEL: 'error', ...more });
}

/** A body of almost 1 MiB, or of many more events than may come at once. */
function bodyOf(prefix: string, events: number, padding: number): Buffer {
  const all = Array.from({ length: events }, (_, i) => ({
    id: `${prefix}-${i}`,
    ...{ type: 'message.received', tenant: 'acme', channel: 'webchat', account: 'site', contact: `c${i}` },
    occurredAt: '2024-03-04T11:00:00Z',
    metadata: { padding: 'x'.repeat(padding) },
  }));
  return Buffer.from(JSON.stringify(all));
}

async function counted(service: TestProcess): Promise<number> {
  const { json } = await call(service, 'GET', '/v1/tenants/acme/usage?period=2024-03');
  return json.messages.received;
}

/** Milliseconds until a single event is taken. */
async function takenAfter(service: TestProcess, id: string): Promise<number> {
  const startedAt = performance.now();
  const body = bodyOf(id, 1, 1);
  await until(async () => (await postBytes(service, body)).status === 202, { what: 'an event to be taken' });
  return performance.now() - startedAt;
}

/** Runs while nothing can be written to the log in PostgreSQL; at most 30 s, the limit of an idle transaction. */
async function lockedOut<T>(work: () => Promise<T>): Promise<T> {
  if (database === undefined) throw new Error('there is no database yet');
  return await database.database.db.transaction().execute(async (transaction) => {
    await sql`LOCK TABLE log.records IN ACCESS EXCLUSIVE MODE`.execute(transaction);
    return await work();
  });
}

function refusedAs(name: string, outcomes: readonly Outcome[]): Outcome[] {
  return outcomes.filter(({ problem }) => problem === `/problems/${name}`);
}

function slowest(outcomes: readonly Outcome[]): number {
  return Math.max(...outcomes.map(({ ms }) => ms));
}

test('more than the log can take is refused at once, costs no memory, and is soon forgotten', async () => {
  const service = await start();
  const body = bodyOf('flood', 1_000, 800);
  expect(body.length).toBeLessThan(1024 * 1024);
  const started = await lockedOut(async () => {
    flood = startFlood(service, body, 150);
    const { outcomes } = flood;
    const enough = () =>
      refusedAs('intake-full', outcomes).length > 600 && refusedAs('log-unavailable', outcomes).length > 10;
    await until(enough, { timeoutMs: 25_000, what: 'refusals' });
    expect((await call(service, 'GET', '/healthz')).status).toBe(200);
    await flood.stop();
    return flood;
  });
  const { outcomes } = started;
  const full = refusedAs('intake-full', outcomes);
  const late = refusedAs('log-unavailable', outcomes);
  expect(outcomes.filter(({ status }) => status !== 503 && status !== 0)).toEqual([]);
  expect([...full, ...late].filter(({ retryAfter }) => retryAfter === null)).toEqual([]);
  full.sort((a, b) => a.ms - b.ms);
  expect(full[Math.floor(full.length / 2)]?.ms).toBeLessThan(QUICK_MS);
  expect(slowest(late)).toBeLessThan(LOG_DEADLINE_MS + SLACK_MS);
  const after = await takenAfter(service, 'after');
  expect(after).toBeLessThan(QUICK_MS + SLACK_MS);
  expect(peakMemory(service.pid)).toBeLessThan(MEMORY_MB);
}, 120_000);

(skipped ? test.skip : test)(
  'a frozen broker is refused within the deadline and forgotten as soon as it goes on',
  async () => {
    broker = await testBroker(needs);
    const { brokers, faults } = broker;
    const kafka = { KAFKA_BROKERS: brokers.join(','), KAFKA_TOPIC: 'janela.test.frozen' };
    const service = await start(kafka);
    expect((await postBytes(service, bodyOf('before', 10, 1))).status).toBe(202);
    await faults?.pause();
    flood = startFlood(service, bodyOf('frozen', 200, 800), 20);
    const { outcomes } = flood;
    await until(() => outcomes.length >= 30, { timeoutMs: 40_000, what: 'refusals' });
    expect((await call(service, 'GET', '/readyz')).status).toBe(503);
    await flood.stop();
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set([503]));
    expect(outcomes.filter(({ retryAfter }) => retryAfter === null)).toEqual([]);
    expect(slowest(outcomes)).toBeLessThan(LOG_DEADLINE_MS + SLACK_MS);
    faults?.resume();
    const after = await takenAfter(service, 'after');
    expect(after).toBeLessThan(QUICK_MS + SLACK_MS);
    await until(async () => (await call(service, 'GET', '/readyz')).status === 200, { what: 'readiness' });
    await until(async () => (await counted(service)) >= 11, {
      timeoutMs: 30_000,
      what: 'both to be counted',
    });
    expect(peakMemory(service.pid)).toBeLessThan(MEMORY_MB);
  },
  120_000,
);

test('bodies and arrays that are too large are refused without trouble', async () => {
  const service = await start();
  const tooMany = await postBytes(service, bodyOf('many', 1_001, 1));
  expect(tooMany).toMatchObject({ status: 413, problem: '/problems/too-many-events' });
  const large = await postBytes(service, bodyOf('large', 1_000, 2_000));
  expect(large).toMatchObject({ status: 413, problem: '/problems/body-too-large' });
  const huge = Buffer.alloc(20 * 1024 * 1024, '[');
  const bulk = await Promise.all(
    Array.from({ length: 20 }, (_, i) => postBytes(service, huge, { chunked: i % 2 === 0 })),
  );
  expect(bulk.filter(({ status }) => ![0, 413, 503].includes(status))).toEqual([]);
  expect(await takenAfter(service, 'after')).toBeLessThan(QUICK_MS + SLACK_MS);
  await until(async () => (await counted(service)) === 1, { what: 'the one event to be counted' });
  expect(peakMemory(service.pid)).toBeLessThan(MEMORY_MB);
}, 60_000);
