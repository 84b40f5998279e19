/** Since when the log cannot be read to its end, because somebody else's transaction is open in it. */

import type { Logger } from 'pino';
import { type PartitionRange, partlyReadable } from '../log/log.ts';
import type { Metrics } from '../metrics.ts';

export interface LogBlocked {
  /** Compares with what was seen before: where a partition could be read to, and where it ended. */
  look(ranges: readonly PartitionRange[]): void;
}

/** Transactions of a moment are not worth a line. */
const TOLD_AFTER_MS = 10_000;

interface Blocked {
  readable: number;
  /** Instant (ms) of the first look at which reading stopped there. */
  since: number;
  told: boolean;
}

/** `now`: ms, monotonic. */
export function createLogBlocked(deps: {
  metrics: Pick<Metrics, 'logBlocked'>;
  logger: Logger;
  now: () => number;
}): LogBlocked {
  const { metrics, logger, now } = deps;
  const blocked = new Map<number, Blocked>();

  function note({ partition, readable }: PartitionRange): Blocked {
    const before = blocked.get(partition);
    // One that ended and the next one that began are not one that lasts.
    if (before?.readable === readable) return before;
    const entry = { readable, since: now(), told: false };
    blocked.set(partition, entry);
    return entry;
  }

  function free(partition: number): void {
    if (blocked.get(partition)?.told)
      logger.info(`partition ${partition} of the log can be read to its end again`);
    blocked.delete(partition);
    metrics.logBlocked.set({ partition }, 0);
  }

  return {
    look(ranges) {
      for (const range of ranges) {
        const { partition, readable, end } = range;
        if (readable >= end) {
          free(partition);
          continue;
        }
        const entry = note(range);
        const age = now() - entry.since;
        metrics.logBlocked.set({ partition }, age / 1_000);
        if (entry.told || age < TOLD_AFTER_MS) continue;
        entry.told = true;
        logger.warn(partlyReadable(range).message);
      }
    },
  };
}
