import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import kafkajs, { type Admin, type ITopicConfig, type Kafka } from 'kafkajs';
import { pino } from 'pino';
import {
  consumerOf,
  createDurable,
  numbered,
  recordsOf,
} from '../../../test/support/log-contract-consumer.ts';
import { type TestBroker, testBroker, whyNoBroker } from '../../../test/support/servers/broker.ts';
import { temporaryFolder } from '../../../test/support/servers/temporary-folder.ts';
import { endOf, unavailable } from '../../../test/support/unavailable.ts';
import { until } from '../../../test/support/until.ts';
import { type EventLog, LogBroken, LogRefused, LogUnavailable } from '../log.ts';
import { readRecords } from '../read.ts';
import { exportLog } from '../transfer/export.ts';
import { requireExport } from '../transfer/import.ts';
import { createReconnectingClient } from './client.ts';
import { type KafkaLogOptions, openKafkaLog } from './kafka-log.ts';
import { weaknessesOfLog } from './topic.ts';

const logger = pino({ level: 'silent' });
/** kafkajs hardly retries under NODE_ENV=test, and a new transaction coordinator takes a second to be ready. */
const RETRY = { retries: 30, initialRetryTime: 100, maxRetryTime: 300 };
const needs = { faults: true };
const skipped = await whyNoBroker(needs);
if (skipped) test.skip(`Kafka in trouble: ${skipped}`, () => undefined);

(skipped ? describe.skip : describe)('Kafka', () => {
  let broker: TestBroker;
  let kafka: Kafka;
  let admin: Admin;
  let topic: string;
  let opened: EventLog[];

  beforeAll(async () => {
    broker = await testBroker(needs);
    kafka = new kafkajs.Kafka({ brokers: broker.brokers, logLevel: kafkajs.logLevel.NOTHING, retry: RETRY });
    admin = kafka.admin();
    await admin.connect();
  }, 120_000);

  afterAll(async () => {
    await admin.disconnect();
    await broker.stop();
  });

  beforeEach(() => {
    topic = `janela.test.${randomUUID()}`;
    opened = [];
  });

  afterEach(async () => {
    for (const log of opened) await log.close();
  });

  async function open(overrides: Partial<KafkaLogOptions> = {}): Promise<EventLog> {
    const log = await openKafkaLog({
      brokers: broker.brokers,
      clientId: 'janela-test',
      topic,
      partitions: 2,
      replication: 1,
      sessionTimeoutMs: 6_000,
      logger,
      ...overrides,
    });
    opened.push(log);
    return log;
  }

  async function create(config: Partial<ITopicConfig>): Promise<void> {
    await admin.createTopics({ topics: [{ topic, numPartitions: 2, replicationFactor: 1, ...config }] });
  }

  /** Deleted and created anew by opening it. The broker hears of both from its controller, each a moment later. */
  async function recreate(): Promise<EventLog> {
    await admin.deleteTopics({ topics: [topic] });
    await until(async () => !(await admin.listTopics()).includes(topic), { what: 'the topic to be gone' });
    const tries: EventLog[] = [];
    const opens = () => open().then((log) => tries.push(log) > 0, unavailable);
    await until(opens, { what: 'the topic to be there again' });
    const [log] = tries;
    if (log === undefined) throw new Error('it was not opened');
    return log;
  }

  test('a topic that janela created keeps everything', async () => {
    await open();
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
    });
    const config = new Map(resources[0]?.configEntries.map((entry) => [entry.configName, entry.configValue]));
    expect(config.get('retention.ms')).toBe('-1');
    expect(config.get('retention.bytes')).toBe('-1');
    expect(config.get('cleanup.policy')).toBe('delete');
    expect(config.get('message.timestamp.type')).toBe('LogAppendTime');
  });

  test('a topic that was just made can be read and written once it is open', async () => {
    for (let i = 0; i < 10; i++) {
      topic = `janela.test.${randomUUID()}`;
      const log = await open({ partitions: 24 });
      const fresh = { low: 0, readable: 0, end: 0 };
      expect(await log.ends()).toEqual(
        Array.from({ length: 24 }, (_, partition) => ({ partition, ...fresh })),
      );
    }
  });

  test('a topic with the broker defaults is refused with a sentence that says how to mend it', async () => {
    await create({});
    await expect(open()).rejects.toThrow(
      `Topic ${topic} could lose records: retention.ms is 604800000 instead of -1, message.timestamp.type is CreateTime instead of LogAppendTime. Mend it with: kafka-configs.sh --bootstrap-server <broker> --alter --entity-type topics --entity-name ${topic} --add-config retention.ms=-1,message.timestamp.type=LogAppendTime`,
    );
    await expect(open()).rejects.toBeInstanceOf(LogBroken);
  });

  test.each([
    ['retention.bytes', '1000000'],
    ['cleanup.policy', 'compact'],
    ['cleanup.policy', 'compact,delete'],
    ['unclean.leader.election.enable', 'true'],
  ])('a topic with %s=%s is refused', async (name, value) => {
    const safe = { 'retention.ms': '-1', 'message.timestamp.type': 'LogAppendTime' };
    const configEntries = Object.entries({ ...safe, [name]: value }).map(([key, set]) => ({
      name: key,
      value: set,
    }));
    await create({ configEntries });
    await expect(open()).rejects.toThrow(`could lose records: ${name} is ${value} instead of`);
  });

  const SMALL =
    /takes record batches of 100000 bytes at most, but must take 1 MiB.*--add-config max\.message\.bytes=1048588/;

  test('a topic that takes less than 1 MiB is refused, by its own setting or by that of the broker', async () => {
    const safe = { 'retention.ms': '-1', 'message.timestamp.type': 'LogAppendTime' };
    const entries = (config: Record<string, string>) =>
      Object.entries(config).map(([name, value]) => ({ name, value }));
    await create({ configEntries: entries({ ...safe, 'max.message.bytes': '100000' }) });
    await expect(open()).rejects.toThrow(SMALL);
    await expect(open()).rejects.toBeInstanceOf(LogBroken);

    topic = `janela.test.${randomUUID()}`;
    await create({ configEntries: entries(safe) });
    const resource = { type: kafkajs.ConfigResourceTypes.BROKER, name: '1' };
    const setBroker = (config: Record<string, string>) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [{ ...resource, configEntries: entries(config) }],
      });
    await setBroker({ 'message.max.bytes': '100000' });
    try {
      await expect(open()).rejects.toThrow(SMALL);
    } finally {
      await setBroker({});
    }
    await until(
      () =>
        open().then(
          () => true,
          (error) => !(error instanceof LogBroken),
        ),
      {
        what: 'the topic to take 1 MiB again',
      },
    );
  });

  test('more replicas than there are brokers are refused', async () => {
    await expect(open({ replication: 3 })).rejects.toBeInstanceOf(LogBroken);
    await expect(open({ replication: 3 })).rejects.toThrow(
      /refused to create topic .* replication 3: .*KAFKA_REPLICATION/s,
    );
    await open();
    await expect(open({ replication: 3 })).rejects.toThrow(/has 1 replicas, but KAFKA_REPLICATION is 3/);
  });

  test('a broker that is not there is unavailable, within the deadline', async () => {
    const nowhere = open({ brokers: ['127.0.0.1:1'], openTimeoutMs: 3_000 });
    await expect(nowhere).rejects.toBeInstanceOf(LogUnavailable);
  });

  test('a wrong way of signing in is told as what only a person can mend, at once', async () => {
    const refused = open({ sasl: { mechanism: 'plain', username: 'janela', password: 'wrong' } });
    // At its deadline it would be unavailable.
    await expect(refused).rejects.toBeInstanceOf(LogRefused);
  });

  test('a topic that was deleted and recreated is noticed before anything of it is handled', async () => {
    const log = await open();
    await log.append(recordsOf(0, 'a', 'b', 'c'));
    const durable = createDurable();
    const subscription = await log.subscribe(consumerOf(durable));
    await until(() => durable.total() === 3);
    await subscription.stop();
    const recreated = await recreate();
    await recreated.append(recordsOf(0, 'x', 'y', 'z', 'later'));
    const again = await recreated.subscribe(consumerOf(durable));
    await expect(again.done).rejects.toThrow(/Record 2 of partition 0 is not the one that was projected/);
    expect(durable.total()).toBe(3);
  });

  test('a topic that is deleted and recreated under a subscriber stops it', async () => {
    const log = await open();
    await log.append(recordsOf(0, 'a', 'b', 'c'));
    const durable = createDurable();
    const subscription = await log.subscribe(consumerOf(durable));
    const ended = expect(subscription.done).rejects.toBeInstanceOf(LogBroken);
    await until(() => durable.total() === 3);
    const recreated = await recreate();
    await recreated.append(recordsOf(0, 'x'));
    await ended;
    expect(durable.total()).toBe(3);
    await expect(log.append(recordsOf(0, 'y'))).rejects.toThrow(/deleted and recreated/);
  });

  test('an end that is seen while an append is under way is not taken for another topic', async () => {
    const log = await open();
    let appending = true;
    const looks = (async () => {
      while (appending) await log.ends();
    })();
    for (const value of numbered('r', 100)) await log.append(recordsOf(0, value));
    appending = false;
    await looks;
    expect((await log.ends())[0]?.end).toBe(100);
  });

  test('a topic that is deleted under a subscriber stops it with a sentence', async () => {
    const log = await open();
    const durable = createDurable();
    const subscription = await log.subscribe(consumerOf(durable));
    const ended = expect(subscription.done).rejects.toThrow(`Topic ${topic} is no longer there`);
    await log.append(recordsOf(0, 'a'));
    await until(() => durable.total() === 1);
    await admin.deleteTopics({ topics: [topic] });
    await ended;
  });

  test('records that are gone from the start of the topic are not skipped', async () => {
    const log = await open();
    await log.append(recordsOf(1, ...numbered('r', 20)));
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 1, offset: '5' }] });
    const subscription = await log.subscribe(consumerOf(createDurable()));
    await expect(subscription.done).rejects.toThrow(/Partition 1 of the log has no records from 0 to 4/);
    expect((await log.ends())[1]).toEqual({ partition: 1, low: 5, readable: 20, end: 20 });
  });

  test('a topic that is made unsafe under the service is noticed, with the command that mends it', async () => {
    const log = await open();
    await log.append(recordsOf(1, ...numbered('r', 20)));
    expect(await log.weaknesses()).toEqual([]);
    const configEntries = [{ name: 'retention.ms', value: '1000' }];
    const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries };
    await admin.alterConfigs({ validateOnly: false, resources: [resource] });
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 1, offset: '5' }] });
    const both = async () => (await log.weaknesses()).length === 2;
    await until(both, { what: 'both to be noticed' });
    expect(await log.weaknesses()).toEqual([
      expect.stringMatching(/^Partition 1 of the log begins at offset 5: what came before is gone/),
      expect.stringMatching(/retention\.ms is 1000 instead of -1.*--add-config retention\.ms=-1/),
    ]);
    await admin.deleteTopics({ topics: [topic] });
    // The broker hears of it from its controller, a moment later.
    let end: unknown = null;
    const ends = async () => {
      await log.weaknesses().catch((error: unknown) => {
        end = error;
      });
      return end !== null;
    };
    await until(ends, { what: 'the end of the topic to be noticed' });
    expect(end).toMatchObject({ message: expect.stringContaining(`Topic ${topic} is no longer there`) });
  });

  test('a topic that goes while it is looked at is said to be gone, and what is asked of none is answered by Kafka', async () => {
    await open();
    const client = createReconnectingClient<Admin>(
      { brokers: broker.brokers, clientId: 'janela-test', logger },
      (own) => own.admin(),
    );
    try {
      const goneOnceSeen = (own: Admin): Admin => ({
        ...own,
        async listTopics() {
          const seen = await own.listTopics();
          if (!seen.includes(topic)) return seen;
          await own.deleteTopics({ topics: [topic] });
          await until(async () => !(await own.listTopics()).includes(topic), {
            what: 'the topic to be gone',
          });
          return seen;
        },
      });
      const settings = { topic, partitions: 2, replication: 1 };
      const looked = client.use(60_000, (own) => weaknessesOfLog(goneOnceSeen(own), settings));
      await expect(looked).rejects.toThrow(`Topic ${topic} is no longer there`);
      await expect(looked).rejects.toBeInstanceOf(LogBroken);
      const asked = client.use(60_000, (own) => own.fetchTopicMetadata({ topics: [topic] }));
      await expect(asked).rejects.toThrow('Kafka: This server does not host this topic-partition');
      await expect(asked).rejects.toBeInstanceOf(LogUnavailable);
    } finally {
      await client.close();
    }
  });

  test('the marks of a transaction that somebody else wrote are passed, its aborted records never shown', async () => {
    const log = await open();
    await log.append(recordsOf(0, 'a', 'b'));
    const foreign = kafka.producer({
      transactionalId: randomUUID(),
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await foreign.connect();
    const committed = await foreign.transaction();
    await committed.send({ topic, messages: recordsOf(0, 'c') });
    await committed.commit();
    const aborted = await foreign.transaction();
    await aborted.send({ topic, messages: recordsOf(0, 'never') });
    // Reading stops at the open one; what was acknowledged counts all the same.
    expect((await log.ends())[0]).toEqual({ partition: 0, low: 0, readable: 4, end: 5 });
    await aborted.abort();
    await foreign.disconnect();
    // Kafka writes the last mark after it has answered.
    await until(async () => (await log.ends())[0]?.end === 6, { what: 'the marks' });
    const ends = new Map((await log.ends()).map(({ partition, end }) => [partition, end]));
    const durable = createDurable();
    await (await log.subscribe(consumerOf(durable, { until: ends }))).done;
    expect(durable.values.get(0)).toEqual(['a', 'b', 'c']);
    expect(durable.progress.get(0)?.next).toBe(6);
    await log.append(recordsOf(0, 'd'));
    const subscription = await log.subscribe(consumerOf(durable));
    await until(() => durable.total() === 4);
    await subscription.stop();
    expect(durable.values.get(0)).toEqual(['a', 'b', 'c', 'd']);
    const folder = temporaryFolder('export');
    const { manifest } = await exportLog(log, { folder, now: Date.now });
    expect(manifest.heads[0]).toMatchObject({ records: 4, end: 7, last: { offset: 6 } });
    await expect(requireExport(folder, 2)).rejects.toThrow(
      /^The export has only 4 records of partition 0 up to offset 7: .* so it cannot be imported\.$/,
    );
    rmSync(folder, { recursive: true });
  });

  test('whoever reads up to the end is told that an open transaction holds it up, and gets the rest after it', async () => {
    const log = await open();
    await log.append(recordsOf(0, 'a'));
    const foreign = kafka.producer({
      transactionalId: randomUUID(),
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await foreign.connect();
    const transaction = await foreign.transaction();
    await transaction.send({ topic, messages: recordsOf(0, 'theirs') });
    await log.append(recordsOf(0, 'b'));
    const told = Promise.withResolvers<unknown>();
    const ranges = new Map([[0, { from: 0, until: 3 }]]);
    const values: string[] = [];
    const read = readRecords(log, { group: 'held-up', ranges, waiting: told.resolve }, ({ records }) => {
      values.push(...records.map(({ value }) => value.toString()));
    });
    expect(await told.promise).toMatchObject({
      name: 'LogUnavailable',
      message:
        'Partition 0 of the log ends at 3, but can only be read up to 1: a transaction of somebody else is open in it, and what follows is not given before that ends.',
    });
    expect(values).toEqual(['a']);
    await transaction.abort();
    await read;
    expect(values).toEqual(['a', 'b']);
    await foreign.disconnect();
  }, 60_000);

  test('a broker that is killed and restarted loses no acknowledged record, and all goes on by itself', async () => {
    const { faults } = broker;
    if (!faults) throw new Error('the broker cannot be harmed');
    const log = await open();
    const durable = createDurable();
    const subscription = await log.subscribe(consumerOf(durable));
    const acknowledged = new Map<number, string>();
    const append = async (value: string) => {
      const [position] = await log.append(recordsOf(0, value));
      if (position) acknowledged.set(position.offset, value);
    };
    for (const value of numbered('before', 50)) await append(value);
    const last = append('in flight').catch(unavailable);
    await faults.kill();
    await last;
    await expect(append('down')).rejects.toBeInstanceOf(LogUnavailable);
    await faults.restart();
    await until(() => append('after').then(() => true, unavailable), { what: 'an append after the restart' });
    for (const value of numbered('later', 50)) await append(value);
    const end = await endOf(log, 0);
    await until(() => durable.progress.get(0)?.next === end, { what: 'the subscriber', timeoutMs: 30_000 });
    for (const [offset, value] of acknowledged) expect(durable.values.get(0)?.[offset]).toBe(value);
    expect(acknowledged.size).toBeGreaterThanOrEqual(101);
    await subscription.stop();
  }, 90_000);

  test('a broker that freezes makes appends unavailable while it is frozen, and all goes on when it thaws', async () => {
    const { faults } = broker;
    if (!faults) throw new Error('the broker cannot be harmed');
    const log = await open();
    const durable = createDurable();
    const subscription = await log.subscribe(consumerOf(durable));
    await log.append(recordsOf(1, 'a'));
    await faults.pause();
    await expect(log.append(recordsOf(1, 'frozen'))).rejects.toBeInstanceOf(LogUnavailable);
    faults.resume();
    await until(() => log.append(recordsOf(1, 'thawed')).then(() => true, unavailable), {
      what: 'an append',
    });
    const end = await endOf(log, 1);
    // An append that was given up may still be kept by the broker, after the end was asked for.
    const caughtUp = () => (durable.progress.get(1)?.next ?? 0) >= end;
    await until(caughtUp, { what: 'the subscriber', timeoutMs: 30_000 });
    expect(durable.values.get(1)?.at(0)).toBe('a');
    await subscription.stop();
  }, 60_000);
});
