import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { seededRandom } from '../../src/simulation/random.ts';
import { type TestBroker, testBroker, whyNoBroker } from '../support/servers/broker.ts';
import { MASTER_KEY, runJanela, stopProcesses, testDataDir } from '../support/servers/process.ts';
import { CLOCK } from '../support/servers/set-clock-back.ts';
import { SEED, TORTURE_MINUTES } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { call } from './api.ts';
import { eventsOf, expectCountedOnce, trafficOf } from './counted-once.ts';
import { startLoad, stopLoads } from './load.ts';
import { type OwnPostgres, startOwnPostgres } from './own-postgres.ts';
import { holdingsOf, startClients, stopSupervising, supervise, torture } from './torture.ts';

const ADMIN_API_KEY = 'the-key-of-the-administrator-of-torture';
const PATIENCE_MS = 180_000;
const needs = { faults: true };
const skipped = await whyNoBroker(needs);
if (skipped) test.skip(`torture: ${skipped}`, () => undefined);

(skipped ? describe.skip : describe)('torture', () => {
  let broker: TestBroker;
  let postgres: OwnPostgres;
  let url: string;

  beforeAll(async () => {
    [broker, postgres] = await Promise.all([testBroker(needs), startOwnPostgres()]);
    url = await postgres.database('tortured');
  }, 120_000);
  afterAll(async () => {
    stopLoads();
    stopSupervising();
    postgres?.thaw();
    broker?.faults?.resume();
    await stopProcesses();
    await broker?.stop();
    await postgres?.stop();
  }, 120_000);

  async function verified(settings: Record<string, string>, ...options: string[]): Promise<string> {
    const verify = runJanela(['verify', ...options], settings);
    const { code } = await verify.exited;
    return code === 0 ? 'holds' : `${code}: ${verify.stdout()}${verify.stderr()}`;
  }

  test(
    `whatever is killed, frozen, restarted and cut for ${TORTURE_MINUTES} min: all acknowledged is counted once, and every invoice stands (seed ${SEED})`,
    async () => {
      const random = seededRandom(SEED);
      if (broker.faults === null) throw new Error('the broker cannot be harmed');
      const settings = {
        ...{ DATABASE_URL: url, MASTER_KEY, ADMIN_API_KEY, LOG_LEVEL: 'warn', ...CLOCK },
        ...{ KAFKA_BROKERS: broker.brokers.join(','), KAFKA_TOPIC: 'janela.test.torture' },
      };
      const start = () => supervise({ ...settings, DATA_DIR: testDataDir() });
      const services = [await start(), await start()] as const;
      const clients = await startClients(services, random);
      const traffic = trafficOf(SEED, 2_000 + 2_000 * TORTURE_MINUTES);
      const load = startLoad(eventsOf(traffic), {
        target: (client, attempt) => services[(client + attempt) % 2]?.now() ?? services[0].now(),
        ...{ clients: 4, mostPerRequest: 40, random, patienceMs: PATIENCE_MS, reserve: 500, restMs: 30 },
      });
      const before = holdingsOf(services[0].now().pid);
      const victims = { services, postgres, databaseUrl: url, broker: broker.faults };
      const score = await torture(victims, random, performance.now() + TORTURE_MINUTES * 60_000);

      await clients.stop();
      load.finish();
      const outcome = await load.done;
      for (const service of services)
        await until(
          async () => (await call(service.now(), 'GET', '/readyz').catch(() => null))?.status === 200,
          {
            ...{ timeoutMs: PATIENCE_MS, what: 'both to be ready' },
          },
        );
      process.stdout.write(
        `torture, seed ${SEED}: ${[...score].map(([name, times]) => `${name} ${times}`).join(', ')}\n` +
          `  ${[...clients.done()].map(([name, times]) => `${name} ${times}`).join(', ')}; retries ${load.retries()}\n`,
      );
      expect(clients.wrong()).toEqual([]);
      expect(services.flatMap((service) => service.ends())).toEqual([]);
      await expectCountedOnce(services[0].now(), url, traffic, outcome);
      expect([await verified(settings), await verified(settings, '--log')]).toEqual(['holds', 'holds']);
      const after = holdingsOf(services[0].now().pid);
      expect(after.descriptors).toBeLessThan(before.descriptors + 100);
      expect(after.megabytes).toBeLessThan(3 * before.megabytes);
      for (const service of services) await service.stop();
    },
    (TORTURE_MINUTES + 10) * 60_000,
  );
});
