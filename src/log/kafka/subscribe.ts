/** Reads a topic as a member of a consumer group, over as many sessions as it takes. */

import { randomUUID } from 'node:crypto';
import { createBackoff, createSemaphore, pause } from '../../async.ts';
import { type Consumer, LogBroken, LogRefused, type PartitionRange, type Subscription } from '../log.ts';
import { type ConsumeEnd, consumePartition } from '../partition-loop.ts';
import { type KafkaConnection, kafkaError } from './client.ts';
import { createKafkaReader, type KafkaReader, type PartitionFetch } from './reader.ts';
import { type Session, startSession } from './session.ts';

/** How often the ends are compared with what was read, to notice a topic that was cut short or recreated. */
const CHECK_MS = 1_000;
/** Kafka's end of a partition may fall back for a moment when its leader changes. */
const SECOND_LOOK_MS = 1_000;

export interface KafkaSource {
  connection: KafkaConnection;
  topic: string;
  partitions: number;
  sessionTimeoutMs: number;
  ends(): Promise<PartitionRange[]>;
  deleteGroup(groupId: string): Promise<void>;
}

/** Kafka shares the partitions out among the group; each is driven on its own from what kafkajs fetched. */
export function subscribeKafka(source: KafkaSource, consumer: Consumer): Subscription {
  const { connection, topic, partitions, sessionTimeoutMs } = source;
  const { logger } = connection;
  const groupId = `${topic}.${consumer.group}${consumer.until ? `.${randomUUID()}` : ''}`;
  const stopping = new AbortController();
  const permits = createSemaphore(consumer.concurrency);
  const backoff = createBackoff();
  const readers = new Map<number, KafkaReader>();
  /** The last drive of each partition; the next one waits for it. */
  const drives = new Map<number, Promise<ConsumeEnd>>();
  const finished = new Set<number>();
  let broken: unknown = null;
  let session: Session | null = null;
  let lost = false;

  function breakOff(error: unknown): void {
    broken ??= error;
    stopping.abort();
  }

  function closeReaders(): void {
    for (const reader of readers.values()) reader.close();
    readers.clear();
  }

  function drive(partition: number): void {
    const fetch: PartitionFetch = {
      seek: (offset) => session?.seek(partition, offset),
      pause: () => session?.pause(partition),
      resume: () => session?.resume(partition),
      range: (next) => range(partition, next),
    };
    const until = consumer.until?.get(partition) ?? Number.POSITIVE_INFINITY;
    const reader = createKafkaReader(partition, consumer.batchSize, until, fetch);
    const ended = Promise.allSettled([drives.get(partition)]).then(() =>
      consumePartition(partition, reader, consumer, permits, stopping.signal),
    );
    readers.set(partition, reader);
    drives.set(partition, ended);
    ended.then((end) => {
      if (end === 'finished') finish(partition, reader);
    }, breakOff);
  }

  function finish(partition: number, reader: KafkaReader): void {
    reader.close();
    finished.add(partition);
    if (finished.size === partitions) stopping.abort();
  }

  async function range(partition: number, next: number): Promise<{ low: number; end: number }> {
    const look = async () => (await source.ends())[partition] ?? { low: 0, end: 0 };
    const found = await look();
    if (found.end >= next) return found;
    await pause(SECOND_LOOK_MS, stopping.signal);
    return look();
  }

  async function check(): Promise<void> {
    const before = [...readers].map(([partition, reader]) => ({
      partition,
      reader,
      fetched: reader.fetched(),
    }));
    const ranges = await source.ends();
    for (const { partition, reader, fetched } of before) {
      const found = ranges[partition];
      if (found) reader.check(found, fetched);
    }
  }

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      await pause(CHECK_MS, stopping.signal);
      try {
        await check();
      } catch (error) {
        if (error instanceof LogBroken) breakOff(error);
        else logger.debug({ err: error }, 'the ends of the log could not be read');
      }
    }
  }

  async function fetchUntilCrash(stopped: Promise<void>): Promise<void> {
    const current = startSession(
      { connection, topic, groupId, sessionTimeoutMs },
      {
        assigned(assignment) {
          logger.info({ group: groupId, partitions: assignment }, 'reading from Kafka');
          lost = false;
          closeReaders();
          for (const partition of assignment) if (!finished.has(partition)) drive(partition);
        },
        fetched(partition, fetched) {
          backoff.reset();
          readers.get(partition)?.push(fetched);
        },
        fetchedGap: (partition, first, next) => readers.get(partition)?.pushGap(first, next),
      },
    );
    session = current;
    try {
      await Promise.race([current.crashed, stopped]);
    } finally {
      closeReaders();
      await Promise.allSettled(drives.values());
      session = null;
      await current.close();
    }
  }

  async function run(): Promise<void> {
    const stopped = watch();
    while (!stopping.signal.aborted) {
      try {
        await fetchUntilCrash(stopped);
      } catch (error) {
        const failure = kafkaError(error);
        if (failure instanceof LogRefused) breakOff(failure);
        logger[lost ? 'debug' : 'warn'](
          { group: groupId, reason: failure.message },
          'lost Kafka, trying anew',
        );
        lost = true;
        await pause(backoff.next(), stopping.signal);
      }
    }
    await stopped;
    if (consumer.until) await source.deleteGroup(groupId);
    if (broken) throw broken;
  }

  const done = run();
  return {
    done,
    held: () => [...readers.keys()],
    async stop() {
      stopping.abort();
      closeReaders();
      await Promise.allSettled([done]);
    },
  };
}
