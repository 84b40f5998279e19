/** The event log in a Kafka topic. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { type EventLog, LogUnavailable, type PartitionRange, type Subscription } from '../log.ts';
import { type BatchLimit, createKafkaAppender, createProducerClient } from './append.ts';
import { LEAST_BATCH_BYTES, largestRecordIn } from './batch-size.ts';
import {
  createReconnectingClient,
  type KafkaConnection,
  kafkaError,
  type ReconnectingClient,
} from './client.ts';
import { askOfTopic, readRanges } from './offsets.ts';
import { type KafkaSource, subscribeKafka } from './subscribe.ts';
import { ensureTopic, findTopic, largestBatch, type TopicSettings, weaknessesOfLog } from './topic.ts';

/** Less than those wait who appended. */
const APPEND_MS = 4_500;
const ENDS_MS = 4_000;
const WEAKNESSES_MS = 10_000;
const READABLE_EVERY_MS = 50;

export interface KafkaLogOptions extends KafkaConnection, TopicSettings {
  /** After how long without a sign of life a process loses its partitions to the others of its group. Default 10 s. */
  sessionTimeoutMs?: number;
  /** The topic is only read: it is not created, and one that could lose records is not refused. Default false. */
  readOnly?: boolean;
  /** How long opening may take before it is rejected with `LogUnavailable`. Default 15 s. */
  openTimeoutMs?: number;
  /** How long an append may take before it is rejected with `LogUnavailable`. Default 4.5 s. */
  appendTimeoutMs?: number;
}

/**
 * Opens the event log in a Kafka topic, which is created if it is not there; resolves once every partition of it can be
 * read. Rejects with `LogBroken` where the topic could lose records or is another one, with `LogUnavailable` where Kafka
 * cannot be reached.
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<EventLog> {
  const { topic, partitions, logger, sessionTimeoutMs = 10_000, openTimeoutMs = 15_000 } = options;
  const admin = createReconnectingClient<Admin>(options, (kafka) => kafka.admin());
  const deadline = performance.now() + openTimeoutMs;
  try {
    await admin.use(openTimeoutMs, (client) =>
      options.readOnly ? findTopic(client, options) : ensureTopic(client, options),
    );
    await untilReadable(admin, options, deadline);
  } catch (error) {
    await admin.close();
    throw error;
  }
  const known = new Array<number>(partitions).fill(0);
  /** Less would have been refused. */
  let batchBytes = LEAST_BATCH_BYTES;
  const limit: BatchLimit = {
    bytes: () => batchBytes,
    async look() {
      batchBytes = await admin.use(ENDS_MS, (client) =>
        askOfTopic(client, topic, () => largestBatch(client, topic)),
      );
      return batchBytes;
    },
  };
  const appender = createKafkaAppender(
    createProducerClient(options),
    topic,
    partitions,
    known,
    limit,
    options.appendTimeoutMs ?? APPEND_MS,
  );
  const subscriptions = new Set<Subscription>();
  let reading: Promise<PartitionRange[]> | null = null;

  /** What others have appended counts too: an append that gets less is in another topic. */
  async function readEnds(): Promise<PartitionRange[]> {
    const ranges = await admin.use(ENDS_MS, (client) => readRanges(client, topic));
    for (const { partition, end } of ranges) known[partition] = Math.max(known[partition] ?? 0, end);
    return ranges;
  }

  /** All partitions of a subscription ask at the same time. */
  function ends(): Promise<PartitionRange[]> {
    reading ??= readEnds().finally(() => {
      reading = null;
    });
    return reading;
  }

  async function deleteGroup(groupId: string): Promise<void> {
    try {
      await admin.use(ENDS_MS, (client) => client.deleteGroups([groupId]));
    } catch (error) {
      logger.debug(
        { err: kafkaError(error), groupId },
        'a group without members stays until Kafka removes it',
      );
    }
  }

  const source: KafkaSource = { connection: options, topic, partitions, sessionTimeoutMs, ends, deleteGroup };
  return {
    partitions,
    append: (records) => appender.append(records),
    largestRecord: () => largestRecordIn(batchBytes),
    async subscribe(consumer) {
      const subscription = subscribeKafka(source, consumer);
      subscriptions.add(subscription);
      const forget = () => subscriptions.delete(subscription);
      subscription.done.then(forget, forget);
      return subscription;
    },
    ends,
    async weaknesses() {
      const weaknesses = await admin.use(WEAKNESSES_MS, (client) => weaknessesOfLog(client, options));
      await limit.look();
      return weaknesses;
    },
    async close() {
      await Promise.all([...subscriptions].map((subscription) => subscription.stop()));
      await Promise.all([appender.close(), admin.close()]);
    },
  };
}

/** The brokers of a topic that was just made, or whose leader just fell, do not know yet which of them leads a partition. */
async function untilReadable(
  admin: ReconnectingClient<Admin>,
  { topic, partitions }: TopicSettings,
  deadline: number,
): Promise<void> {
  for (;;) {
    const left = Math.max(1, deadline - performance.now());
    const state = await admin
      .use(left, (client) => readRanges(client, topic))
      .then(
        ({ length }) =>
          length === partitions ||
          new LogUnavailable(`Kafka: ${length} of ${partitions} partitions of topic ${topic} can be read`),
        (error: unknown) => {
          if (error instanceof LogUnavailable) return error;
          throw error;
        },
      );
    if (state === true) return;
    if (performance.now() + READABLE_EVERY_MS >= deadline) throw state;
    await delay(READABLE_EVERY_MS);
  }
}
