import kafkajs from 'kafkajs';
import type { NewRecord } from '../../src/log/log.ts';
import { rate } from './stats.ts';

/** What kafkajs alone can do on this broker: the limit for ingest. */
export interface BareProducer {
  /** Messages/s in `sendBatch` calls of 500, one in flight. */
  batches(records: readonly NewRecord[]): Promise<number>;
  /** Messages/s one by one, and the time of each send in ms. */
  singles(records: readonly NewRecord[]): Promise<{ perSecond: number; times: number[] }>;
  close(): Promise<void>;
}

export async function openBareProducer(
  brokers: string[],
  topic: string,
  partitions: number,
): Promise<BareProducer> {
  const kafka = new kafkajs.Kafka({ brokers, clientId: 'bare', logLevel: kafkajs.logLevel.ERROR });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }],
    waitForLeaders: true,
  });
  await admin.disconnect();
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const send = (records: readonly NewRecord[]) =>
    producer.sendBatch({
      acks: -1,
      topicMessages: [{ topic, messages: records.map(({ key, value }) => ({ key, value })) }],
    });
  await send(records(500));
  return {
    async batches(all) {
      const startedAt = performance.now();
      for (let i = 0; i < all.length; i += 500) await send(all.slice(i, i + 500));
      return rate(all.length, performance.now() - startedAt);
    },
    async singles(all) {
      const times: number[] = [];
      const startedAt = performance.now();
      for (const record of all) {
        const sentAt = performance.now();
        await send([record]);
        times.push(performance.now() - sentAt);
      }
      return { perSecond: rate(all.length, performance.now() - startedAt), times };
    },
    close: () => producer.disconnect(),
  };
}

function records(count: number): NewRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    partition: 0,
    key: Buffer.from(`warm-${i}`),
    value: Buffer.alloc(400),
  }));
}
