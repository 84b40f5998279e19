import { isDeepStrictEqual } from 'node:util';
import type { Kysely, Transaction } from 'kysely';
import type { Pool } from 'pg';
import { monthsBetween, previousPeriod } from '../domain/period.ts';
import { readOverrides, readPercent, versionAt } from '../domain/plan.ts';
import { done, type Outcome, type Refused, refuse } from '../domain/refusal.ts';
import { say, verbatim } from '../domain/sentences.ts';
import {
  type Objection,
  objection,
  type Subscription,
  withoutSubscription,
  withSubscription,
} from '../domain/subscription.ts';
import { anyOf } from '../store/any-of.ts';
import { recordChange } from '../store/audit.ts';
import type { Tables } from '../store/tables.ts';
import { sharePlan, withInvoiceSession } from './locks.ts';
import { finalPeriods, standingCurrency } from './made-invoices.ts';
import { openManualLines } from './manual-lines.ts';
import { type Author, type DryRun, planVersions, unknownPlan } from './plans.ts';
import type { Was } from './supposed.ts';

/** The subscriptions of each tenant, ascending by `from`; tenants without any are left out. */
export async function subscriptionsOf(
  db: Kysely<Tables>,
  tenants: readonly string[],
): Promise<Map<string, Subscription[]>> {
  if (tenants.length === 0) return new Map();
  const rows = await db
    .selectFrom('billing.subscriptions')
    .select(['tenant', 'plan', 'from_period as from', 'until_period as until', 'overrides', 'discount'])
    .where('tenant', '=', anyOf(tenants))
    .orderBy('tenant')
    .orderBy('from_period')
    .execute();
  const timelines = new Map<string, Subscription[]>();
  for (const { tenant, ...subscription } of rows) {
    const timeline = timelines.get(tenant);
    if (timeline === undefined) timelines.set(tenant, [subscription]);
    else timeline.push(subscription);
  }
  return timelines;
}

/** Those of a tenant that begin after a period. */
export async function subscriptionsAfter(
  db: Kysely<Tables>,
  tenant: string,
  after: string,
  limit: number,
): Promise<Subscription[]> {
  return await db
    .selectFrom('billing.subscriptions')
    .select(['plan', 'from_period as from', 'until_period as until', 'overrides', 'discount'])
    .where('tenant', '=', tenant)
    .where('from_period', '>', after)
    .orderBy('from_period')
    .limit(limit)
    .execute();
}

/**
 * Refuses with `not-found`, `no-plan-version`, `currency-mismatch`, `subscription-overlap`, `period-final`,
 * `manual-lines`, `needs-confirmation` (unless `confirm`), `invalid-request`.
 */
export async function putSubscription(
  pool: Pool,
  tenant: string,
  { confirm = false, ...wanted }: Subscription & { confirm?: boolean | undefined },
  author: Author,
  { dryRun = false }: DryRun = {},
): Promise<Outcome<{ subscription: Subscription; created: boolean; was: Was | null }>> {
  return await inTenant(pool, tenant, async (transaction) => {
    await sharePlan(transaction, wanted.plan);
    const read = await readAgreed(transaction, wanted);
    if (!read.ok) return read;
    const entry = read.value;
    const timeline = (await subscriptionsOf(transaction, [tenant])).get(tenant) ?? [];
    const before = timeline.find(({ from }) => from === entry.from) ?? null;
    const after = withSubscription(timeline, entry);
    const refused =
      (await objectionTo(transaction, tenant, timeline, after)) ??
      (await planObjection(transaction, tenant, entry, after));
    if (refused !== null) return refused;
    const slip = before === null && !confirm ? farBack(entry, author.at) : null;
    if (slip !== null) return slip;
    if (isDeepStrictEqual(before, entry)) return done({ subscription: entry, created: false, was: null });
    const created = before === null;
    if (dryRun) return done({ subscription: entry, created, was: wasOf(tenant, after, entry, before) });
    const { plan, from, until } = entry;
    const overrides = entry.overrides === null ? null : JSON.stringify(entry.overrides);
    const discount = entry.discount === null ? null : JSON.stringify(entry.discount);
    await transaction
      .insertInto('billing.subscriptions')
      .values({
        tenant,
        plan,
        from_period: from,
        until_period: until,
        overrides,
        discount,
        created_at: author.at,
        updated_at: author.at,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['tenant', 'from_period'])
          .doUpdateSet({ plan, until_period: until, overrides, discount, updated_at: author.at }),
      )
      .execute();
    const action = before === null ? 'create' : 'change';
    await recordChange(transaction, change(tenant, from, author, action, before, entry));
    const was = wasOf(tenant, timeline, entry, before);
    return done({ subscription: entry, created, was });
  });
}

/** A subscription may begin so many months ago without further ado; further back it has to be confirmed. */
export const MONTHS_BACK = 36;

/** Refuses with `needs-confirmation` what begins so long ago that it may be a slip of the pen. `at` in ms. */
function farBack({ from, until }: Subscription, at: number): Refused | null {
  const now = new Date(at).toISOString().slice(0, 7);
  if (monthsBetween(from, now) <= MONTHS_BACK) return null;
  const last = until === null || until > now ? now : previousPeriod(until);
  const drafts = monthsBetween(from, last) + 1;
  return refuse(
    'needs-confirmation',
    say('It would begin {months} months ago and make {drafts} drafts, from {from} to {last}.', {
      months: monthsBetween(from, now),
      drafts,
      from,
      last,
    }),
  );
}

/** What is agreed with every decimal in its one form. Refuses with `invalid-request`. */
async function readAgreed(
  transaction: Transaction<Tables>,
  wanted: Subscription,
): Promise<Outcome<Subscription>> {
  let { overrides, discount } = wanted;
  if (discount !== null) {
    const read = readPercent(discount.percent);
    if (!read.ok) return refuse('invalid-request', read.reason, '/discount/percent');
    discount = { percent: read.percent };
  }
  const versions = (await planVersions(transaction, [wanted.plan])).get(wanted.plan) ?? [];
  const version = versionAt(versions, wanted.from);
  if (overrides !== null && version !== null) {
    const read = readOverrides(overrides, version);
    if (!read.ok) {
      const { pointer = '', detail = verbatim('') } = read.faults[0] ?? {};
      return refuse('invalid-request', detail, `/overrides${pointer}`);
    }
    overrides = Object.keys(read.overrides).length === 0 ? null : read.overrides;
  }
  return done({ ...wanted, overrides, discount });
}

/** Resolves with how it was. Refuses with `not-found`, `period-final`, `manual-lines`. */
export async function deleteSubscription(
  pool: Pool,
  tenant: string,
  from: string,
  author: Author,
  { dryRun = false }: DryRun = {},
): Promise<Outcome<Was>> {
  return await inTenant(pool, tenant, async (transaction) => {
    const timeline = (await subscriptionsOf(transaction, [tenant])).get(tenant) ?? [];
    const before = timeline.find((entry) => entry.from === from);
    if (before === undefined)
      return refuse('not-found', say('No subscription of {tenant} starts in {from}.', { tenant, from }));
    const after = withoutSubscription(timeline, from);
    const refused = await objectionTo(transaction, tenant, timeline, after);
    if (refused !== null) return refused;
    if (dryRun) return done(wasOf(tenant, after, before, null));
    await transaction
      .deleteFrom('billing.subscriptions')
      .where('tenant', '=', tenant)
      .where('from_period', '=', from)
      .execute();
    await recordChange(transaction, change(tenant, from, author, 'delete', before, null));
    return done(wasOf(tenant, timeline, before, null));
  });
}

/** The subscriptions as they were before one of them changed, in the periods that it covers or covered. */
function wasOf(
  tenant: string,
  timeline: readonly Subscription[],
  { from, until }: Subscription,
  before: Subscription | null,
): Was {
  const open = until === null || (before !== null && before.until === null);
  const last = open ? null : [until, before?.until ?? until].sort().at(-1);
  return { kind: 'tenant', tenant, from, until: last ?? null, subscriptions: new Map([[tenant, timeline]]) };
}

async function inTenant<T>(
  pool: Pool,
  tenant: string,
  work: (transaction: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  return await withInvoiceSession(pool, tenant, ({ db }) => db.transaction().execute(work));
}

/** In no language: `pro 2026-01/2026-03`. */
function asText({ plan, from, until }: Subscription): string {
  return `${plan} ${from}/${until ?? ''}`;
}

async function objectionTo(
  transaction: Transaction<Tables>,
  tenant: string,
  before: readonly Subscription[],
  after: readonly Subscription[],
): Promise<Refused | null> {
  const finals = await finalPeriods(transaction, tenant);
  const manual = new Set((await openManualLines(transaction, tenant)).map(({ period }) => period));
  const found = objection(before, after, finals, manual);
  return found === null ? null : refusalOf(found);
}

function refusalOf(found: Objection): Refused {
  switch (found.kind) {
    case 'empty':
      return refuse('invalid-request', say('must be later than the start of the subscription'), '/until');
    case 'overlap': {
      const [a, b] = found.subscriptions;
      return refuse('subscription-overlap', say('{a} and {b} overlap.', { a: asText(a), b: asText(b) }));
    }
    case 'period-final':
      return refuse(
        'period-final',
        say('The plan of {periods} and its prices cannot change: invoiced already.', {
          periods: found.periods.join(', '),
        }),
      );
    case 'manual-lines':
      return refuse(
        'manual-lines',
        say('Manual lines of {periods} would be left without a plan to be invoiced with.', {
          periods: found.periods.join(', '),
        }),
      );
    default:
      return found satisfies never;
  }
}

/** The plan must exist in the first period, and cost in the currency of whatever else the tenant pays. */
async function planObjection(
  transaction: Transaction<Tables>,
  tenant: string,
  { plan, from }: Subscription,
  timeline: readonly Subscription[],
): Promise<Refused | null> {
  const plans = await planVersions(
    transaction,
    timeline.map((entry) => entry.plan),
  );
  const versions = plans.get(plan);
  const first = versions?.[0];
  if (versions === undefined || first === undefined) return unknownPlan(plan);
  if (versionAt(versions, from) === null)
    return refuse(
      'no-plan-version',
      say('The first version of {plan} starts in {first}, after {from}.', { plan, first: first.from, from }),
    );
  const others = [...plans.values()].map((list) => list[0]?.currency);
  const manual = (await openManualLines(transaction, tenant)).map((line) => line.currency);
  const currencies = new Set([...others, ...manual, await standingCurrency(transaction, tenant)]);
  for (const currency of currencies) {
    if (currency !== undefined && currency !== null && currency !== first.currency)
      return refuse(
        'currency-mismatch',
        say('{tenant} pays in {currency}, the plan {plan} is in {other}.', {
          tenant,
          currency,
          plan,
          other: first.currency,
        }),
      );
  }
  return null;
}

function change(
  tenant: string,
  from: string,
  author: Author,
  action: string,
  before: Subscription | null,
  after: Subscription | null,
) {
  return {
    ...author,
    subjectType: 'subscription',
    subject: `${tenant}/${from}`,
    tenant,
    action,
    before,
    after,
  } as const;
}
