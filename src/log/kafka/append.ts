import type { Message, Producer } from 'kafkajs';
import { LogBroken, LogUnavailable, type NewRecord, type Position } from '../log.ts';
import { createLease, type KafkaConnection, RETRY } from './client.ts';

/** How long one batch may take, retries included; what is late may still be kept by the broker. */
const APPEND_MS = 4_500;
/** How long the broker waits for its replicas. */
const ACKS_MS = 3_000;

export interface KafkaAppender {
  append(records: readonly NewRecord[]): Promise<Position[]>;
  close(): Promise<void>;
}

/**
 * One `sendBatch` in flight, acknowledged by all in-sync replicas. Not idempotent: with overlapping sends kafkajs
 * reuses a sequence number after a lost response, and the broker drops the next batch as a duplicate
 * (https://github.com/tulios/kafkajs/issues/1005); the projector drops real duplicates by their ids.
 */
export function createKafkaAppender(
  connection: KafkaConnection,
  topic: string,
  partitions: number,
  /** Where each partition is known to end at least: a lower answer is another topic of the same name. */
  ends: number[],
): KafkaAppender {
  const lease = createLease<Producer>(connection, (kafka) =>
    kafka.producer({
      idempotent: false,
      allowAutoTopicCreation: false,
      metadataMaxAge: 60_000,
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
      retry: { ...RETRY, retries: 2 },
    }),
  );
  let turn: Promise<unknown> = Promise.resolve();

  async function send(records: readonly NewRecord[]): Promise<Position[]> {
    // As of now: while it is under way, somebody may see an end with these very records.
    const before = ends.slice();
    const topicMessages = [{ topic, messages: records as readonly Message[] as Message[] }];
    const answers = await lease.use(APPEND_MS, (producer) =>
      producer.sendBatch({ acks: -1, timeout: ACKS_MS, topicMessages }),
    );
    const next = new Map(answers.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]));
    for (const [partition, offset] of next) {
      const end = before[partition] ?? 0;
      if (offset < end) throw recreated(topic, partition, offset, end);
    }
    const positions = records.map(({ partition }) => {
      const offset = next.get(partition);
      if (offset === undefined) throw new LogUnavailable(`Kafka did not answer for partition ${partition}`);
      next.set(partition, offset + 1);
      return { partition, offset };
    });
    for (const [partition, end] of next) ends[partition] = end;
    return positions;
  }

  return {
    append(records) {
      if (records.length === 0) return Promise.resolve([]);
      if (records.some(({ partition }) => !(partition >= 0 && partition < partitions))) {
        return Promise.reject(new RangeError('a record names an unknown partition'));
      }
      const called = performance.now();
      const positions = turn.then(() => {
        if (performance.now() - called > APPEND_MS) throw new LogUnavailable('Kafka is too slow');
        return send(records);
      });
      turn = Promise.allSettled([positions]);
      return positions;
    },
    close: () => lease.close(),
  };
}

function recreated(topic: string, partition: number, offset: number, end: number): LogBroken {
  return new LogBroken(
    `Topic ${topic} was deleted and recreated: partition ${partition} had ${end} records, and the next one was given offset ${offset}.`,
  );
}
