import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { type BrokerFaults, type TestBroker, testBroker, whyNoBroker } from '../support/servers/broker.ts';
import { CLOCK, setClockBack } from '../support/servers/move-clock.ts';
import {
  runJanela,
  startProcess,
  stopProcesses,
  type TestProcess,
  testDataDir,
  untilReady,
} from '../support/servers/process.ts';
import { SEED } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { call, listAll } from './api.ts';
import { createAsker } from './asking.ts';
import { expectVerified } from './counted-once.ts';
import { stopLoads } from './load.ts';
import { ADMIN_API_KEY, expectAllCountedOnce, startLoaded, untilAcknowledged } from './loaded.ts';
import { foreignHands, PARTITIONS } from './topic.ts';

const needs = { faults: true, down: true };
const skipped = await whyNoBroker(needs);
if (skipped) test.skip(`a broker that fails: ${skipped}`, () => undefined);

(skipped ? describe.skip : describe)('a broker that fails', () => {
  const FROZEN_MS = 7_000;
  const POISON = [null, '', 'foreign', '{"v":1}', Buffer.from('\0'), Buffer.from([0xff, 0xfe])];
  type Quarantined = { reason: string; detail: string };
  let broker: TestBroker;
  let faults: BrokerFaults;
  let isUp = false;
  let database: TestDatabase;

  beforeAll(async () => {
    broker = await testBroker(needs);
    if (broker.faults === null) throw new Error('the broker cannot be harmed');
    faults = broker.faults;
  }, 120_000);
  afterAll(() => broker.stop(), 60_000);
  beforeEach(async () => {
    database = await testDatabase();
  });
  afterEach(async () => {
    stopLoads();
    faults.resume();
    await stopProcesses();
    await database.drop();
  }, 60_000);

  async function up(): Promise<void> {
    if (!isUp) await faults.restart();
    isUp = true;
  }

  function settingsOf(topic: string) {
    return {
      ...{ DATABASE_URL: database.url, ADMIN_API_KEY, LOG_LEVEL: 'warn' },
      ...{ PORT: '0', DATA_DIR: testDataDir() },
      ...{ KAFKA_BROKERS: broker.brokers.join(','), KAFKA_TOPIC: `janela.test.${topic}.${SEED}` },
    };
  }

  test('down at the start: the service says that it waits, and starts by itself when the broker comes', async () => {
    const settings = settingsOf('late');
    const early = runJanela(['serve'], settings);
    const waits = () => early.stderr().includes('Waiting for the event log: ');
    await until(waits, { what: 'the service to wait' });
    expect(early.ended()).toBe(false);
    await up();
    const service = await untilReady(early, settings);
    await expectAllCountedOnce(startLoaded(service, { events: 100, restMs: 0 }), database.url);
  }, 180_000);

  test(`frozen: what it does not take is refused while it stands still, reads go on, and what it took late counts once (seed ${SEED})`, async () => {
    await up();
    const service = await startProcess(settingsOf('frozen'));
    const loaded = startLoaded(service, { events: 800, restMs: 50, reserve: 200 });
    const asker = await createAsker(service);
    await untilAcknowledged(loaded, 0.2);
    await faults.pause();
    const frozenAt = performance.now();
    const isReady = async () => (await call(service, 'GET', '/readyz')).status === 200;
    await until(async () => !(await isReady()), { timeoutMs: 60_000, what: 'the service to notice' });
    do {
      asker.ask();
      await delay(500);
    } while (performance.now() < frozenAt + FROZEN_MS);
    await asker.expectAnswers('alive', [200]);
    await asker.expectAnswers('ready', [503]);
    await asker.expectAnswers('post', [503]);
    await asker.expectAnswers('read', [200]);
    faults.resume();
    await until(isReady, { timeoutMs: 60_000, what: 'readiness' });
    await expectAllCountedOnce(loaded, database.url);
    await asker.expectPosted();
    expect(loaded.load.retries()).toBeGreaterThan(0);
  }, 180_000);

  test(`records of somebody else in the topic go to quarantine, and everything else counts once (seed ${SEED})`, async () => {
    await up();
    const settings = settingsOf('poison');
    const service = await startProcess(settings);
    const loaded = startLoaded(service, { events: 400, restMs: 20, reserve: 100 });
    await untilAcknowledged(loaded, 0.2);
    const hands = await foreignHands(broker.brokers);
    await hands.write(settings.KAFKA_TOPIC, POISON).finally(() => hands.close());
    await expectAllCountedOnce(loaded, database.url);
    const quarantined = await listAll<Quarantined>(service, '/v1/ops/quarantine');
    expect(quarantined).toHaveLength(PARTITIONS * POISON.length);
    const reasons = new Set(quarantined.map(({ reason, detail }) => [reason, detail !== ''].join()));
    expect(reasons).toEqual(new Set(['unreadable,true']));
    const { text } = await call(service, 'GET', '/metrics');
    expect(text).toMatch(new RegExp(`^janela_events_unreadable_total ${PARTITIONS * POISON.length}$`, 'm'));
  }, 60_000);

  test(`one of two instances keeps its share of the partitions when its clock is set back (seed ${SEED})`, async () => {
    await up();
    const settings = { ...settingsOf('clock'), LOG_LEVEL: 'info' };
    const [moved, other] = await Promise.all([
      startProcess({ ...settings, ...CLOCK }),
      startProcess(settings),
    ]);
    const shared = () =>
      [...(sharesOf(moved).at(-1) ?? []), ...(sharesOf(other).at(-1) ?? [])].sort((a, b) => a - b);
    const everyOnce = Array.from({ length: PARTITIONS }, (_, partition) => partition);
    await until(() => shared().join() === everyOnce.join(), { what: 'both to have a share' });
    const loaded = startLoaded([moved, other], { events: 400, restMs: 20, reserve: 100 });
    await untilAcknowledged(loaded, 0.2);
    const before = sharesOf(moved).length;
    setClockBack(moved.pid);
    await until(() => sharesOf(moved).length > before && shared().join() === everyOnce.join(), {
      what: 'both to have a share again',
    });
    await expectAllCountedOnce(loaded, database.url);
  }, 60_000);

  /** The partitions that a service was given, each time that its group was settled. */
  function sharesOf(service: TestProcess): number[][] {
    const lines = service
      .stderr()
      .split('\n')
      .filter((line) => line.includes('reading from Kafka'));
    return lines.map((line) => (JSON.parse(line) as { partitions: number[] }).partitions);
  }

  test('a topic deleted under a service whose clients post: it says so, takes nothing more, and keeps what it has counted', async () => {
    await up();
    const settings = settingsOf('deleted');
    const service = await startProcess(settings);
    const loaded = startLoaded(service, { events: 3_000, restMs: 50, reserve: 1_000 });
    await untilAcknowledged(loaded, 0.2);
    const hands = await foreignHands(broker.brokers);
    await hands.remove(settings.KAFKA_TOPIC).finally(() => hands.close());
    const sentence =
      /The projector stopped: (Topic \S+ is no longer there|Partition \d+ of the log ends at 0): [^"]+/g;
    const said = () => service.stderr().match(sentence) ?? [];
    await until(() => said().length > 0, { what: 'the projector to stop' });

    const { load } = loaded;
    const [taken, retries] = [load.acknowledged(), load.retries()];
    const counted = await usage(service);
    await until(() => load.retries() > retries + 20, { what: 'more refusals' });
    expect(load.acknowledged()).toBe(taken);
    expect(await usage(service)).toEqual(counted);
    expect(counted).not.toEqual([]);
    const ready = await call(service, 'GET', '/readyz');
    expect([ready.status, ready.json.detail]).toEqual([
      503,
      expect.stringMatching(/restore it, or connect janela|Connect janela/),
    ]);
    expect((await call(service, 'GET', '/healthz')).status).toBe(200);
    expect(said()).toHaveLength(1);
    stopLoads();
    expect(await service.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    await expectVerified(database.url);
  }, 60_000);

  async function usage(service: TestProcess) {
    const { status, json } = await call(service, 'GET', '/v1/usage?period=2018-11');
    expect(status).toBe(200);
    return json.items;
  }
});
