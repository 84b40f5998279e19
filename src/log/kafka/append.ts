/** Appends to a topic: one send at a time, in batches that the topic takes. */

import type { Message, Producer } from 'kafkajs';
import { LogBroken, LogUnavailable, type NewRecord, type Position } from '../log.ts';
import { countFitting, largestRecordIn } from './batch-size.ts';
import {
  createReconnectingClient,
  isTooLarge,
  type KafkaConnection,
  RETRY,
  type ReconnectingClient,
} from './client.ts';

/** How long the broker waits for its replicas. */
const ACKS_MS = 3_000;

/** How large the record batches are that the topic takes, in bytes. */
export interface BatchLimit {
  /** As last seen. */
  bytes(): number;
  look(): Promise<number>;
}

export interface KafkaAppender {
  append(records: readonly NewRecord[]): Promise<Position[]>;
  close(): Promise<void>;
}

/** The one producer of an appender. */
type ProducerClient = ReconnectingClient<Pick<Producer, 'sendBatch'>>;

/** Sends each record to the partition that it names. */
export function createProducerClient(connection: KafkaConnection): ProducerClient {
  return createReconnectingClient<Producer>(connection, (kafka) =>
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
}

/**
 * One `sendBatch` in flight, acknowledged by all in-sync replicas. Not idempotent: with overlapping sends kafkajs
 * reuses a sequence number after a lost response, and the broker drops the next batch as a duplicate
 * (https://github.com/tulios/kafkajs/issues/1005); the projector drops real duplicates by their ids.
 */
export function createKafkaAppender(
  client: ProducerClient,
  topic: string,
  partitions: number,
  /** Where each partition is known to end at least: a lower answer is another topic of the same name. */
  ends: number[],
  limit: BatchLimit,
  /** How long one batch may take, in ms, retries included; what is late may still be kept by the broker. */
  timeoutMs: number,
): KafkaAppender {
  let turn: Promise<unknown> = Promise.resolve();

  async function send(records: readonly NewRecord[], by: number): Promise<Position[]> {
    const ms = Math.ceil(by - performance.now());
    if (ms <= 0) throw new LogUnavailable('Kafka is too slow');
    // As of now: while it is under way, somebody may see an end with these very records.
    const before = ends.slice();
    const topicMessages = [{ topic, messages: records as readonly Message[] as Message[] }];
    const answers = await client.use(ms, (producer) =>
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

  const sendInBatches = inBatchesThatFit(topic, limit, send);

  return {
    append(records) {
      if (records.length === 0) return Promise.resolve([]);
      if (records.some(({ partition }) => !(partition >= 0 && partition < partitions))) {
        return Promise.reject(new RangeError('a record names an unknown partition'));
      }
      const called = performance.now();
      const positions = turn.then(() => {
        const now = performance.now();
        if (now - called > timeoutMs) throw new LogUnavailable('Kafka is too slow');
        return sendInBatches(records, now + timeoutMs);
      });
      turn = Promise.allSettled([positions]);
      return positions;
    },
    close: () => client.close(),
  };
}

/** `by`: ms on the monotonic clock. */
type Send = (records: readonly NewRecord[], by: number) => Promise<Position[]>;

/** Sends as often as the size of batches asks for; mostly that is once. */
function inBatchesThatFit(topic: string, limit: BatchLimit, send: Send): Send {
  async function sendAll(records: readonly NewRecord[], by: number): Promise<Position[]> {
    const count = countFitting(records, limit.bytes());
    if (count === records.length) return await sendFitting(records, by);
    const positions: Position[] = [];
    for (let rest = records; rest.length > 0; ) {
      const sent = await sendFitting(rest.slice(0, countFitting(rest, limit.bytes())), by);
      for (const position of sent) positions.push(position);
      rest = rest.slice(sent.length);
    }
    return positions;
  }

  /** Where the topic takes less than it did, once more in smaller batches. */
  async function sendFitting(records: readonly NewRecord[], by: number): Promise<Position[]> {
    try {
      return await send(records, by);
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      const before = limit.bytes();
      const now = await limit.look();
      const largest = Math.max(...records.map(({ key, value }) => key.length + value.length));
      // Whoever sends it again is told that it is too large, and the others are rid of it.
      if (largest > largestRecordIn(now))
        throw new LogUnavailable(`Topic ${topic} takes no records of ${largest} bytes any more`, {
          cause: error,
        });
      if (now >= before) throw error;
    }
    return await sendAll(records, by);
  }

  return sendAll;
}

function recreated(topic: string, partition: number, offset: number, end: number): LogBroken {
  return new LogBroken(
    `Topic ${topic} was deleted and recreated: partition ${partition} had ${end} records, and the next one was given offset ${offset}.`,
  );
}
