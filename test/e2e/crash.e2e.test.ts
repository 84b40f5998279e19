import { afterEach, expect, test } from '@jest/globals';
import { seededRandom } from '../../src/simulation/random.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { startProcess, stopProcesses } from '../support/servers/process.ts';
import { SEED } from '../support/traffic.ts';
import { eventsOf, expectCountedOnce, trafficOf } from './counted-once.ts';
import { killMoments } from './kill.ts';
import { startLoad, stopLoads } from './load.ts';

const KILLS = 10;
let database: TestDatabase | undefined;

afterEach(async () => {
  stopLoads();
  await stopProcesses();
  await database?.drop();
}, 60_000);

test(`a service that is killed ${KILLS} times while clients post counts every acknowledged event once (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  const traffic = trafficOf(SEED, 5_000);
  database = await testDatabase();
  const settings = {
    DATABASE_URL: database.url,
    ADMIN_API_KEY: 'the-administrators-own-key',
    LOG_LEVEL: 'warn',
  };
  let service = await startProcess(settings);
  const load = startLoad(eventsOf(traffic), {
    target: () => service,
    clients: 6,
    mostPerRequest: 40,
    random,
  });
  for (const moment of killMoments(random, traffic.events, KILLS)) {
    await moment(load);
    expect(await service.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    service = await startProcess(settings);
  }
  const outcome = await load.done;
  expect(load.retries()).toBeGreaterThan(KILLS);
  await expectCountedOnce(service, database.url, traffic, outcome);
}, 300_000);
