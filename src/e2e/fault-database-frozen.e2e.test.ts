import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type TestBroker, testBroker, whyNoBroker } from '../testing/broker.ts';
import { stopProcesses } from '../testing/process.ts';
import { SEED } from '../testing/traffic.ts';
import { until } from '../testing/until.ts';
import { call } from './api.ts';
import { createAsker } from './asking.ts';
import { startBothLogs } from './both-logs.ts';
import { stopLoads } from './load.ts';
import { expectAllCountedOnce, untilAcknowledged } from './loaded.ts';
import { type OwnPostgres, startOwnPostgres } from './own-postgres.ts';

const FROZEN_MS = 30_000;
const ASK_EVERY_MS = 1_000;
/** Asked later than this before the thaw, a question may be answered after it. */
const MARGIN_MS = 6_000;

const skipped = await whyNoBroker();
let broker: TestBroker | null = null;
let server: OwnPostgres;

beforeEach(async () => {
  [server, broker] = await Promise.all([startOwnPostgres(), skipped ? null : testBroker()]);
}, 120_000);
afterEach(async () => {
  stopLoads();
  server.thaw();
  await stopProcesses();
  await broker?.stop();
  await server.stop();
}, 60_000);

test(`a database that is frozen for 30 s: everything is answered in time, nothing is lost or doubled, and Kafka takes events all the while (seed ${SEED})`, async () => {
  const all = await startBothLogs(server, {
    brokers: broker?.brokers ?? null,
    name: 'frozen',
    loads: { postgres: { events: 1_500, restMs: 50 }, kafka: { events: 1_500, restMs: 1_000 } },
  });
  const askers = await Promise.all(all.map(({ service }) => createAsker(service)));
  // Enough to open every connection of the pools: they are to be found frozen.
  for (let n = 0; n < 20; n++) for (const asker of askers) asker.ask();
  for (const asker of askers) await asker.expectAnswers('read', [200]);
  await Promise.all(all.map((loaded) => untilAcknowledged(loaded, 0.05)));

  server.freeze();
  const frozenAt = performance.now();
  const before = all.map(({ load }) => load.acknowledged());
  while (performance.now() < frozenAt + FROZEN_MS) {
    for (const asker of askers) asker.ask();
    await delay(ASK_EVERY_MS);
  }
  for (const [i, { log, load }] of all.entries()) {
    if (log === 'kafka') expect(load.acknowledged() - (before[i] ?? 0)).toBeGreaterThan(300);
    else expect(load.retries()).toBeGreaterThan(0);
  }
  server.thaw();

  for (const { service } of all)
    await until(async () => (await call(service, 'GET', '/readyz')).status === 200, { what: 'readiness' });
  for (const asker of askers) {
    await asker.expectAnswers('alive', [200]);
    await asker.expectAnswers('ready', [503], [frozenAt, frozenAt + FROZEN_MS - MARGIN_MS]);
    await asker.expectAnswers('post', [202, 503]);
    await asker.expectAnswers('read', [200, 503]);
  }
  for (const loaded of all) await expectAllCountedOnce(loaded, loaded.url);
  for (const asker of askers) await asker.expectPosted();
}, 180_000);
