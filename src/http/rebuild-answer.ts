import { sql } from 'kysely';
import { z } from 'zod';
import type { Comparison } from '../projection/compare.ts';
import { type Rebuild, UNDER_WAY } from '../projection/rebuild-state.ts';
import type { AppDeps } from './deps.ts';
import { instantOut, isoInstant } from './schemas.ts';

const counts = z.record(z.string(), z.int()).meta({ description: 'Rows by table' });
const difference = z
  .object({
    tenant: z.string().nullable(),
    period: z.string().nullable(),
    table: z.string(),
    live: z.int().meta({ description: 'Rows that only the live projection has' }),
    rebuilt: z.int().meta({ description: 'Rows that only the rebuilt one has' }),
    changed: z.int().meta({ description: 'Rows that both have with other values' }),
    samples: z.array(z.string()).meta({ description: 'The first few, as sentences' }),
  })
  .meta({ id: 'RebuildDifference' });

export const rebuildSchema = z
  .object({
    id: z.string(),
    state: z.enum(['running', 'caught-up', 'promoted', 'rolled-back', 'discarded', 'failed']),
    startedAt: instantOut,
    startedBy: z.string(),
    changedAt: instantOut,
    error: z.string().nullable(),
    progress: z
      .object({
        phase: z.enum(['load', 'fold', 'index', 'compare', 'follow', 'rollback']),
        done: z.int(),
        total: z.int().meta({ description: '0: not known' }),
        rate: z.number().meta({ description: 'Records per second' }),
        etaSeconds: z.int().nullable().meta({ description: 'Of this phase; null: not known' }),
        partitions: z.array(z.object({ partition: z.int(), next: z.int(), end: z.int() })),
      })
      .nullable()
      .meta({ description: 'null: nobody works on it any more' }),
    positions: z
      .array(z.object({ partition: z.int(), next: z.int() }))
      .nullable()
      .meta({ description: 'Where live and rebuilt were compared' }),
    counts: z.object({ live: counts, rebuilt: counts }).nullable(),
    digests: z.object({ live: z.string(), rebuilt: z.string() }).nullable(),
    differences: z.object({ count: z.int(), items: z.array(difference) }).nullable(),
    accepted: z.object({ by: z.string(), reason: z.string().nullable() }).nullable(),
  })
  .meta({ id: 'Rebuild' });

/** A rebuild as the API shows it. */
export async function showRebuild(deps: AppDeps, rebuild: Rebuild): Promise<z.input<typeof rebuildSchema>> {
  const { comparison, accepted_by: by, accepted_reason: reason } = rebuild;
  return {
    id: String(rebuild.id),
    state: rebuild.state,
    startedAt: isoInstant(rebuild.started_at),
    startedBy: rebuild.actor,
    changedAt: isoInstant(rebuild.changed_at),
    error: rebuild.error,
    progress: UNDER_WAY.includes(rebuild.state) ? await progressOf(deps, rebuild) : null,
    ...showComparison(comparison),
    accepted: by === null ? null : { by, reason },
  };
}

function showComparison(comparison: Comparison | null) {
  if (comparison === null) return { positions: null, counts: null, digests: null, differences: null };
  const { positions, counts, digests, differences } = comparison;
  return { positions, counts, digests, differences };
}

async function progressOf({ db, logEnds }: AppDeps, { schema, phase, done, total, rate }: Rebuild) {
  const positions = await sql<{ partition: number; next: number }>`
    SELECT partition, next FROM ${sql.table(`${schema}.positions`)} ORDER BY partition`.execute(db);
  const ends = new Map(logEnds().map(({ partition, end }) => [partition, end]));
  const etaSeconds = rate > 0 && total > done ? Math.ceil((total - done) / rate) : null;
  const partitions = positions.rows.map(({ partition, next }) => ({
    partition,
    next,
    end: Math.max(next, ends.get(partition) ?? 0),
  }));
  return { phase, done, total, rate, etaSeconds, partitions };
}
