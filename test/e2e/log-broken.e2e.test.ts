import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { type TestBroker, testBroker, whyNoBroker } from '../support/servers/broker.ts';
import { runJanela, startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { until } from '../support/until.ts';
import { call } from './api.ts';
import { type ForeignHands, foreignHands, PARTITIONS, SAFE } from './topic.ts';

const skipped = await whyNoBroker();
if (skipped) test.skip(`a broken log: ${skipped}`, () => undefined);

(skipped ? describe.skip : describe)('a log in Kafka', () => {
  const ADMIN_API_KEY = 'the-administrators-own-key';
  /** Every partition gets a good number of these. */
  const EVENTS = 200;
  let broker: TestBroker;
  let hands: ForeignHands;
  let database: TestDatabase;
  let topic: string;

  beforeAll(async () => {
    broker = await testBroker();
    hands = await foreignHands(broker.brokers);
  }, 120_000);
  afterAll(async () => {
    await hands.close();
    await broker.stop();
  }, 60_000);
  beforeEach(async () => {
    database = await testDatabase();
    topic = `janela.test.${randomUUID()}`;
  });
  afterEach(async () => {
    await stopProcesses();
    await database.drop();
  }, 60_000);

  function settings(more: Record<string, string> = {}): Record<string, string> {
    const kafka = { KAFKA_BROKERS: broker.brokers.join(','), KAFKA_TOPIC: topic };
    return { DATABASE_URL: database.url, ADMIN_API_KEY, LOG_LEVEL: 'warn', ...kafka, ...more };
  }

  /** One window per event, in conversations of their own, so that every partition has some. */
  async function post(service: TestProcess, prefix: string): Promise<string> {
    const body = Array.from({ length: EVENTS }, (_, i) => eventOf(`${prefix}-${i}`));
    const { status, json } = await call(service, 'POST', '/v1/events', { body });
    expect([status, json.detail]).toEqual([202, undefined]);
    return json.receipt;
  }

  function eventOf(id: string) {
    return {
      ...{ id, type: 'message.received', occurredAt: '2024-03-04T11:00:00Z' },
      ...{ tenant: 'acme', channel: 'webchat', account: 'site', contact: id },
    };
  }

  async function windowsOf(service: TestProcess, after?: string): Promise<number> {
    const wait = after === undefined ? '' : `&after=${after}`;
    const { status, json } = await call(service, 'GET', `/v1/tenants/acme/usage?period=2024-03${wait}`);
    expect(status).toBe(200);
    return json.receptive.windows;
  }

  /** Starts on a log that is not right: it listens, and soon says why it is not ready. */
  async function startBroken(more: Record<string, string> = {}): Promise<TestProcess> {
    const child = runJanela(['serve'], settings({ PORT: '0', ...more }));
    const address = /janela listens on (http:\/\/[^\s/]+)/;
    await until(() => address.test(child.stdout()) || child.ended(), {
      timeoutMs: 60_000,
      what: 'the start',
    });
    const url = address.exec(child.stdout())?.[1];
    if (url === undefined) throw new Error(`it did not start: ${child.stderr()}`);
    return Object.assign(child, { url, adminKey: ADMIN_API_KEY });
  }

  /** The projector stops with one clear sentence, and everything that can still be answered is. */
  async function expectStopped(service: TestProcess, sentence: RegExp): Promise<void> {
    const stopped = () => service.stderr().includes('The projector stopped: ');
    await until(stopped, { timeoutMs: 30_000, what: 'the projector to stop' });
    const said = service
      .stderr()
      .split('\n')
      .filter((line) => line.includes('The projector stopped: '));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(sentence);
    const ready = await call(service, 'GET', '/readyz');
    expect([ready.status, ready.json.type]).toEqual([503, '/problems/not-ready']);
    expect(ready.json.detail).toMatch(sentence);
    expect((await call(service, 'GET', '/healthz')).status).toBe(200);
    const refused = await call(service, 'POST', '/v1/events', { body: eventOf('into the wrong log') });
    expect([refused.status, refused.json.type]).toEqual([503, '/problems/log-unavailable']);
    expect(refused.headers.get('retry-after')).not.toBeNull();
    expect(await windowsOf(service)).toBe(EVENTS);
    expect((await call(service, 'GET', '/v1/tenants/acme/windows')).status).toBe(200);
    expect(await service.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    const { rows } = await database.database.pool.query('SELECT count(*)::int AS n FROM projection.events');
    expect(rows).toEqual([{ n: EVENTS }]);
  }

  async function counted(): Promise<TestProcess> {
    const service = await startProcess(settings());
    expect(await windowsOf(service, await post(service, 'e'))).toBe(EVENTS);
    return service;
  }

  test('a topic deleted while nobody looked stops the projector', async () => {
    await (await counted()).kill('SIGTERM');
    await hands.remove(topic);
    await expectStopped(
      await startBroken(),
      /Partition \d+ of the log ends at 0, but was projected up to \d+: the log was cut short, or deleted and recreated/,
    );
  }, 120_000);

  test('a topic deleted and recreated with as many other records stops the projector', async () => {
    await (await counted()).kill('SIGKILL');
    await hands.remove(topic);
    await hands.create(topic);
    await hands.fill(topic, EVENTS);
    const sentence = /Record \d+ of partition \d+ is not the one that was projected/;
    const intakeOnly = await startBroken({ ROLES: 'api' });
    expect((await call(intakeOnly, 'POST', '/v1/events', { body: eventOf('first') })).status).toBe(503);
    expect((await call(intakeOnly, 'GET', '/readyz')).json.detail).toMatch(sentence);
    await intakeOnly.kill('SIGTERM');
    await expectStopped(await startBroken(), sentence);
  }, 120_000);

  test('a topic deleted and recreated under the running service stops its projector', async () => {
    const service = await counted();
    const intakeOnly = await startProcess(settings({ ROLES: 'api' }));
    await hands.remove(topic);
    await hands.create(topic);
    // By how many records the new topic has when the projector looks.
    const sentence =
      /was cut short, or deleted and recreated|is not the one that was projected|is no longer there/;
    // Nothing that the new topic is given is promised, by the process that projects or by the one that does not.
    const answers = new Set<number>();
    const unready = async () => {
      const body = Array.from({ length: 24 }, (_, i) => eventOf(`into the wrong log ${i}`));
      for (const each of [intakeOnly, service])
        answers.add((await call(each, 'POST', '/v1/events', { body })).status);
      const { status, json } = await call(intakeOnly, 'GET', '/readyz');
      return status === 503 && /deleted and recreated/.test(json.detail);
    };
    await until(unready, { what: 'the process without a projector to notice' });
    expect([...answers]).toEqual([503]);
    await intakeOnly.kill('SIGTERM');
    await expectStopped(service, sentence);
  }, 120_000);

  test('a topic that has lost what was counted long ago sets off the alarm, and counting goes on', async () => {
    await (await counted()).kill('SIGTERM');
    await hands.truncate(topic, 1);
    const service = await startProcess(settings());
    const alarm =
      /The log is not safe: Partition \d+ of the log begins at offset \d+: what came before is gone/;
    await until(() => alarm.test(service.stderr()), { what: 'the alarm' });
    expect((await call(service, 'GET', '/metrics')).text).toMatch(/^janela_log_guarded 0$/m);
    expect(await windowsOf(service, await post(service, 'later'))).toBe(2 * EVENTS);
  }, 120_000);

  test('records that are gone before they were counted stop the projector', async () => {
    await (await counted()).kill('SIGTERM');
    const intakeOnly = await startProcess(settings({ ROLES: 'api' }));
    await post(intakeOnly, 'uncounted');
    await intakeOnly.kill('SIGTERM');
    await hands.truncate(topic);
    await expectStopped(
      await startBroken(),
      /Partition \d+ of the log has no records from \d+ to \d+: data is gone/,
    );
  }, 120_000);

  test.each([
    [
      'finite retention',
      { 'retention.ms': '604800000' },
      /retention\.ms is 604800000 instead of -1.*--add-config retention\.ms=-1/,
    ],
    [
      'a size limit',
      { 'retention.bytes': '1000000' },
      /retention\.bytes is 1000000 instead of -1.*--add-config retention\.bytes=-1/,
    ],
    [
      'compaction',
      { 'cleanup.policy': 'compact' },
      /cleanup\.policy is compact instead of delete.*--add-config cleanup\.policy=delete/,
    ],
  ])(
    'a topic with %s is refused at start, with the command that mends it',
    async (_, config, sentence) => {
      await hands.create(topic, { ...SAFE, ...config });
      await expectRefused(sentence);
    },
    60_000,
  );

  test('a topic with another number of partitions is refused at start, with the setting that fits', async () => {
    await hands.create(topic, SAFE, PARTITIONS - 7);
    await expectRefused(/has 5 partitions, but LOG_PARTITIONS is 12: set LOG_PARTITIONS=5/);
  }, 60_000);

  async function expectRefused(sentence: RegExp): Promise<void> {
    const refused = runJanela(['serve'], settings({ PORT: '0' }));
    expect(await refused.exited).toEqual({ code: 1, signal: null });
    expect(refused.stderr()).toMatch(sentence);
    expect(refused.stderr()).not.toMatch(/\n\s+at /);
    expect(refused.stdout()).not.toContain('listens');
  }
});
