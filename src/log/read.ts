/** Reads stretches of the log from one offset to another; for whoever does not follow it for ever. */

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createBackoff, pause } from '../async.ts';
import {
  type Batch,
  type EventLog,
  LogBroken,
  LogUnavailable,
  type PartitionRange,
  type Progress,
  partlyReadable,
} from './log.ts';

export interface Reading {
  /** What the consumer group begins with; each reading has one of its own. */
  group: string;
  /** Per partition: `from` inclusive, `until` exclusive. Partitions that are not named are not read. */
  ranges: ReadonlyMap<number, { from: number; until: number }>;
  /** Most records in one batch. Default 2,000. */
  batchSize?: number;
  /** Told when the log could not be read and is tried again, and when somebody else's transaction holds it up. */
  waiting?(error: unknown): void;
}

/**
 * Hands over every record of the ranges once, each partition in order, several partitions at the same time. Resolves
 * when all is read; rejects with `LogBroken`, or with what `handle` threw.
 */
export async function readRecords(
  log: EventLog,
  { group, ranges, batchSize = 2_000, waiting }: Reading,
  handle: (batch: Batch) => Promise<void> | void,
): Promise<void> {
  if (![...ranges.values()].some(({ from, until }) => from < until)) return;
  const nexts = new Map<number, number>();
  const untils = new Map<number, number>();
  for (let partition = 0; partition < log.partitions; partition++) {
    const range = ranges.get(partition);
    nexts.set(partition, range?.from ?? 0);
    untils.set(partition, range?.until ?? 0);
  }
  let failure: { error: unknown } | null = null;
  const subscription = await log.subscribe({
    group: `${group}-${randomUUID()}`,
    concurrency: 2,
    batchSize,
    until: untils,
    // A partition may be lost and taken again: it goes on after what was handled.
    progress: async (partitions) =>
      new Map(
        partitions.map((partition): [number, Progress] => [
          partition,
          { next: nexts.get(partition) ?? 0, last: null },
        ]),
      ),
    async handle(batch) {
      try {
        await handle(batch);
      } catch (error) {
        failure ??= { error };
        // The one rejection that is not tried again.
        throw new LogBroken('the reader gave up');
      }
      nexts.set(batch.partition, batch.next);
      return { next: batch.next, last: null };
    },
    failed: (_, error) => waiting?.(error),
  });
  const over = new AbortController();
  const told = waiting && tellWhatHoldsUp(log, { nexts, untils, waiting }, over.signal);
  const ended = await Promise.allSettled([subscription.done]);
  over.abort();
  await told;
  const given = failure as { error: unknown } | null;
  if (given !== null) throw given.error;
  if (ended[0].status === 'rejected') throw ended[0].reason;
  const unread = [...untils].find(([partition, until]) => (nexts.get(partition) ?? 0) < until);
  if (unread !== undefined) throw new LogUnavailable('the log was closed before all of it was read');
}

const HELD_UP_MS = 5_000;

interface Reader {
  nexts: ReadonlyMap<number, number>;
  untils: ReadonlyMap<number, number>;
  waiting(error: unknown): void;
}

/** Kafka gives nothing of what follows the first record of an open transaction, and no error either. */
async function tellWhatHoldsUp(
  log: EventLog,
  { nexts, untils, waiting }: Reader,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await pause(HELD_UP_MS, signal);
    if (signal.aborted) return;
    try {
      const held = (await log.ends()).find(({ partition, readable }) => {
        const [next, until] = [nexts.get(partition) ?? 0, untils.get(partition) ?? 0];
        return next >= readable && readable < until;
      });
      if (held !== undefined) waiting(partlyReadable(held));
    } catch {
      // A log that cannot be asked cannot be read either, and that is told.
    }
  }
}

/** With pauses of up to 2 s, and what each attempt takes: some 20 s to a minute. */
const ATTEMPTS = 12;

/** Asks again for a while where the log is unavailable: what was just made has no leaders or coordinators yet. */
export async function retryWhileUnavailable<T>(
  ask: () => Promise<T>,
  waiting: (error: unknown) => void = () => undefined,
): Promise<T> {
  const backoff = createBackoff();
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof LogUnavailable) || attempt === ATTEMPTS) throw error;
      waiting(error);
    }
    await delay(backoff.next());
  }
}

/** The ends of the log, as soon as it answers. */
export function endsWhenAvailable(
  log: EventLog,
  waiting?: (error: unknown) => void,
): Promise<PartitionRange[]> {
  return retryWhileUnavailable(() => log.ends(), waiting);
}
