import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import kafkajs, { type Admin } from 'kafkajs';
import { pino } from 'pino';
import { type TestApi, testApi } from '../../../test/support/api.ts';
import { type TestBroker, testBroker, whyNoBroker } from '../../../test/support/servers/broker.ts';
import { type Batcher, createBatcher } from '../../intake/batcher.ts';
import { openKafkaLog } from '../../log/kafka/kafka-log.ts';
import type { EventLog } from '../../log/log.ts';

const skipped = await whyNoBroker();
if (skipped) test.skip(`large batches on Kafka: ${skipped}`, () => undefined);

(skipped ? describe.skip : describe)('events that are many and large, on Kafka', () => {
  const PARTITIONS = 3;
  let broker: TestBroker;
  let admin: Admin;
  let topic: string;
  let log: EventLog;
  let batcher: Batcher;
  let api: TestApi;

  beforeAll(async () => {
    broker = await testBroker();
    admin = new kafkajs.Kafka({ brokers: broker.brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
  }, 120_000);

  beforeEach(async () => {
    topic = `janela.test.${randomUUID()}`;
    log = await openKafkaLog({
      ...{ brokers: broker.brokers, clientId: 'janela-test', topic, partitions: PARTITIONS, replication: 1 },
      logger: pino({ level: 'silent' }),
    });
    batcher = createBatcher(log, { maxRecords: 20_000, maxBytes: 16 * 1024 * 1024 });
    const intake = { append: batcher.append, largestRecord: log.largestRecord };
    api = await testApi({ intake, partitions: PARTITIONS });
  });

  afterEach(async () => {
    await api.close();
    await batcher.stop();
    await log.close();
  });

  afterAll(async () => {
    await admin?.disconnect();
    await broker?.stop();
  });

  function event(id: string, metadataBytes: number, contact = 'one') {
    return {
      ...{
        id,
        type: 'message.received',
        occurredAt: '2024-03-04T11:00:00Z',
        metadata: { m: 'x'.repeat(metadataBytes) },
      },
      ...{ tenant: 'acme', channel: 'webchat', account: 'site', contact },
    };
  }

  function many(count: number, metadataBytes: number) {
    return Array.from({ length: count }, (_, i) => event(`e-${i}`, metadataBytes));
  }

  async function post(body: unknown) {
    return await api.call('POST', '/v1/events', { body });
  }

  test('1,000 events of one contact with 700 bytes of metadata are taken, in their order', async () => {
    const { status, json } = await post(many(1_000, 700));
    expect(status).toBe(202);
    const offsets = json.results.map(({ position }: { position: { offset: number } }) => position.offset);
    expect(offsets).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
    const ends = (await log.ends()).map(({ end }) => end);
    expect(ends.reduce((sum, end) => sum + end, 0)).toBe(1_000);
  });

  test('a topic that takes less than it did is sent smaller batches, and what can never fit is refused by itself', async () => {
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: topic,
          configEntries: [
            { name: 'max.message.bytes', value: '3000' },
            { name: 'retention.ms', value: '-1' },
            { name: 'message.timestamp.type', value: 'LogAppendTime' },
          ],
        },
      ],
    });
    expect((await post(many(300, 20))).status).toBe(202);
    const { status, json } = await post([event('small', 20), event('large', 4_000)]);
    expect(status).toBe(207);
    expect(json.results).toMatchObject([
      { id: 'small', status: 'accepted' },
      {
        id: 'large',
        status: 'rejected',
        problem: {
          type: '/problems/event-too-large',
          pointer: '/1',
          detail: expect.stringMatching(
            /^takes \d+ bytes in the log, which takes records of 2907 bytes at most$/,
          ),
        },
      },
    ]);
    expect((await post(event('large', 4_000))).status).toBe(422);
    expect(await log.weaknesses()).toEqual([
      expect.stringMatching(/takes record batches of 3000 bytes at most/),
    ]);
  });
});
