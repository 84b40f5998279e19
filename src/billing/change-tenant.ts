import { isDeepStrictEqual } from 'node:util';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Pool } from 'pg';
import { isoInstant } from '../domain/instant.ts';
import { calendarOf, type ZoneTimeline } from '../domain/period.ts';
import { done, type Outcome, refuse } from '../domain/refusal.ts';
import type { RuleTimeline } from '../domain/rule.ts';
import { customerRefused, type Key } from '../keys/rights.ts';
import type { PartitionRange } from '../log/log.ts';
import { createPositionWaiter } from '../projection/read/position-waiter.ts';
import { liveNextOffsets } from '../projection/tables/positions.ts';
import { hasEvents, recountTenant } from '../projection/tables/tallies.ts';
import { recordChange } from '../store/audit.ts';
import { commitUnlessRefused } from '../store/commit-unless-refused.ts';
import { LOCKS } from '../store/locks.ts';
import type { Tables } from '../store/tables.ts';
import { lockTenant, showTenant, type Tenant, unregisteredTenant, updateTenant } from '../store/tenants.ts';
import { withInvoiceSession } from './locks.ts';
import { finalPeriods } from './made-invoices.ts';

/** What is to change; what is left out keeps its value. */
type TenantChange = {
  [Member in 'name' | 'reference' | 'language' | 'test' | 'billTo' | 'paymentDays' | 'credit' | 'rules']?:
    | Tenant[Member]
    | undefined;
} & { timeZone?: ZoneTimeline | undefined };

type Asking = Pick<Key, 'id' | 'scopes' | 'tenants'>;

export interface TenantDeps {
  db: Kysely<Tables>;
  /** Of `FINANCE_CONNECTIONS`, for nothing else. */
  financePool: Pool;
  /** Milliseconds since 1970. */
  clock(): number;
  /** IANA name; the zone of a tenant that is registered without one. */
  defaultTimeZone: string;
  /** The ends of the log now. Rejects with `LogUnavailable`. */
  freshLogEnds(): Promise<readonly PartitionRange[]>;
}

interface ChangedTenant {
  tenant: Tenant;
  created: boolean;
}

/** A rule must be known this long before it applies, so that no event is judged by two. */
const NOTICE_MS = 15 * 60_000;

/** How long a change waits for acknowledged events to be counted, in ms. */
const COUNTING_MS = 5_000;

/**
 * Registers or changes a tenant. Refuses with `forbidden-scope`, `rule-in-the-past`, `projection-behind`,
 * `period-final`; rejects with `LogUnavailable` where only the log can tell whether the tenant has events.
 */
export async function putTenant(
  deps: TenantDeps,
  id: string,
  change: TenantChange,
  by: Asking,
): Promise<Outcome<ChangedTenant>> {
  const outcome = await changeTenant(deps, id, change, by, { isCounted: false });
  if (outcome.ok || outcome.refusal.problem !== 'projection-behind') return outcome;
  if (!(await isCountedSoon(deps))) return outcome;
  return await changeTenant(deps, id, change, by, { isCounted: true });
}

/** Outside any transaction: while one holds the settings lock nothing is counted. */
async function isCountedSoon({ db, freshLogEnds }: TenantDeps): Promise<boolean> {
  const ends = new Map((await freshLogEnds()).map(({ partition, end }) => [partition, end]));
  const waiter = createPositionWaiter(() => liveNextOffsets(db));
  return await waiter.until(ends, AbortSignal.timeout(COUNTING_MS));
}

/** While no invoice of the tenant is being made, for which its zone counts and whether it is a test tenant. */
async function changeTenant(
  deps: TenantDeps,
  id: string,
  change: TenantChange,
  by: Asking,
  log: { isCounted: boolean },
): Promise<Outcome<ChangedTenant>> {
  return await withInvoiceSession(deps.financePool, id, ({ db }) =>
    changeHeldTenant({ ...deps, db }, id, change, by, log),
  );
}

/**
 * Rules and zones change while no batch is being projected: projectors hold the settings lock shared. `isCounted`: all
 * events that were acknowledged before are, so that a tenant without stored ones has none.
 */
async function changeHeldTenant(
  { db, clock, defaultTimeZone }: Pick<TenantDeps, 'db' | 'clock' | 'defaultTimeZone'>,
  id: string,
  { timeZone, ...members }: TenantChange,
  by: Asking,
  { isCounted }: { isCounted: boolean },
): Promise<Outcome<ChangedTenant>> {
  return await commitUnlessRefused(db, async (transaction) => {
    const at = clock();
    if (members.rules !== undefined || timeZone !== undefined) await lockSettings(transaction);
    const unregistered = { ...unregisteredTenant(id, defaultTimeZone), createdAt: at, updatedAt: at };
    const { tenant: before, created } = await lockTenant(transaction, unregistered);
    const merged: Tenant = { ...before, ...members, zones: timeZone ?? before.zones };
    if (!created && isDeepStrictEqual(merged, before)) return done({ tenant: before, created });
    const refused = decidesInvoices(before, merged) ? customerRefused(by, DECISIONS) : null;
    if (refused !== null) return refused;
    const test = merged.test && !before.test ? await checkUninvoiced(transaction, id) : done(undefined);
    if (!test.ok) return test;
    const rules = await checkRules(transaction, before, merged.rules, { at, isCounted });
    if (!rules.ok) return rules;
    const zones = await changeZones(transaction, before, merged.zones);
    if (!zones.ok) return zones;
    const tenant = { ...merged, version: before.version + 1, updatedAt: at };
    await updateTenant(transaction, tenant);
    await recordChange(transaction, {
      at,
      actor: by.id,
      subjectType: 'tenant',
      subject: id,
      tenant: id,
      action: created ? 'create' : 'change',
      before: created ? null : showTenant(before),
      after: showTenant(tenant),
    });
    return done({ tenant, created });
  });
}

const DECISIONS = '`test`, `billTo`, `paymentDays` and `credit`';

/** Whether it changes whether, to whom, when and for how much invoices are made: nothing for a customer to decide. */
function decidesInvoices(before: Tenant, after: Tenant): boolean {
  const decided = ({ test, billTo, paymentDays, credit }: Tenant) => ({ test, billTo, paymentDays, credit });
  return !isDeepStrictEqual(decided(before), decided(after));
}

/** Waits for the batches in hand; those that come wait for this transaction, so it must not wait for long. */
async function lockSettings(transaction: Transaction<Tables>): Promise<void> {
  await sql`SET LOCAL lock_timeout = '5s'`.execute(transaction);
  await sql`SELECT pg_advisory_xact_lock(${sql.lit(LOCKS.settings)})`.execute(transaction);
}

async function checkRules(
  transaction: Transaction<Tables>,
  { tenant, rules: before }: Tenant,
  after: RuleTimeline,
  { at, isCounted }: { at: number; isCounted: boolean },
): Promise<Outcome<void>> {
  const settled = (rules: RuleTimeline) => rules.filter(({ from }) => (from ?? 0) < at + NOTICE_MS);
  if (isDeepStrictEqual(settled(before), settled(after))) return done(undefined);
  if (await hasEvents(transaction, tenant))
    return refuse(
      'rule-in-the-past',
      `Changes may apply from ${isoInstant(at + NOTICE_MS)}, 15 minutes from now; entries from before must stay as they are.`,
    );
  if (isCounted) return done(undefined);
  return refuse(
    'projection-behind',
    'Rules for the past need a tenant without events, and not all events of the log are counted yet.',
  );
}

/** A test tenant is never invoiced, so one that was is none. */
async function checkUninvoiced(transaction: Transaction<Tables>, tenant: string): Promise<Outcome<void>> {
  const periods = await finalPeriods(transaction, tenant);
  if (periods.length === 0) return done(undefined);
  return refuse(
    'period-final',
    `${tenant} cannot become a test tenant while it has final invoices (${periods.join(', ')}): void them first.`,
  );
}

async function changeZones(
  transaction: Transaction<Tables>,
  { tenant, zones: before }: Tenant,
  after: ZoneTimeline,
): Promise<Outcome<void>> {
  if (isDeepStrictEqual(before, after)) return done(undefined);
  const calendar = calendarOf(after);
  for (const period of await finalPeriods(transaction, tenant)) {
    if (!isDeepStrictEqual(calendarOf(before).boundsOf(period), calendar.boundsOf(period)))
      return refuse('period-final', `The time zone of ${period} cannot change: its invoice is final.`);
  }
  await recountTenant(transaction, tenant, calendar);
  return done(undefined);
}
