import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { PartitionRange } from './log/log.ts';
import type { Metrics } from './metrics.ts';
import { currentSchema, projectionIn } from './projection/schema.ts';
import type { Tables } from './store/tables.ts';

/** Whether the projection keeps up, whichever process projects. */
export interface Progress {
  /** Compares the ends of the log with the live projection's positions, in the background. */
  look(ends: readonly PartitionRange[]): void;
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

export interface ProgressDeps {
  db: Kysely<Tables>;
  metrics: Metrics;
  logger: Logger;
  now: () => number;
}

export function createProgress({ db, metrics, logger, now }: ProgressDeps): Progress {
  const seen = new Map<number, Seen>();
  let looking = false;

  async function compare(ends: readonly PartitionRange[]): Promise<void> {
    const schema = await currentSchema(db);
    const rows = await projectionIn(db, schema)
      .selectFrom('positions')
      .select(['partition', 'next'])
      .execute();
    const nexts = new Map(rows.map(({ partition, next }) => [partition, next]));
    for (const { partition, end } of ends) {
      const next = nexts.get(partition) ?? 0;
      const lag = Math.max(0, end - next);
      const before = seen.get(partition);
      const waits = before !== undefined && before.lag > 0 && lag > 0 && before.next === next;
      seen.set(partition, { next, lag, movedAt: waits ? before.movedAt : now() });
      metrics.projectionLag.set({ partition }, lag);
    }
  }

  return {
    look(ends) {
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
    stalled() {
      const limit = now() - STALLED_MS;
      return [...seen]
        .filter(([, { lag, movedAt }]) => lag > 0 && movedAt < limit)
        .map(([partition]) => partition);
    },
  };
}
