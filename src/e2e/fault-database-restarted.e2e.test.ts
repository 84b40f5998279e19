import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type TestBroker, testBroker, whyNoBroker } from '../testing/broker.ts';
import { stopProcesses } from '../testing/process.ts';
import { SEED } from '../testing/traffic.ts';
import { until } from '../testing/until.ts';
import { startBothLogs } from './both-logs.ts';
import { stopLoads } from './load.ts';
import { expectAllCountedOnce } from './loaded.ts';
import { type OwnPostgres, startOwnPostgres } from './own-postgres.ts';

const skipped = await whyNoBroker();
let broker: TestBroker | null = null;
let server: OwnPostgres;

beforeEach(async () => {
  [server, broker] = await Promise.all([startOwnPostgres(), skipped ? null : testBroker()]);
}, 120_000);
afterEach(async () => {
  stopLoads();
  await stopProcesses();
  await broker?.stop();
  await server.stop();
}, 60_000);

const LOAD = { events: 1_500, restMs: 60 };
const RESTARTS = [
  ['fast', 0.2],
  ['immediate', 0.5],
] as const;

test(`a database that is restarted in order and after crashes loses and doubles nothing, with either log (seed ${SEED})`, async () => {
  const all = await startBothLogs(server, {
    brokers: broker?.brokers ?? null,
    name: 'restarted',
    loads: { postgres: LOAD, kafka: LOAD },
  });
  for (const [mode, share] of RESTARTS) {
    // As soon as one of them is there: both are still being posted to.
    await until(() => all.some(({ load }) => load.acknowledged() > share * LOAD.events), {
      what: 'acknowledgements',
    });
    for (const { load } of all) expect(load.acknowledged()).toBeLessThan(LOAD.events);
    await server.restart(mode);
  }
  for (const loaded of all) await expectAllCountedOnce(loaded, loaded.url);
}, 120_000);
