/** The thresholds that versions of plans set for their subscribers. */

import { isDeepStrictEqual } from 'node:util';
import type { Kysely } from 'kysely';
import type { PlanVersion } from '../domain/plan.ts';
import { type KeptThreshold, keptThresholds } from '../domain/threshold.ts';
import { anyOf } from '../store/any-of.ts';
import { recordChange } from '../store/audit.ts';
import type { Tables } from '../store/tables.ts';

/** Of each version of each plan, by plan and then by the period that it is from. */
export async function planThresholds(
  db: Kysely<Tables>,
  plans: Iterable<string>,
): Promise<Map<string, Map<string, KeptThreshold[]>>> {
  const rows = await db
    .selectFrom('billing.plan_versions')
    .select(['plan', 'from_period', 'thresholds'])
    .where('plan', '=', anyOf(new Set(plans)))
    .execute();
  const byPlan = Map.groupBy(rows, ({ plan }) => plan);
  return new Map(
    [...byPlan].map(([plan, versions]) => [
      plan,
      new Map(versions.map((version) => [version.from_period, version.thresholds ?? []])),
    ]),
  );
}

/**
 * Gives a version other thresholds: those that it has already keep since when they are judged. Where nobody says which
 * it keeps them; a new version takes over those of the one before it.
 */
export async function changePlanThresholds(
  db: Kysely<Tables>,
  { plan, from }: Pick<PlanVersion, 'plan' | 'from'>,
  { wanted, isNew }: { wanted: readonly KeptThreshold[] | undefined; isNew: boolean },
  { actor, at }: { actor: string; at: number },
): Promise<void> {
  const versions = (await planThresholds(db, [plan])).get(plan) ?? new Map<string, KeptThreshold[]>();
  const before = versions.get(from) ?? [];
  const former =
    [...versions.keys()]
      .filter((other) => other < from)
      .sort()
      .at(-1) ?? '';
  const known = isNew ? (versions.get(former) ?? []) : before;
  const after = keptThresholds(wanted ?? known, known);
  if (isDeepStrictEqual(before, after)) return;
  await db
    .updateTable('billing.plan_versions')
    .set({ thresholds: JSON.stringify(after) })
    .where('plan', '=', plan)
    .where('from_period', '=', from)
    .execute();
  await recordChange(db, {
    ...{ at, actor, subjectType: 'thresholds', subject: `${plan}/${from}`, tenant: null, action: 'change' },
    ...{ before: { thresholds: before }, after: { thresholds: after } },
  });
}
