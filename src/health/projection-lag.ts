/** How far the live projection is behind the log, and whether it moves. */

import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import { cutShort, type LogBroken, missing, type PartitionRange } from '../log/log.ts';
import type { Metrics } from '../metrics.ts';
import { liveNextOffsets } from '../projection/tables/positions.ts';
import type { Tables } from '../store/tables.ts';

type Stored = Pick<PartitionRange, 'partition' | 'low' | 'end'>;

/** Whether the projection keeps up, whichever process projects. */
export interface ProjectionLag {
  /**
   * Compares the ends of the log with the live projection's positions, in the background. `askedAt` (ms, by `now`): the
   * ends were read after it.
   */
  look(ends: readonly Stored[], askedAt: number): void;
  /** Why the log cannot be the one that was projected, or has lost what was not; null where nothing says so. */
  broken(): LogBroken | null;
  /** Partitions with records to count that have not moved for `STALLED_MS`. */
  stalled(): number[];
}

export const STALLED_MS = 60_000;

interface Seen {
  next: number;
  lag: number;
  /** Instant (ms) of the last look at which it had moved or had nothing to do. */
  movedAt: number;
}

export interface ProjectionLagDeps {
  db: Kysely<Tables>;
  metrics: Metrics;
  logger: Logger;
  now: () => number;
}

export function measureLag({ db, metrics, logger, now }: ProjectionLagDeps): ProjectionLag {
  const seen = new Map<number, Seen>();
  let looking = false;
  let broken: LogBroken | null = null;
  /** When the positions in `seen` had been read. */
  let readAt = Number.POSITIVE_INFINITY;

  /** Positions only grow, and a log ends at or after what was read of it before. */
  function contradiction(ends: readonly Stored[]): LogBroken | null {
    for (const { partition, low, end } of ends) {
      const next = seen.get(partition)?.next ?? 0;
      if (next > end) return cutShort(partition, next, end);
      if (next < low) return missing(partition, next, low);
    }
    return null;
  }

  async function compare(ends: readonly Stored[]): Promise<void> {
    const nexts = await liveNextOffsets(db);
    for (const { partition, end } of ends) {
      const next = nexts.get(partition) ?? 0;
      const lag = Math.max(0, end - next);
      const before = seen.get(partition);
      const waits = before !== undefined && before.lag > 0 && lag > 0 && before.next === next;
      seen.set(partition, { next, lag, movedAt: waits ? before.movedAt : now() });
      metrics.projectionLag.set({ partition }, lag);
    }
    readAt = now();
  }

  function stalled(): number[] {
    const limit = now() - STALLED_MS;
    return [...seen]
      .filter(([, { lag, movedAt }]) => lag > 0 && movedAt < limit)
      .map(([partition]) => partition);
  }

  return {
    look(ends, askedAt) {
      metrics.projectionStalled.set(stalled().length);
      const found = askedAt >= readAt ? contradiction(ends) : broken;
      if (found !== null && broken === null) logger.error(found.message);
      broken = found;
      if (looking) return;
      looking = true;
      compare(ends)
        .catch((error: unknown) =>
          logger.debug({ err: error }, 'could not read the positions of the projection'),
        )
        .finally(() => {
          looking = false;
        });
    },
    broken: () => broken,
    stalled,
  };
}
