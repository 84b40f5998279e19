import { z } from 'zod';
import type { Comparison } from '../projection/compare.ts';
import { etaSeconds, partitionProgress } from '../projection/rebuild-progress.ts';
import { type Rebuild, UNDER_WAY } from '../projection/rebuild-state.ts';
import type { AppDeps } from './deps.ts';
import { comparedUsageSchema, differenceSchema, showDifference, showUsage } from './rebuild-comparison.ts';
import { instantOut, isoInstant } from './schemas.ts';
import { showRules } from './tenant-change.ts';
import { ruleTimelineOut } from './tenant-schemas.ts';

const counts = z.record(z.string(), z.int()).meta({ description: 'Rows by table' });
export const rebuildSchema = z
  .object({
    id: z.string(),
    state: z.enum(['running', 'caught-up', 'promoted', 'rolled-back', 'discarded', 'failed']),
    startedAt: instantOut,
    startedBy: z.string(),
    changedAt: instantOut,
    error: z.string().nullable(),
    rules: z
      .record(z.string(), ruleTimelineOut)
      .nullable()
      .meta({ description: 'Of a what-if: the tenants that it judges by other rules than their own' }),
    all: ruleTimelineOut
      .nullable()
      .meta({ description: 'Of a what-if: the rules of every tenant not named in `rules`' }),
    period: z.string().nullable().meta({ description: 'The only one that is compared; null: all' }),
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
    differences: z.object({ count: z.int(), items: z.array(differenceSchema) }).nullable(),
    usage: comparedUsageSchema
      .nullable()
      .meta({ description: 'The answer to a what-if: windows and money as they are and as they would be' }),
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
    ...showWhatIf(rebuild),
    progress: await progressOf(deps, rebuild),
    ...showComparison(comparison),
    accepted: by === null ? null : { by, reason },
  };
}

function showWhatIf({ rules, period }: Rebuild) {
  if (rules === null) return { rules: null, all: null, period };
  const named = Object.entries(rules.tenants).map(([tenant, own]) => [tenant, showRules(own)] as const);
  return { rules: Object.fromEntries(named), all: rules.all === null ? null : showRules(rules.all), period };
}

function showComparison(comparison: Comparison | null) {
  if (comparison === null)
    return { positions: null, counts: null, digests: null, differences: null, usage: null };
  const { positions, counts, digests, differences, usage } = comparison;
  return {
    positions,
    counts,
    digests,
    differences: { count: differences.count, items: differences.items.map(showDifference) },
    usage: usage === undefined ? null : showUsage(usage),
  };
}

async function progressOf({ db, logEnds }: AppDeps, rebuild: Rebuild) {
  const { phase, done, total, rate } = rebuild;
  const schema = schemaAtWork(rebuild);
  if (schema === null) return null;
  const partitions = await partitionProgress(db, { schema }, logEnds());
  return { phase, done, total, rate, etaSeconds: etaSeconds(rebuild), partitions };
}

/** The schema that is being worked on: a rollback brings the one before up to date. */
function schemaAtWork({ state, phase, schema, previous }: Rebuild): string | null {
  if (UNDER_WAY.includes(state)) return schema;
  return state === 'promoted' && phase === 'rollback' ? previous : null;
}
