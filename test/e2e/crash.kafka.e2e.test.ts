import { afterEach, expect, test } from '@jest/globals';
import { type Random, seededRandom } from '../../src/simulation/random.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { type BrokerFaults, type TestBroker, testBroker, whyNoBroker } from '../support/servers/broker.ts';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { SEED } from '../support/traffic.ts';
import { eventsOf, expectCountedOnce, trafficOf } from './counted-once.ts';
import { killMoments } from './kill.ts';
import { startLoad, stopLoads } from './load.ts';

const FAULTS = ['broker', 'broker', 'broker', 'service', 'both'] as const;
const needs = { faults: true };
const skipped = await whyNoBroker(needs);
let broker: TestBroker | undefined;
let database: TestDatabase | undefined;

afterEach(async () => {
  stopLoads();
  await stopProcesses();
  await broker?.stop();
  await database?.drop();
}, 60_000);

const name = `Kafka killed 4 times and the service 2 times while clients post: every acknowledged event counts once (seed ${SEED})`;
(skipped ? test.skip : test)(
  name,
  async () => {
    const random = seededRandom(SEED);
    const traffic = trafficOf(SEED, 4_000);
    broker = await testBroker(needs);
    database = await testDatabase();
    const { brokers, faults } = broker;
    if (faults === null) throw new Error('the broker cannot be killed');
    const settings = {
      DATABASE_URL: database.url,
      KAFKA_BROKERS: brokers.join(','),
      KAFKA_TOPIC: `janela.test.${SEED}`,
      ADMIN_API_KEY: 'the-administrators-own-key',
      LOG_LEVEL: 'warn',
    };
    let service = await startProcess(settings);
    const load = startLoad(eventsOf(traffic), {
      target: () => service,
      clients: 6,
      mostPerRequest: 40,
      random,
      patienceMs: 120_000,
    });
    const moments = killMoments(random, traffic.events, FAULTS.length);
    for (const [index, fault] of shuffled(random, FAULTS).entries()) {
      await moments[index]?.(load);
      service = await inflict(fault, service, faults, settings);
    }
    const outcome = await load.done;
    expect(load.retries()).toBeGreaterThan(FAULTS.length);
    await expectCountedOnce(service, database.url, traffic, outcome);
  },
  300_000,
);

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const keyed = items.map((item) => ({ key: random(), item }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

async function inflict(
  fault: (typeof FAULTS)[number],
  service: TestProcess,
  broker: BrokerFaults,
  settings: Record<string, string>,
): Promise<TestProcess> {
  switch (fault) {
    case 'broker':
      await broker.kill();
      await broker.restart();
      return service;
    case 'service':
      expect(await service.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
      return await startProcess(settings);
    case 'both': {
      await Promise.all([broker.kill(), service.kill('SIGKILL')]);
      const [started] = await Promise.all([startProcess(settings), broker.restart()]);
      return started;
    }
  }
}
