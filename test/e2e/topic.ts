import { randomUUID } from 'node:crypto';
import kafkajs, { type Admin, type Kafka, type Message, type Producer } from 'kafkajs';
import { limitRequestQueueTimers } from '../../src/log/kafka/client.ts';
import { until } from '../support/until.ts';

limitRequestQueueTimers();

export const PARTITIONS = 12;

/** What janela itself creates. */
export const SAFE = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'retention.bytes': '-1',
  'message.timestamp.type': 'LogAppendTime',
  'unclean.leader.election.enable': 'false',
};

/** kafkajs hardly retries under NODE_ENV=test, and a new transaction coordinator takes a second to be ready. */
const TRANSACTION_RETRY = { retries: 30, initialRetryTime: 100, maxRetryTime: 300 };

/** A topic as somebody else's tools see it, behind janela's back. */
export interface ForeignHands {
  create(topic: string, config?: Record<string, string>, partitions?: number): Promise<void>;
  remove(topic: string): Promise<void>;
  /** So many records that are none of janela's in every partition. */
  fill(topic: string, perPartition: number): Promise<void>;
  /** These values, without a key, in every partition. */
  write(topic: string, values: readonly (string | Buffer | null)[]): Promise<void>;
  /** Removes everything from every partition but so many last records; default: none. */
  truncate(topic: string, but?: number): Promise<void>;
  /** Writes one record to a partition in a transaction that stays open, until the caller or the end of the test ends it. */
  openTransaction(
    topic: string,
    partition: number,
  ): Promise<{ abort(): Promise<void>; commit(): Promise<void> }>;
  close(): Promise<void>;
}

export async function foreignHands(brokers: string[]): Promise<ForeignHands> {
  const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  const producers = new Set<Producer>();
  await admin.connect();
  return {
    async create(topic, config = SAFE, partitions = PARTITIONS) {
      const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
      await admin.createTopics({
        waitForLeaders: false,
        topics: [{ topic, numPartitions: partitions, replicationFactor: 1, configEntries }],
      });
      // The broker hears of it from its controller a moment later, and until then says that there is no such topic.
      const known = () =>
        admin.fetchTopicMetadata({ topics: [topic] }).then(
          ({ topics }) => topics[0]?.partitions.every(({ leader }) => leader >= 0) ?? false,
          () => false,
        );
      await until(known, { what: 'the topic to have its leaders' });
    },
    async remove(topic) {
      await admin.deleteTopics({ topics: [topic] });
      await until(async () => !(await exists(admin, topic)), { what: 'the topic to be gone' });
    },
    async fill(topic, perPartition) {
      const messages = Array.from({ length: PARTITIONS * perPartition }, (_, i) => ({
        partition: i % PARTITIONS,
        key: 'foreign',
        value: `foreign ${i}`,
      }));
      await send(kafka, topic, messages);
    },
    async write(topic, values) {
      const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
      await send(
        kafka,
        topic,
        partitions.flatMap((partition) => values.map((value) => ({ partition, key: null, value }))),
      );
    },
    async truncate(topic, but = 0) {
      const ends = await admin.fetchTopicOffsets(topic);
      const partitions = ends.map(({ partition, high }) => ({ partition, offset: `${Number(high) - but}` }));
      await admin.deleteTopicRecords({ topic, partitions });
    },
    async openTransaction(topic, partition) {
      const producer = kafka.producer({
        transactionalId: randomUUID(),
        maxInFlightRequests: 1,
        idempotent: true,
        transactionTimeout: 600_000,
        retry: TRANSACTION_RETRY,
      });
      producers.add(producer);
      await producer.connect();
      const transaction = await producer.transaction();
      await transaction.send({
        topic,
        acks: -1,
        messages: [{ partition, key: 'k', value: 'not of janela' }],
      });
      return transaction;
    },
    async close() {
      for (const producer of producers) await producer.disconnect();
      await admin.disconnect();
    },
  };
}

async function exists(admin: Admin, topic: string): Promise<boolean> {
  return (await admin.listTopics()).includes(topic);
}

async function send(kafka: Kafka, topic: string, messages: Message[]): Promise<void> {
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    await producer.send({ topic, acks: -1, messages });
  } finally {
    await producer.disconnect();
  }
}
