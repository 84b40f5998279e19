import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type TestBroker, testBroker, whyNoBroker } from '../support/servers/broker.ts';
import { stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { SEED } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { call, listAll } from './api.ts';
import { createAsker } from './asking.ts';
import { loadAll, startBothLogs } from './both-logs.ts';
import { stopLoads } from './load.ts';
import { expectAllCountedOnce } from './loaded.ts';
import { type OwnPostgres, startOwnPostgres } from './own-postgres.ts';

const FROZEN_MS = 30_000;
const ASK_EVERY_MS = 1_000;

const skipped = await whyNoBroker();
let broker: TestBroker | null = null;
let server: OwnPostgres;

beforeAll(async () => {
  [server, broker] = await Promise.all([startOwnPostgres(), skipped ? null : testBroker()]);
}, 120_000);
afterEach(async () => {
  stopLoads();
  server.thaw();
  await stopProcesses();
}, 60_000);
afterAll(async () => {
  await broker?.stop();
  await server.stop();
}, 60_000);

/** All that a pool may have: they are to be found frozen. */
async function openConnections(service: TestProcess): Promise<void> {
  const read = () => call(service, 'GET', '/v1/usage');
  const answers = await Promise.all(Array.from({ length: 20 }, read));
  // More than one caller may ask at the same time is refused.
  const statuses = new Set(answers.map(({ status }) => status));
  expect([...statuses].filter((status) => status !== 429)).toEqual([200]);
}

const PLACE = { tenant: 'newcomers', channel: 'webchat', account: 'site' };

function said(contact: string, id: string): object {
  return { ...PLACE, contact, id, type: 'message.received', occurredAt: '2018-11-04T12:00:00Z' };
}

/** Whom the service does not know it cannot seal for: what names such a one is refused whole, in time, and taken later. */
async function expectNewcomersRefused(service: TestProcess): Promise<void> {
  for (const body of [said('new', 'first'), [said('known', 'with-new'), said('new', 'first')]]) {
    const { status, json, headers } = await call(service, 'POST', '/v1/events', { body, timeoutMs: 10_000 });
    expect([status, json.type]).toEqual([503, '/problems/database-unavailable']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  }
}

async function expectNewcomersTaken(service: TestProcess, before: readonly string[]): Promise<void> {
  const ids = async () => {
    const items = await listAll<{ id: string }>(service, `/v1/tenants/${PLACE.tenant}/events`);
    return items.map(({ id }) => id).sort();
  };
  expect(await ids()).toEqual(before);
  const body = [said('known', 'with-new'), said('new', 'first')];
  expect((await call(service, 'POST', '/v1/events', { body })).status).toBe(202);
  await until(async () => (await ids()).length === before.length + 2, { what: 'newcomers to be counted' });
  expect(await ids()).toEqual([...before, 'with-new', 'first'].sort());
}

const LOAD = { events: 1_200, restMs: 60, reserve: 300 };
const RESTARTS = [
  ['fast', 0.2],
  ['immediate', 0.5],
] as const;

test(`a database that is restarted in order and after crashes loses and doubles nothing, with either log (seed ${SEED})`, async () => {
  const services = await startBothLogs(server, 'restarted', broker?.brokers ?? null);
  const all = loadAll(services, { postgres: LOAD, kafka: LOAD });
  for (const [mode, share] of RESTARTS) {
    await until(() => all.every(({ load }) => load.acknowledged() > share * LOAD.events), {
      timeoutMs: 60_000,
      what: 'acknowledgements',
    });
    await server.restart(mode);
  }
  for (const loaded of all) await expectAllCountedOnce(loaded, loaded.url);
}, 120_000);

test(`a database that is frozen for 30 s: everything is answered in time, nothing is lost or doubled, and Kafka takes events of known contacts all the while (seed ${SEED})`, async () => {
  const services = await startBothLogs(server, 'frozen', broker?.brokers ?? null);
  const askers = await Promise.all(services.map(({ service }) => createAsker(service)));
  await Promise.all(services.map(({ service }) => openConnections(service)));
  const all = loadAll(services, {
    postgres: { events: 1_200, restMs: 50, reserve: 300 },
    kafka: { events: 1_200, restMs: 500, reserve: 300 },
  });
  const posted = { timeoutMs: 60_000, what: 'every event but the reserve' };
  await until(
    () => all.every(({ log, load }) => load.acknowledged() > (log === 'kafka' ? 1_200 : 100)),
    posted,
  );

  for (const { service } of all)
    expect((await call(service, 'POST', '/v1/events', { body: said('known', 'before') })).status).toBe(202);

  await server.freeze();
  const frozenAt = performance.now();
  const before = all.map(({ load }) => load.acknowledged());
  while (performance.now() < frozenAt + FROZEN_MS) {
    for (const asker of askers) asker.ask();
    await delay(ASK_EVERY_MS);
  }
  for (const [i, { log, load }] of all.entries()) {
    const taken = () => load.acknowledged() - (before[i] ?? 0) > 300;
    const refused = () => load.retries() > 0;
    await until(log === 'kafka' ? taken : refused, { timeoutMs: 60_000, what: `the load on ${log}` });
  }
  for (const { log, service } of all) {
    if (log !== 'kafka') continue;
    await expectNewcomersRefused(service);
    const known = await call(service, 'POST', '/v1/events', { body: said('known', 'meanwhile') });
    expect(known.status).toBe(202);
  }
  for (const asker of askers) {
    await asker.expectAnswers('alive', [200]);
    await asker.expectAnswers('ready', [503]);
    await asker.expectAnswers('post', [202, 503]);
  }
  server.thaw();

  for (const { service } of all)
    await until(async () => (await call(service, 'GET', '/readyz')).status === 200, { what: 'readiness' });
  // 429: too many reads of the asker waited already.
  for (const asker of askers) await asker.expectAnswers('read', [200, 429, 503]);
  for (const loaded of all) await expectAllCountedOnce(loaded, loaded.url);
  for (const { log, service } of all)
    await expectNewcomersTaken(service, log === 'kafka' ? ['before', 'meanwhile'] : ['before']);
  for (const asker of askers) await asker.expectPosted();
}, 180_000);
