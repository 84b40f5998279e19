import { setTimeout as delay } from 'node:timers/promises';
import { createBackoff } from '../async.ts';
import {
  type Batch,
  type EventLog,
  LogBroken,
  LogUnavailable,
  type PartitionRange,
  type Progress,
} from './log.ts';

export interface Reading {
  /** Consumer group of its own for each reading. */
  group: string;
  /** Per partition: `from` inclusive, `until` exclusive. Partitions that are not named are not read. */
  ranges: ReadonlyMap<number, { from: number; until: number }>;
  /** Told when the log could not be read and is tried again. */
  waiting?(error: unknown): void;
}

/**
 * Hands over every record of the ranges once, each partition in order, several partitions at the same time. Resolves
 * when all is read; rejects with `LogBroken`, or with what `handle` threw.
 */
export async function readRecords(
  log: EventLog,
  { group, ranges, waiting = () => undefined }: Reading,
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
    group,
    concurrency: 2,
    batchSize: 2_000,
    until: untils,
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
    failed: (_, error) => waiting(error),
  });
  const ended = await Promise.allSettled([subscription.done]);
  const given = failure as { error: unknown } | null;
  if (given !== null) throw given.error;
  if (ended[0].status === 'rejected') throw ended[0].reason;
  const unread = [...untils].find(([partition, until]) => (nexts.get(partition) ?? 0) < until);
  if (unread !== undefined) throw new LogUnavailable('the log was closed before all of it was read');
}

/** With pauses of up to 2 s, and what each attempt takes: some 20 s to a minute. */
const ATTEMPTS = 12;

/** Asks again for a while where the log is unavailable: what was just made has no leaders or coordinators yet. */
export async function patiently<T>(
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

export function patientEnds(log: EventLog, waiting?: (error: unknown) => void): Promise<PartitionRange[]> {
  return patiently(() => log.ends(), waiting);
}
