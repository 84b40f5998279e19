import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { seededRandom } from '../../src/simulation/random.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { type TestBroker, testBroker, whyNoBroker } from '../support/servers/broker.ts';
import {
  runCommand,
  startProcess,
  stopProcesses,
  type TestProcess,
  testDataDir,
  untilReady,
} from '../support/servers/process.ts';
import { SEED } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { type Answer, call } from './api.ts';
import { eventsOf, expectCountedOnce, trafficOf } from './counted-once.ts';
import { killMoments } from './kill.ts';
import { startLoad, stopLoads } from './load.ts';
import { embeddedUrl, freezePostgres, postmasterOf, thawPostgres } from './postgres-process.ts';

/** A stop that does not end by itself before that has exit code 1. */
const SHUTDOWN_SECONDS = 60;
const ADMIN_API_KEY = 'the-administrators-own-key';
const skipped = await whyNoBroker();
let broker: TestBroker | undefined;
let database: TestDatabase | undefined;
let frozen: number | undefined;

afterEach(async () => {
  stopLoads();
  if (frozen !== undefined) thawPostgres(frozen);
  await stopProcesses();
  await broker?.stop();
  await database?.drop();
  [broker, frozen] = [undefined, undefined];
}, 60_000);

/** Ends with SIGTERM what is under load, several times, and looks for every 202 afterwards. */
async function terminateUnderLoad(url: string, log: Record<string, string>): Promise<void> {
  const random = seededRandom(SEED);
  const traffic = trafficOf(SEED, 3_000);
  const settings = {
    ...{ DATABASE_URL: url, ADMIN_API_KEY, LOG_LEVEL: 'warn', SHUTDOWN_SECONDS: String(SHUTDOWN_SECONDS) },
    ...log,
  };
  let service = await startProcess(settings);
  const load = startLoad(eventsOf(traffic), {
    target: () => service,
    clients: 8,
    mostPerRequest: 40,
    random,
  });
  for (const moment of killMoments(random, traffic.events, 2)) {
    await moment(load);
    expect(await service.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    service = await startProcess(settings);
  }
  await expectCountedOnce(service, url, traffic, await load.done);
}

test(`SIGTERM under load keeps every promise, and the exit code is 0 (PostgreSQL log, seed ${SEED})`, async () => {
  database = await testDatabase();
  await terminateUnderLoad(database.url, {});
}, 180_000);

(skipped ? test.skip : test)(
  `SIGTERM under load keeps every promise, and the exit code is 0 (Kafka log, seed ${SEED})`,
  async () => {
    database = await testDatabase();
    broker = await testBroker();
    const kafka = { KAFKA_BROKERS: broker.brokers.join(','), KAFKA_TOPIC: `janela.test.sigterm.${SEED}` };
    await terminateUnderLoad(database.url, kafka);
  },
  240_000,
);

test('over a frozen PostgreSQL the stop gives up at its deadline, says what hung and exits 1; what was promised is there later', async () => {
  const DATA_DIR = testDataDir();
  const settings = { DATA_DIR, LOG_LEVEL: 'warn', SHUTDOWN_SECONDS: '2' };
  const service = await startProcess(settings);
  const random = seededRandom(SEED);
  const traffic = trafficOf(SEED, 1_000);
  let target: TestProcess = service;
  const load = startLoad(eventsOf(traffic), { target: () => target, clients: 4, mostPerRequest: 20, random });
  await until(() => load.acknowledged() > 300, { what: 'acknowledgements' });
  frozen = postmasterOf(DATA_DIR);
  await freezePostgres(frozen);
  expect(await service.kill('SIGTERM')).toEqual({ code: 1, signal: null });
  expect(service.stderr()).toMatch(
    /janela did not stop within 2 s: (HTTP|intake|connections|contact links|erasing|invoice runs|projector|log watch) hung/,
  );
  thawPostgres(frozen);
  frozen = undefined;
  target = await startProcess(settings);
  const outcome = await load.done;
  await expectCountedOnce(target, await embeddedUrl(DATA_DIR), traffic, outcome);
}, 120_000);

test('SIGTERM to npm start reaches the service, which stops in order; no shell between keeps it', async () => {
  const settings = { PORT: '0', DATA_DIR: testDataDir() };
  const npm = await untilReady(runCommand(['npm', 'start'], settings), settings);
  const { code } = await npm.kill('SIGTERM');
  expect(code).toBe(0);
  expect(existsSync(join(settings.DATA_DIR, 'postgres', 'postmaster.pid'))).toBe(false);
}, 60_000);

const event = (id: string) => ({
  ...{ id, type: 'message.received', tenant: 'acme', channel: 'whatsapp', account: '551140000001' },
  ...{ contact: '5511987654321', occurredAt: new Date().toISOString() },
});

/** Asks until `/readyz` sends requests elsewhere. */
async function untilUnready(service: TestProcess): Promise<Answer> {
  let answer = await call(service, 'GET', '/readyz', { key: null });
  const unready = async () => {
    answer = await call(service, 'GET', '/readyz', { key: null });
    return answer.status === 503;
  };
  await until(unready, { what: '/readyz to answer 503' });
  return answer;
}

test('with DRAIN_SECONDS a SIGTERM sends requests elsewhere first, and takes those that come all the same', async () => {
  database = await testDatabase();
  const settings = { DATABASE_URL: database.url, ADMIN_API_KEY, DRAIN_SECONDS: '3' };
  const service = await startProcess(settings);
  const startedAt = performance.now();
  const exited = service.kill('SIGTERM');
  const { json } = await untilUnready(service);
  expect(json.detail).toBe('stopping: this process is about to stop');
  // A supervisor may tell the process again; npm does.
  void service.kill('SIGTERM');
  expect((await call(service, 'POST', '/v1/events', { body: event('late') })).status).toBe(202);
  const { text } = await call(service, 'GET', '/metrics', { key: null });
  expect(text).toContain('janela_unready{check="stopping"} 1');
  const usage = async () => (await call(service, 'GET', '/v1/tenants/acme/usage')).json;
  await until(async () => (await usage()).receptive.windows === 1, { what: 'the late event to be counted' });
  expect(await exited).toEqual({ code: 0, signal: null });
  expect(performance.now() - startedAt).toBeGreaterThan(3_000);
});

test('SIGINT waits for nobody, also while requests are sent elsewhere', async () => {
  database = await testDatabase();
  const settings = { DATABASE_URL: database.url, ADMIN_API_KEY, DRAIN_SECONDS: '3600' };
  const atOnce = await startProcess(settings);
  expect(await atOnce.kill('SIGINT')).toEqual({ code: 0, signal: null });
  const draining = await startProcess(settings);
  void draining.kill('SIGTERM');
  await untilUnready(draining);
  expect(await draining.kill('SIGINT')).toEqual({ code: 0, signal: null });
});
