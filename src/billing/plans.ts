import { isDeepStrictEqual } from 'node:util';
import type { Kysely } from 'kysely';
import type { PlanTerms, PlanVersion } from '../domain/plan.ts';
import { done, type Outcome, refuse } from '../domain/refusal.ts';
import { recordChange } from '../store/audit.ts';
import type { Tables } from '../store/tables.ts';
import { lockPlan } from './locks.ts';

/** Who changes something, and when (ms). */
export interface Author {
  actor: string;
  at: number;
}

/** The versions of each plan asked for, ascending; unknown plans are left out. */
export async function planVersions(
  db: Kysely<Tables>,
  plans: readonly string[],
): Promise<Map<string, PlanVersion[]>> {
  if (plans.length === 0) return new Map();
  const rows = await db
    .selectFrom('billing.plan_versions')
    .select(['plan', 'from_period as from', 'terms'])
    .where('plan', 'in', [...new Set(plans)])
    .orderBy('plan')
    .orderBy('from_period')
    .execute();
  const versions = rows.map(({ plan, from, terms }): PlanVersion => ({ plan, from, ...terms }));
  return Map.groupBy(versions, ({ plan }) => plan);
}

/** Ids of plans, ascending. */
export async function listPlans(
  db: Kysely<Tables>,
  page: { after: string; limit: number },
): Promise<string[]> {
  const rows = await db
    .selectFrom('billing.plan_versions')
    .select('plan')
    .distinct()
    .where('plan', '>', page.after)
    .orderBy('plan')
    .limit(page.limit)
    .execute();
  return rows.map(({ plan }) => plan);
}

/**
 * Writes the terms of a plan from a period on; the same ones again change nothing. Final invoices keep the terms they were made with. Refuses with
 * `currency-mismatch`: a plan that has other versions or subscribers keeps its currency.
 */
export async function putPlanVersion(
  db: Kysely<Tables>,
  version: PlanVersion,
  author: Author,
): Promise<Outcome<{ version: PlanVersion; created: boolean }>> {
  const { plan, from, ...terms } = version;
  return await db.transaction().execute(async (transaction) => {
    await lockPlan(transaction, plan);
    const versions = (await planVersions(transaction, [plan])).get(plan) ?? [];
    const before = versions.find((known) => known.from === from);
    const others = versions.filter((known) => known !== before);
    const bound =
      others[0]?.currency ?? ((await hasSubscribers(transaction, plan)) ? before?.currency : undefined);
    if (bound !== undefined && bound !== terms.currency)
      return refuse('currency-mismatch', `The plan ${plan} is in ${bound}, not ${terms.currency}.`);
    if (isDeepStrictEqual(before, version)) return done({ version, created: false });
    await writeVersion(transaction, version, author.at);
    await recordChange(transaction, {
      ...author,
      subjectType: 'plan',
      subject: `${plan}/${from}`,
      tenant: null,
      action: before === undefined ? 'create' : 'change',
      before: before ?? null,
      after: version,
    });
    return done({ version, created: before === undefined });
  });
}

async function hasSubscribers(db: Kysely<Tables>, plan: string): Promise<boolean> {
  const found = await db
    .selectFrom('billing.subscriptions')
    .select('tenant')
    .where('plan', '=', plan)
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

async function writeVersion(db: Kysely<Tables>, { plan, from, ...rest }: PlanVersion, at: number) {
  const terms = JSON.stringify(rest satisfies PlanTerms);
  await db
    .insertInto('billing.plan_versions')
    .values({ plan, from_period: from, terms, created_at: at, updated_at: at })
    .onConflict((conflict) =>
      conflict.columns(['plan', 'from_period']).doUpdateSet({ terms, updated_at: at }),
    )
    .execute();
}
