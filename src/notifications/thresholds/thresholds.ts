/** Thresholds of tenants and what fired of them, in the database. */

import { type Kysely, sql } from 'kysely';
import { planThresholds } from '../../billing/plan-thresholds.ts';
import { planVersions } from '../../billing/plans.ts';
import { subscriptionsOf } from '../../billing/subscriptions.ts';
import { agreedTerms, type PlanTerms, versionAt } from '../../domain/plan.ts';
import { subscriptionAt } from '../../domain/subscription.ts';
import { type KeptThreshold, keptThresholds } from '../../domain/threshold.ts';
import { anyOf } from '../../store/any-of.ts';
import { recordChange } from '../../store/audit.ts';
import type { Tables } from '../../store/tables.ts';

/** What holds for a tenant in a period. */
export interface Measure {
  thresholds: readonly KeptThreshold[];
  /** Whose they are. */
  source: 'tenant' | 'plan' | null;
  /** What the plan says of receptive windows; null: there is none. */
  terms: PlanTerms['receptive'] | null;
}

export interface Measures {
  in(tenant: string, period: string): Measure;
  /** The first period that any threshold of a tenant is judged in; null: it has none. */
  since(tenant: string): string | null;
}

/** What is judged by, of these tenants. */
export async function measuresOf(db: Kysely<Tables>, tenants: readonly string[]): Promise<Measures> {
  const own = await ownThresholds(db, tenants);
  const timelines = await subscriptionsOf(db, tenants);
  const plans = [...timelines.values()].flatMap((timeline) => timeline.map(({ plan }) => plan));
  const set = await planThresholds(db, plans);
  const versions = await planVersions(db, [...new Set(plans)]);
  const ofPlans = (tenant: string) =>
    (timelines.get(tenant) ?? []).flatMap(({ plan }) => [...(set.get(plan)?.values() ?? [])].flat());
  return {
    in(tenant, period) {
      const subscription = subscriptionAt(timelines.get(tenant) ?? [], period);
      const version = subscription && versionAt(versions.get(subscription.plan) ?? [], period);
      const terms = subscription && version && agreedTerms(version, subscription).receptive;
      const given = own.get(tenant) ?? null;
      if (given !== null) return { thresholds: given, source: 'tenant', terms };
      const ofPlan = version && set.get(version.plan)?.get(version.from);
      return { thresholds: ofPlan ?? [], source: ofPlan == null ? null : 'plan', terms };
    },
    since(tenant) {
      const all = own.get(tenant) ?? ofPlans(tenant);
      return all.map(({ since }) => since).sort()[0] ?? null;
    },
  };
}

/** Of those that have a list of their own. */
export async function ownThresholds(
  db: Kysely<Tables>,
  tenants: readonly string[],
): Promise<Map<string, KeptThreshold[]>> {
  const rows = await db
    .selectFrom('billing.tenant_thresholds')
    .select(['tenant', 'thresholds'])
    .where('tenant', '=', anyOf(tenants))
    .execute();
  return new Map(
    rows.flatMap(({ tenant, thresholds }) => (thresholds === null ? [] : [[tenant, thresholds]])),
  );
}

/** Tenants that may have thresholds, by name. */
export async function tenantsWithThresholds(
  db: Kysely<Tables>,
  { after, limit }: { after: string; limit: number },
): Promise<string[]> {
  const { rows } = await sql<{ tenant: string }>`
    SELECT tenant FROM billing.tenant_thresholds
    WHERE tenant > ${after} AND jsonb_array_length(coalesce(thresholds, '[]')) > 0
    UNION
    SELECT s.tenant FROM billing.subscriptions s
    WHERE s.tenant > ${after} AND EXISTS (
      SELECT FROM billing.plan_versions v
      WHERE v.plan = s.plan AND jsonb_array_length(coalesce(v.thresholds, '[]')) > 0)
    ORDER BY tenant LIMIT ${limit}`.execute(db);
  return rows.map(({ tenant }) => tenant);
}

/**
 * Gives a tenant thresholds of its own; null: those of its plan. Those that it has already keep since when they are
 * judged.
 */
export async function putThresholds(
  db: Kysely<Tables>,
  tenant: string,
  wanted: readonly KeptThreshold[] | null,
  { actor, at }: { actor: string; at: number },
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const row = await transaction
      .insertInto('billing.tenant_thresholds')
      .values({ tenant, thresholds: null })
      // Locks it, whoever made it.
      .onConflict((conflict) => conflict.column('tenant').doUpdateSet({ tenant }))
      .returning('thresholds')
      .executeTakeFirstOrThrow();
    const before = row.thresholds;
    const after = wanted === null ? null : keptThresholds(wanted, before ?? []);
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    await transaction
      .updateTable('billing.tenant_thresholds')
      .set({ thresholds: after === null ? null : JSON.stringify(after) })
      .where('tenant', '=', tenant)
      .execute();
    await recordChange(transaction, {
      ...{ at, actor, subjectType: 'thresholds', subject: tenant, tenant, action: 'change' },
      ...{ before: { thresholds: before }, after: { thresholds: after } },
    });
  });
}

/** One that fired: `windows` are those there were when it was seen, `at` in ms. */
export interface Firing {
  tenant: string;
  period: string;
  threshold: string;
  at: number;
  windows: number;
}

/** Of these tenants, in all periods from one on. */
export async function firingsOf(
  db: Kysely<Tables>,
  tenants: readonly string[],
  from: string,
): Promise<Firing[]> {
  return await db
    .selectFrom('billing.threshold_firings')
    .selectAll()
    .where('tenant', '=', anyOf(tenants))
    .where('period', '>=', from)
    .orderBy('tenant')
    .orderBy('period')
    .orderBy('threshold')
    .execute();
}
