/** One life of a kafkajs consumer, which may crash at any time. */

import type { Batch, Consumer as KafkaConsumer } from 'kafkajs';
import { onSetBack } from '../../clock.ts';
import { createClient, type KafkaConnection, RETRY } from './client.ts';
import type { Fetched } from './reader.ts';

/** kafkajs hands over these as well. */
type RawBatch = Batch & { rawMessages: Fetched['raw'] };

export interface SessionEvents {
  /** Called at every (re)join of the group, after all of these partitions were paused. */
  assigned(partitions: number[]): void;
  fetched(partition: number, fetched: Fetched): void;
  /** A fetch brought only what consumers are not shown. */
  fetchedGap(partition: number, first: number, next: number): void;
}

/** One life of a kafkajs consumer: it fetches, everything else is the readers' business. */
export interface Session {
  /** Rejects when kafkajs could not start or gave up; never resolves. */
  crashed: Promise<never>;
  seek(partition: number, offset: number): void;
  pause(partition: number): void;
  resume(partition: number): void;
  /** Leaves the group. Never rejects. */
  close(): Promise<void>;
}

export interface SessionOptions {
  connection: KafkaConnection;
  topic: string;
  groupId: string;
  /** After how long without a heartbeat a killed process loses its partitions. */
  sessionTimeoutMs: number;
}

/**
 * Joins the group and fetches. Offsets are never committed to Kafka: they are where the results are. Errors of the
 * readers never reach kafkajs, whose budget of retries is not renewed while a consumer runs; a crash ends the session.
 */
export function startSession(options: SessionOptions, events: SessionEvents): Session {
  const { connection, topic, groupId, sessionTimeoutMs } = options;
  const heartbeatInterval = Math.ceil(sessionTimeoutMs / 6);
  const client = createClient(connection);
  const consumer = client.kafka.consumer({
    groupId,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval,
    rebalanceTimeout: 10_000,
    maxWaitTimeInMs: 100,
    minBytes: 1,
    maxBytesPerPartition: 128 * 1024,
    maxBytes: 4 * 1024 * 1024,
    metadataMaxAge: 60_000,
    allowAutoTopicCreation: false,
    readUncommitted: false,
    retry: { ...RETRY, restartOnFailure: async () => false },
  });
  const crash = Promise.withResolvers<never>();
  let running = true;
  listen(consumer, topic, events);
  consumer.on(consumer.events.STOP, () => {
    running = false;
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => crash.reject(payload.error));
  fetchForever(consumer, topic, events).catch(crash.reject);
  // kafkajs counts its heartbeats by the wall clock: set back by an hour it would send none for so long, and lose its
  // partitions to the others of the group without noticing.
  const unwatch = onSetBack(heartbeatInterval, () => crash.reject(new Error('the clock was set back')));
  return {
    crashed: crash.promise,
    seek(partition, offset) {
      if (running) consumer.seek({ topic, partition, offset: String(offset) });
    },
    pause(partition) {
      if (running) consumer.pause([{ topic, partitions: [partition] }]);
    },
    resume(partition) {
      if (running) consumer.resume([{ topic, partitions: [partition] }]);
    },
    async close() {
      running = false;
      unwatch();
      await client.dispose(() => consumer.disconnect());
    },
  };
}

function listen(consumer: KafkaConsumer, topic: string, events: SessionEvents): void {
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    const partitions = payload.memberAssignment[topic] ?? [];
    // At once: kafkajs does not wait for listeners, and would start from 0.
    consumer.pause([{ topic, partitions }]);
    events.assigned(partitions);
  });
  consumer.on(consumer.events.START_BATCH_PROCESS, ({ payload }) => {
    if (payload.batchSize > 0 || payload.firstOffset === null) return;
    events.fetchedGap(payload.partition, Number(payload.firstOffset), Number(payload.lastOffset) + 1);
  });
}

async function fetchForever(consumer: KafkaConsumer, topic: string, events: SessionEvents): Promise<void> {
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: 1,
    eachBatch: async ({ batch, resolveOffset, isStale }) => {
      const last = batch.messages.at(-1);
      if (!last || isStale()) return;
      const { messages, rawMessages, highWatermark } = batch as RawBatch;
      resolveOffset(last.offset);
      events.fetched(batch.partition, { messages, raw: rawMessages, end: Number(highWatermark) });
    },
  });
}
