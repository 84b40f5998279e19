/** Reads a topic as a member of a consumer group, over as many sessions as it takes. */

import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
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
export function subscribeKafka(
  source: KafkaSource,
  consumer: Consumer,
  start: typeof startSession = startSession,
): Subscription {
  const { connection, topic, sessionTimeoutMs } = source;
  const { logger } = connection;
  const groupId = `${topic}.${consumer.group}${consumer.until ? `.${randomUUID()}` : ''}`;
  const stopping = new AbortController();
  const backoff = createBackoff();
  const drives = createDrives(source, consumer, stopping);
  let lost = false;

  async function fetchUntilCrash(stopped: Promise<void>): Promise<void> {
    let isEnding = false;
    const session = start(
      { connection, topic, groupId, sessionTimeoutMs },
      {
        assigned(assignment) {
          // Whoever waits for the batches in hand would not wait for these.
          if (isEnding) return;
          logger.info({ group: groupId, partitions: assignment }, 'reading from Kafka');
          lost = false;
          drives.assign(assignment, session);
        },
        fetched(partition, fetched) {
          backoff.reset();
          drives.reader(partition)?.push(fetched);
        },
        fetchedGap: (partition, first, next) => drives.reader(partition)?.pushGap(first, next),
      },
    );
    try {
      await Promise.race([session.crashed, stopped]);
    } finally {
      isEnding = true;
      await drives.end();
      await session.close();
    }
  }

  async function run(): Promise<void> {
    const stopped = watch(drives, stopping, logger);
    while (!stopping.signal.aborted) {
      try {
        await fetchUntilCrash(stopped);
      } catch (error) {
        const failure = kafkaError(error);
        if (failure instanceof LogRefused) drives.breakOff(failure);
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
    if (drives.broken()) throw drives.broken();
  }

  const done = run();
  return {
    done,
    held: drives.held,
    async stop() {
      stopping.abort();
      drives.close();
      await Promise.allSettled([done]);
    },
  };
}

/** Compares ends and positions with what was read until the subscription stops. */
async function watch(drives: Drives, stopping: AbortController, logger: Logger): Promise<void> {
  while (!stopping.signal.aborted) {
    await pause(CHECK_MS, stopping.signal);
    try {
      await drives.check();
    } catch (error) {
      if (error instanceof LogBroken) drives.breakOff(error);
      else logger.debug({ err: error }, 'ends or positions could not be read');
    }
  }
}

/** The partitions that the group has given to this process, each with its reader and who consumes it. */
interface Drives {
  /** From now on these are read, and no others, from what the session fetches. */
  assign(partitions: readonly number[], session: Session): void;
  reader(partition: number): KafkaReader | undefined;
  held(): number[];
  /**
   * Compares where the partitions end, and what of them is durable, with what was read. Rejects with `LogBroken` or a
   * passing error.
   */
  check(): Promise<void>;
  /** Lets no reader read on. */
  close(): void;
  /** Resolves when no batch is in hand any more. */
  end(): Promise<void>;
  /** Ends the subscription with an error that only a person can mend. */
  breakOff(error: unknown): void;
  broken(): unknown;
}

function createDrives(source: KafkaSource, consumer: Consumer, stopping: AbortController): Drives {
  const permits = createSemaphore(consumer.concurrency);
  const readers = new Map<number, KafkaReader>();
  /** The last drive of each partition; the next one waits for it. */
  const drives = new Map<number, Promise<ConsumeEnd>>();
  const finished = new Set<number>();
  let broken: unknown = null;

  function breakOff(error: unknown): void {
    broken ??= error;
    stopping.abort();
  }

  function close(): void {
    for (const reader of readers.values()) reader.close();
    readers.clear();
  }

  async function range(partition: number, next: number): Promise<{ low: number; end: number }> {
    const look = async () => (await source.ends())[partition] ?? { low: 0, end: 0 };
    const found = await look();
    if (found.end >= next) return found;
    await pause(SECOND_LOOK_MS, stopping.signal);
    return look();
  }

  function drive(partition: number, session: Session): void {
    const fetch: PartitionFetch = {
      seek: (offset) => session.seek(partition, offset),
      pause: () => session.pause(partition),
      resume: () => session.resume(partition),
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
      if (end !== 'finished') return;
      reader.close();
      finished.add(partition);
      if (finished.size === source.partitions) stopping.abort();
    }, breakOff);
  }

  return {
    ...{ close, breakOff },
    broken: () => broken,
    reader: (partition) => readers.get(partition),
    held: () => [...readers.keys()],
    assign(partitions, session) {
      close();
      for (const partition of partitions) if (!finished.has(partition)) drive(partition, session);
    },
    async check() {
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
      await checkProgress(readers, consumer);
    },
    async end() {
      close();
      await Promise.allSettled(drives.values());
    },
  };
}

/**
 * A database that crashed may have lost the progress that it had told: it is made anew, also where no record comes any
 * more that would show it.
 */
async function checkProgress(readers: ReadonlyMap<number, KafkaReader>, consumer: Consumer): Promise<void> {
  const idle = [...readers].flatMap(([partition, reader]) => {
    const at = reader.idleAt();
    return at === null ? [] : [{ partition, reader, at }];
  });
  if (idle.length === 0) return;
  const durable = await consumer.progress(idle.map(({ partition }) => partition));
  for (const { partition, reader, at } of idle) {
    const next = durable.get(partition)?.next ?? 0;
    if (next < at && reader.idleAt() === at)
      reader.interrupt(new Error(`the database has lost what was projected from ${next} to ${at - 1}`));
  }
}
