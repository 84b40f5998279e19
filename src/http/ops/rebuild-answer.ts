/** Rebuilds and what they found, as answers show them. */

import { z } from 'zod';
import type { ComparedMoney } from '../../domain/compared-charges.ts';
import { isoInstant } from '../../domain/instant.ts';
import { showRules } from '../../domain/rule.ts';
import type { Key } from '../../keys/rights.ts';
import type { Comparison } from '../../projection/compare/compare.ts';
import type { TableDifference } from '../../projection/compare/rows.ts';
import type { ComparedPeriod, ComparedUsage } from '../../projection/compare/usage.ts';
import { etaSeconds, partitionProgress, type Rebuild, UNDER_WAY } from '../../projection/rebuild/state.ts';
import { instantOut, periodOut, showSpan } from '../conventions/schemas.ts';
import type { AppDeps } from '../deps.ts';
import { ruleTimelineOut } from '../tenants/tenant-schemas.ts';

const MONEY_HIDDEN = 'absent where the key lacks `billing:read`';

const money = z.string().meta({ example: '199.00' });
const charged = z.object({ quantity: z.int(), amount: money });
const totals = { currency: z.string(), live: money, rebuilt: money, difference: money };

const comparedMoneySchema = z
  .object({
    ...totals,
    lines: z
      .array(z.object({ code: z.string(), live: charged, rebuilt: charged, difference: money }))
      .meta({ description: 'By code, tiers summed' }),
    invoiced: z
      .object({
        number: z.string(),
        total: money.meta({ description: 'Charged for the period by all standing invoices' }),
        adjustment: money.meta({ description: 'What a later invoice would add if it were promoted' }),
        lines: z.array(
          z.object({ code: z.string(), quantity: z.int(), unitPrice: money.nullable(), amount: money }),
        ),
      })
      .nullable()
      .meta({ description: 'Of a final period; null: `live` and `rebuilt` are drafts' }),
  })
  .meta({
    id: 'ComparedMoney',
    description: 'What a period costs by the windows of the live projection and of the rebuilt one',
  });

const windows = z.object({ live: z.int(), rebuilt: z.int() });

const comparedUsageSchema = z
  .object({
    count: z.int().meta({ description: 'Tenants and periods with windows on either side' }),
    items: z
      .array(
        z.object({
          tenant: z.string(),
          period: periodOut,
          receptive: windows,
          active: windows,
          money: comparedMoneySchema
            .nullable()
            .optional()
            .meta({ description: `null: nothing is ever invoiced for it; ${MONEY_HIDDEN}` }),
        }),
      )
      .meta({ description: 'By tenant and period; at most 1000, those that differ first' }),
    totals: z.object({
      receptive: windows,
      active: windows,
      money: z
        .array(z.object(totals))
        .optional()
        .meta({
          description: `By currency, over all items; adjustments on drafts are left out, for they repeat earlier periods; ${MONEY_HIDDEN}`,
        }),
    }),
  })
  .meta({ id: 'ComparedUsage' });

const differenceSchema = z
  .object({
    tenant: z.string().nullable(),
    period: z.string().nullable(),
    table: z.string(),
    live: z.int().meta({ description: 'Rows that only the live projection has' }),
    rebuilt: z.int().meta({ description: 'Rows that only the rebuilt one has' }),
    changed: z.int().meta({ description: 'Rows that both have with other values' }),
    samples: z.array(z.string()).optional().meta({
      description:
        'The first few, as sentences, which name contacts; absent where the key lacks `usage:read`',
    }),
    money: comparedMoneySchema
      .nullable()
      .optional()
      .meta({ description: `Where windows of a final period differ; else null; ${MONEY_HIDDEN}` }),
  })
  .meta({ id: 'RebuildDifference' });

/** What of an answer is for this key: `ops` alone runs rebuilds and learns nothing of contacts and money. */
interface Sight {
  contacts: boolean;
  money: boolean;
}

function sightOf({ scopes }: Pick<Key, 'scopes'>): Sight {
  return { contacts: scopes.has('usage:read'), money: scopes.has('billing:read') };
}

function showDifference({ money = null, samples, ...difference }: TableDifference, sight: Sight) {
  return { ...difference, ...(sight.contacts ? { samples } : {}), ...showMoney(money, sight) };
}

function showUsage({ count, items, totals: { money, ...totals } }: ComparedUsage, sight: Sight) {
  return {
    count,
    items: items.map((item) => showPeriodOf(item, sight)),
    totals: { ...totals, ...(sight.money ? { money } : {}) },
  };
}

function showPeriodOf({ period, money, ...item }: ComparedPeriod, sight: Sight) {
  return { ...item, period: showSpan(period), ...showMoney(money, sight) };
}

function showMoney(money: ComparedMoney | null, sight: Sight) {
  return sight.money ? { money } : {};
}

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

/** A rebuild as the API shows it to a key. */
export async function showRebuild(
  deps: Pick<AppDeps, 'db' | 'logEnds'>,
  rebuild: Rebuild,
  key: Pick<Key, 'scopes'>,
): Promise<z.input<typeof rebuildSchema>> {
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
    ...showComparison(comparison, sightOf(key)),
    accepted: by === null ? null : { by, reason },
  };
}

function showWhatIf({ rules, period }: Rebuild) {
  if (rules === null) return { rules: null, all: null, period };
  const named = Object.entries(rules.tenants).map(([tenant, own]) => [tenant, showRules(own)] as const);
  return { rules: Object.fromEntries(named), all: rules.all === null ? null : showRules(rules.all), period };
}

function showComparison(comparison: Comparison | null, sight: Sight) {
  if (comparison === null)
    return { positions: null, counts: null, digests: null, differences: null, usage: null };
  const { positions, counts, digests, differences, usage } = comparison;
  return {
    positions,
    counts,
    digests,
    differences: {
      count: differences.count,
      items: differences.items.map((item) => showDifference(item, sight)),
    },
    usage: usage === undefined ? null : showUsage(usage, sight),
  };
}

async function progressOf({ db, logEnds }: Pick<AppDeps, 'db' | 'logEnds'>, rebuild: Rebuild) {
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
