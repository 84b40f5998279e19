import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { type TestBroker, testBroker, whyNoBroker } from '../support/servers/broker.ts';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { until } from '../support/until.ts';
import { call } from './api.ts';
import { type Flood, type Outcome, peakMemory, postBytes, startFlood } from './flood.ts';

/**
 * What the service may need at most, in MB: what is promised of it. It takes 340 to 390 as a rule, and up to 475 where
 * the collector comes late on a busy machine.
 */
const MEMORY_MB = 512;
/** By then it counts as never, on a busy machine too. */
const NEVER_MS = 60_000;

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
}, 120_000);

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

/** Posts a single event until it is taken. */
async function untilTaken(service: TestProcess, id: string): Promise<void> {
  const body = bodyOf(id, 1, 1);
  const taken = async () => (await postBytes(service, body)).status === 202;
  await until(taken, { timeoutMs: NEVER_MS, what: 'an event to be taken' });
}

/** Runs while nothing can be written to the log in PostgreSQL. */
async function lockedOut<T>(work: () => Promise<T>): Promise<T> {
  if (database === undefined) throw new Error('there is no database yet');
  return await database.owner.db.transaction().execute(async (transaction) => {
    await sql`SET LOCAL idle_in_transaction_session_timeout = 0`.execute(transaction);
    await sql`LOCK TABLE log.records IN ACCESS EXCLUSIVE MODE`.execute(transaction);
    return await work();
  });
}

function refusedAs(name: string, outcomes: readonly Outcome[]): Outcome[] {
  return outcomes.filter(({ problem }) => problem === `/problems/${name}`);
}

/** Those that began later than one of the others and were answered before it. */
function overtaking(outcomes: readonly Outcome[], others: readonly Outcome[]): Outcome[] {
  return outcomes.filter((own) =>
    others.some(({ startedAt, endedAt }) => startedAt < own.startedAt && own.endedAt < endedAt),
  );
}

test('more than the log can take is refused before what waits for the log, costs no memory, and is forgotten', async () => {
  const service = await start();
  const body = bodyOf('flood', 1_000, 800);
  expect(body.length).toBeLessThan(1024 * 1024);
  const started = await lockedOut(async () => {
    flood = startFlood(service, body, 150);
    const { outcomes } = flood;
    const enough = () =>
      refusedAs('intake-full', outcomes).length > 600 && refusedAs('log-unavailable', outcomes).length > 10;
    await until(enough, { timeoutMs: NEVER_MS, what: 'refusals' });
    expect((await call(service, 'GET', '/healthz')).status).toBe(200);
    // So all of them are answered while nothing can be written.
    await flood.stop();
    return flood;
  });
  const { outcomes } = started;
  const full = refusedAs('intake-full', outcomes);
  const late = refusedAs('log-unavailable', outcomes);
  expect(outcomes.filter(({ status }) => status !== 503 && status !== 0)).toEqual([]);
  expect([...full, ...late].filter(({ retryAfter }) => retryAfter === null)).toEqual([]);
  expect(overtaking(full, late)).not.toEqual([]);
  await untilTaken(service, 'after');
  expect(peakMemory(service.pid)).toBeLessThan(MEMORY_MB);
}, 240_000);

(skipped ? test.skip : test)(
  'what a frozen broker does not take is refused while it is frozen, which is forgotten as soon as it goes on',
  async () => {
    broker = await testBroker(needs);
    const { brokers, faults } = broker;
    const kafka = { KAFKA_BROKERS: brokers.join(','), KAFKA_TOPIC: 'janela.test.frozen' };
    const service = await start(kafka);
    expect((await postBytes(service, bodyOf('before', 10, 1))).status).toBe(202);
    await faults?.pause();
    flood = startFlood(service, bodyOf('frozen', 200, 800), 20);
    const { outcomes } = flood;
    await until(() => outcomes.length >= 30, { timeoutMs: NEVER_MS, what: 'refusals' });
    expect((await call(service, 'GET', '/readyz')).status).toBe(503);
    // So all of them are answered while the broker is frozen.
    await flood.stop();
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set([503]));
    expect(outcomes.filter(({ retryAfter }) => retryAfter === null)).toEqual([]);
    faults?.resume();
    await untilTaken(service, 'after');
    const ready = async () => (await call(service, 'GET', '/readyz')).status === 200;
    await until(ready, { timeoutMs: NEVER_MS, what: 'readiness' });
    await until(async () => (await counted(service)) >= 11, {
      timeoutMs: NEVER_MS,
      what: 'both to be counted',
    });
    expect(peakMemory(service.pid)).toBeLessThan(MEMORY_MB);
  },
  240_000,
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
  await untilTaken(service, 'after');
  await until(async () => (await counted(service)) === 1, {
    timeoutMs: NEVER_MS,
    what: 'the one event to be counted',
  });
  expect(peakMemory(service.pid)).toBeLessThan(MEMORY_MB);
}, 120_000);
