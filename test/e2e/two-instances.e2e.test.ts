import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { seededRandom } from '../../src/simulation/random.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { type TestBroker, testBroker, whyNoBroker } from '../support/servers/broker.ts';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { SEED } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { call } from './api.ts';
import { eventsOf, expectCountedOnce, trafficOf } from './counted-once.ts';
import { killMoments } from './kill.ts';
import { startLoad, stopLoads } from './load.ts';

const skipped = await whyNoBroker();
let broker: TestBroker | undefined;
let database: TestDatabase | undefined;

afterEach(async () => {
  stopLoads();
  await stopProcesses();
  await broker?.stop();
  await database?.drop();
  broker = undefined;
}, 60_000);

test(`one of two instances is killed amid its batches, and the other one counts on (PostgreSQL log, seed ${SEED})`, async () => {
  database = await testDatabase();
  await killOneOfTwo(database, {});
}, 180_000);

(skipped ? test.skip : test)(
  `one of two instances is killed amid its batches, and the other one counts on (Kafka log, seed ${SEED})`,
  async () => {
    database = await testDatabase();
    broker = await testBroker();
    const kafka = { KAFKA_BROKERS: broker.brokers.join(','), KAFKA_TOPIC: `janela.test.two.${SEED}` };
    await killOneOfTwo(database, kafka);
  },
  240_000,
);

test(`projectors whose connections are cut in mid-transaction lose nothing and count nothing twice (seed ${SEED})`, async () => {
  database = await testDatabase();
  const { url, database: own } = database;
  const random = seededRandom(SEED);
  const traffic = trafficOf(SEED, 4_000);
  const services = [await startProcess(settingsOf(url)), await startProcess(settingsOf(url))] as const;
  const load = startLoad(eventsOf(traffic), {
    target: (client, attempt) => services[(client + attempt) % 2] ?? services[0],
    clients: 4,
    mostPerRequest: 60,
    random,
    reserve: 1_000,
    restMs: 10,
  });
  let cut = 0;
  const cutAll = async () => {
    const { rows } = await sql<{ cut: boolean }>`
      SELECT pg_terminate_backend(pid) AS cut FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'janela projector' AND xact_start IS NOT NULL`.execute(
      own.db,
    );
    cut += rows.length;
    return cut >= 20;
  };
  await until(cutAll, { timeoutMs: 60_000, what: 'transactions to cut' });
  load.finish();
  await expectCountedOnce(services[1], url, traffic, await load.done);
}, 180_000);

function settingsOf(url: string) {
  return { DATABASE_URL: url, ADMIN_API_KEY: 'the-administrators-own-key', LOG_LEVEL: 'warn' };
}

/** Both post and project; the second one dies, comes back and gets a share again, and then the first one dies. */
async function killOneOfTwo({ url }: TestDatabase, log: Record<string, string>): Promise<void> {
  const random = seededRandom(SEED);
  const traffic = trafficOf(SEED, 6_000);
  const settings = { ...settingsOf(url), ...log };
  let [first, second] = await Promise.all([startProcess(settings), startProcess(settings)]);
  const load = startLoad(eventsOf(traffic), {
    target: (client, attempt) => ((client + attempt) % 2 === 0 ? first : second),
    clients: 6,
    mostPerRequest: 40,
    random,
    // Still posted when both have joined and one dies.
    reserve: 1_000,
    restMs: 10,
  });
  const [killSecond, killFirst] = killMoments(random, traffic.events, 2);
  await killSecond?.(load);
  await until(async () => (await foldedBy(first)) > 0 && (await foldedBy(second)) > 0, {
    timeoutMs: 60_000,
    what: 'both to project',
  });
  await second.kill('SIGKILL');
  second = await startProcess(settings);
  await killFirst?.(load);
  await first.kill('SIGKILL');
  first = second;
  load.finish();
  const outcome = await load.done;
  expect(load.retries()).toBeGreaterThan(0);
  await expectCountedOnce(second, url, traffic, outcome);
}

/** Batches that a process has folded so far. */
async function foldedBy(service: TestProcess): Promise<number> {
  const { text } = await call(service, 'GET', '/metrics');
  return Number(/^janela_projection_batch_seconds_count (\d+)$/m.exec(text)?.[1] ?? 0);
}
