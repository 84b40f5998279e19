import { isDeepStrictEqual } from 'node:util';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Pool } from 'pg';
import { nextPeriod } from '../domain/period.ts';
import type { PlanTerms, PlanVersion } from '../domain/plan.ts';
import { done, type Outcome, type Refused, refuse } from '../domain/refusal.ts';
import { say } from '../domain/sentences.ts';
import type { KeptThreshold } from '../domain/threshold.ts';
import { anyOf } from '../store/any-of.ts';
import { recordChange } from '../store/audit.ts';
import type { Tables } from '../store/tables.ts';
import { inSession, lockPlan } from './locks.ts';
import { changePlanThresholds } from './plan-thresholds.ts';
import type { Was } from './supposed.ts';

/** Who changes something, and when (ms). */
export interface Author {
  actor: string;
  at: number;
}

/** Every check, and no change: `was` is how it would be. */
export interface DryRun {
  dryRun?: boolean | undefined;
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
    .where('plan', '=', anyOf(new Set(plans)))
    .orderBy('plan')
    .orderBy('from_period')
    .execute();
  const versions = rows.map(({ plan, from, terms }): PlanVersion => ({ plan, from, ...terms }));
  return Map.groupBy(versions, ({ plan }) => plan);
}

/** Ids of plans that a key limited to `tenants` (null: one for all) sees: those they have or had, and public ones; ascending. */
export async function listPlans(
  db: Kysely<Tables>,
  tenants: readonly string[] | null,
  page: { after: string; limit: number },
): Promise<string[]> {
  let query = db
    .selectFrom('billing.plan_versions as v')
    .select('v.plan')
    .distinct()
    .where('v.plan', '>', page.after)
    .orderBy('v.plan')
    .limit(page.limit);
  if (tenants !== null) query = query.where(isSeenBy(tenants));
  const rows = await query.execute();
  return rows.map(({ plan }) => plan);
}

/** Whether a key limited to `tenants` sees the plan. */
export async function seesPlan(
  db: Kysely<Tables>,
  tenants: readonly string[] | null,
  plan: string,
): Promise<boolean> {
  if (tenants === null) return true;
  const found = await db
    .selectFrom('billing.plan_versions as v')
    .select('v.plan')
    .where('v.plan', '=', plan)
    .where(isSeenBy(tenants))
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

/** Of a row `v` with a plan. */
function isSeenBy(tenants: readonly string[]) {
  return sql<boolean>`(
    EXISTS (SELECT FROM billing.public_plans p WHERE p.plan = v.plan)
    OR EXISTS (SELECT FROM billing.subscriptions s
      WHERE s.plan = v.plan AND s.tenant = ANY (${[...tenants]}::text[])))`;
}

/** Those of the plans that are public. */
export async function publicPlans(db: Kysely<Tables>, plans: readonly string[]): Promise<Set<string>> {
  const rows = await db
    .selectFrom('billing.public_plans')
    .select('plan')
    .where('plan', '=', anyOf(plans))
    .execute();
  return new Set(rows.map(({ plan }) => plan));
}

/** Says who sees a plan; the same again changes nothing. Refuses with `not-found`. */
export async function markPlan(
  pool: Pool,
  plan: string,
  isPublic: boolean,
  { actor, at }: Author,
): Promise<Outcome<null>> {
  return await inPlan(pool, plan, async (transaction) => {
    if (!(await planVersions(transaction, [plan])).has(plan)) return unknownPlan(plan);
    const was = (await publicPlans(transaction, [plan])).has(plan);
    if (was === isPublic) return done(null);
    if (isPublic) await transaction.insertInto('billing.public_plans').values({ plan, since: at }).execute();
    else await transaction.deleteFrom('billing.public_plans').where('plan', '=', plan).execute();
    await recordChange(transaction, {
      ...{ at, actor, subjectType: 'plan', subject: plan, tenant: null, action: 'change' },
      ...{ before: { plan, public: was }, after: { plan, public: isPublic } },
    });
    return done(null);
  });
}

export function unknownPlan(plan: string): Refused {
  return refuse('not-found', say('There is no plan {plan}.', { plan }));
}

/** Of all versions of a plan: it is always answered whole. A month of other prices for 100 categories takes some 10,000. */
const MOST_CHARACTERS = 2_000_000;

/**
 * Writes the terms of a plan from a period on; the same ones again change nothing (`was` null). Refuses with `currency-mismatch` (a
 * plan that has other versions or subscribers keeps its currency) and `period-final`: what a standing invoice was made
 * with stays, and nothing comes between it and the invoice's period.
 */
export async function putPlanVersion(
  pool: Pool,
  version: PlanVersion,
  author: Author,
  { dryRun = false, thresholds: wanted }: DryRun & { thresholds?: readonly KeptThreshold[] | undefined } = {},
): Promise<Outcome<{ version: PlanVersion; created: boolean; was: Was | null }>> {
  const { plan, from, ...terms } = version;
  return await inPlan(pool, plan, async (transaction) => {
    const versions = (await planVersions(transaction, [plan])).get(plan) ?? [];
    const before = versions.find((known) => known.from === from);
    if (isDeepStrictEqual(before, version)) {
      // They are no part of what an invoice was made with: a final period does not bind them.
      if (!dryRun) await changePlanThresholds(transaction, version, { wanted, isNew: false }, author);
      return done({ version, created: false, was: null });
    }
    const others = versions.filter((known) => known !== before);
    const bound =
      others[0]?.currency ?? ((await hasSubscribers(transaction, plan)) ? before?.currency : undefined);
    if (bound !== undefined && bound !== terms.currency)
      return refuse(
        'currency-mismatch',
        say('The plan {plan} is in {currency}, not {other}.', {
          plan,
          currency: bound,
          other: terms.currency,
        }),
      );
    if (JSON.stringify([...others, version]).length > MOST_CHARACTERS)
      return refuse(
        'plan-too-large',
        say('With this version those of {plan} would have more than {most} characters as JSON.', {
          plan,
          most: MOST_CHARACTERS,
        }),
      );
    const refused = await finalObjection(transaction, plan, from, before === undefined ? 'between' : 'with');
    if (refused !== null) return refused;
    const created = before === undefined;
    if (dryRun) return done({ version, created, was: wasOf(version, inOrder([...others, version])) });
    await writeVersion(transaction, version, author.at);
    await recordChange(transaction, change(version, author, before ?? null, version));
    await changePlanThresholds(transaction, version, { wanted, isNew: created }, author);
    return done({ version, created, was: wasOf(version, versions) });
  });
}

/**
 * Takes a version of a plan away; the one before it then applies. Resolves with how it was. Refuses with `not-found`, `period-final` (a standing
 * invoice was made with it), `no-plan-version` (a subscription would be left without any).
 */
export async function deletePlanVersion(
  pool: Pool,
  { plan, from }: Pick<PlanVersion, 'plan' | 'from'>,
  author: Author,
  { dryRun = false }: DryRun = {},
): Promise<Outcome<Was>> {
  return await inPlan(pool, plan, async (transaction) => {
    const versions = (await planVersions(transaction, [plan])).get(plan) ?? [];
    const before = versions.find((known) => known.from === from);
    if (before === undefined)
      return refuse('not-found', say('The plan {plan} has no version from {from}.', { plan, from }));
    const refused =
      (await finalObjection(transaction, plan, from, 'with')) ??
      (await subscriberObjection(
        transaction,
        plan,
        versions.find((known) => known !== before)?.from ?? null,
      ));
    if (refused !== null) return refused;
    const others = versions.filter((known) => known !== before);
    if (dryRun) return done(wasOf(before, others));
    await transaction
      .deleteFrom('billing.plan_versions')
      .where('plan', '=', plan)
      .where('from_period', '=', from)
      .execute();
    // Whoever makes another plan of this name decides anew who sees it.
    if (versions.length === 1)
      await transaction.deleteFrom('billing.public_plans').where('plan', '=', plan).execute();
    await recordChange(transaction, change(before, author, before, null));
    return done(wasOf(before, versions));
  });
}

function inOrder(versions: readonly PlanVersion[]): PlanVersion[] {
  return versions.toSorted((a, b) => (a.from < b.from ? -1 : 1));
}

/** The versions as they were before one of them changed, in the periods in which it applies. */
function wasOf({ plan, from }: PlanVersion, versions: readonly PlanVersion[]): Was {
  const next = versions.find((known) => known.from > from);
  return { kind: 'plan', plan, from, until: next?.from ?? null, versions: new Map([[plan, versions]]) };
}

async function inPlan<T>(
  pool: Pool,
  plan: string,
  work: (transaction: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  return await inSession(pool, 'short', ({ db }) =>
    db.transaction().execute(async (transaction) => {
      await lockPlan(transaction, plan);
      return await work(transaction);
    }),
  );
}

/** Standing invoices made with the version of a period, or by an earlier one for a period that it would reach. */
async function finalObjection(
  db: Kysely<Tables>,
  plan: string,
  from: string,
  made: 'with' | 'between',
): Promise<Outcome<never> | null> {
  let query = db
    .selectFrom('billing.invoices')
    .select(['number', 'tenant', 'period'])
    .where('status', '=', 'final')
    .where('plan', '=', plan);
  query =
    made === 'with'
      ? query.where('plan_from', '=', from)
      : query.where('plan_from', '<', from).where('period', '>=', from);
  const last = await query.orderBy('period', 'desc').orderBy('tenant').limit(1).executeTakeFirst();
  if (last === undefined) return null;
  const { number, tenant, period } = last;
  return refuse(
    'period-final',
    say(
      'The terms of {plan} in {period} stand on invoice {number} of {tenant}. PUT a version from {next} on, or void the invoices from {from} on first.',
      { plan, period, number: String(number), tenant, next: nextPeriod(period), from },
    ),
  );
}

/** `first`: the first period that still has a version; null: none would. */
async function subscriberObjection(
  db: Kysely<Tables>,
  plan: string,
  first: string | null,
): Promise<Outcome<never> | null> {
  let query = db
    .selectFrom('billing.subscriptions')
    .select(['tenant', 'from_period'])
    .where('plan', '=', plan);
  if (first !== null) query = query.where('from_period', '<', first);
  const left = await query.orderBy('from_period').orderBy('tenant').limit(1).executeTakeFirst();
  if (left === undefined) return null;
  return refuse(
    'no-plan-version',
    say('The subscription of {tenant} from {from} would be left without a version of {plan}.', {
      tenant: left.tenant,
      from: left.from_period,
      plan,
    }),
  );
}

function change(
  { plan, from }: PlanVersion,
  author: Author,
  before: PlanVersion | null,
  after: PlanVersion | null,
) {
  const action = before === null ? 'create' : after === null ? 'delete' : 'change';
  const subject = `${plan}/${from}`;
  return { ...author, subjectType: 'plan', subject, tenant: null, action, before, after } as const;
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
