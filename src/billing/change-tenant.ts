import { isDeepStrictEqual } from 'node:util';
import type { Kysely, Transaction } from 'kysely';
import type { Pool } from 'pg';
import { isoInstant } from '../domain/instant.ts';
import { calendarOf, type ZoneTimeline } from '../domain/period.ts';
import { done, type Outcome, refuse } from '../domain/refusal.ts';
import type { RuleTimeline } from '../domain/rule.ts';
import { say } from '../domain/sentences.ts';
import { customerRefused, type Key } from '../keys/rights.ts';
import type { PartitionRange } from '../log/log.ts';
import { createPositionWaiter } from '../projection/read/position-waiter.ts';
import { hasEventsAnywhere, replaceTallies, type ZoneChange } from '../projection/tables/next-tallies.ts';
import { liveNextOffsets } from '../projection/tables/positions.ts';
import { hasEvents } from '../projection/tables/tallies.ts';
import { recordChange } from '../store/audit.ts';
import { commitUnlessRefused } from '../store/commit-unless-refused.ts';
import type { Tables } from '../store/tables.ts';
import {
  findTenant,
  lockTenant,
  showTenant,
  type Tenant,
  unregisteredTenant,
  updateTenant,
} from '../store/tenants.ts';
import { lockSettings, whileCountingByBoth } from './change-zone.ts';
import { type InvoiceSession, withInvoiceSession } from './locks.ts';
import { finalPeriods } from './made-invoices.ts';
import type { DryRun } from './plans.ts';
import type { Was } from './supposed.ts';

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
  /** null: its zones are the same. */
  was: Was | null;
}

/** A rule must be known this long before it applies, so that no event is judged by two. */
const NOTICE_MS = 15 * 60_000;

/** How long a change waits for acknowledged events to be counted, in ms. */
const COUNTING_MS = 5_000;

/** What is asked of a tenant. */
interface Asked {
  id: string;
  change: TenantChange;
  by: Asking;
  /** Whether all events that were acknowledged before are counted, so that a tenant without stored ones has none. */
  isCounted: boolean;
  /** Every check, and no change. */
  dryRun: boolean;
}

/**
 * Registers or changes a tenant. Refuses with `forbidden-scope`, `rule-in-the-past`, `projection-behind`,
 * `period-final`; rejects with `LogUnavailable` where only the log can tell whether the tenant has events.
 */
export async function putTenant(
  deps: TenantDeps,
  id: string,
  change: TenantChange,
  by: Asking,
  { dryRun = false }: DryRun = {},
): Promise<Outcome<ChangedTenant>> {
  const outcome = await changeTenant(deps, { id, change, by, isCounted: false, dryRun });
  if (outcome.ok || outcome.refusal.problem !== 'projection-behind') return outcome;
  if (!(await isCountedSoon(deps))) return outcome;
  return await changeTenant(deps, { id, change, by, isCounted: true, dryRun });
}

/** Outside any transaction: while one holds the settings lock nothing is counted. */
async function isCountedSoon({ db, freshLogEnds }: TenantDeps): Promise<boolean> {
  const ends = new Map((await freshLogEnds()).map(({ partition, end }) => [partition, end]));
  const waiter = createPositionWaiter(() => liveNextOffsets(db));
  return await waiter.until(ends, AbortSignal.timeout(COUNTING_MS));
}

/** While no invoice of the tenant is being made, for which its zone counts and whether it is a test tenant. */
async function changeTenant(deps: TenantDeps, asked: Asked): Promise<Outcome<ChangedTenant>> {
  const { financePool: pool } = deps;
  const { id, change } = asked;
  const size = change.timeZone === undefined ? 'short' : 'long';
  const work = async (session: InvoiceSession): Promise<Outcome<ChangedTenant>> => {
    const { db } = session;
    if (asked.dryRun) return await commitUnlessRefused(db, (inside) => wouldChange(inside, deps, asked));
    const atOnce = await commitUnlessRefused(db, (inside) => changeAtOnce(inside, deps, asked));
    if (!atOnce.ok) return atOnce;
    if (atOnce.value !== null) return done(atOnce.value);
    const zones = change.timeZone ?? initialTenant(deps, id).zones;
    return await whileCountingByBoth(session, {
      ...{ pool, tenant: id, zones },
      check: async (inside) => await checkChange(inside, await currentTenant(inside, deps, id), deps, asked),
      apply: (inside, counted) => applyChange(inside, deps, asked, counted),
    });
  };
  return await withInvoiceSession(pool, id, work, size);
}

/**
 * Rules and zones change while no batch is being projected: projectors hold the settings lock shared. Null, with nothing
 * done: the tenant has events that must be counted by its new zone first.
 */
async function changeAtOnce(
  transaction: Transaction<Tables>,
  deps: Settled,
  asked: Asked,
): Promise<Outcome<ChangedTenant | null>> {
  const { id, change } = asked;
  const { zones } = await currentTenant(transaction, deps, id);
  const moves = change.timeZone !== undefined && !isDeepStrictEqual(zones, change.timeZone);
  if (moves && (await hasEvents(transaction, id))) return done(null);
  if (moves || change.rules !== undefined) await lockSettings(transaction);
  if (moves && (await hasEventsAnywhere(transaction, id))) return done(null);
  return await applyChange(transaction, deps, asked, null);
}

/** What a change would come to; `was` has the zones as they would be. */
async function wouldChange(
  transaction: Transaction<Tables>,
  deps: Settled,
  asked: Asked,
): Promise<Outcome<ChangedTenant>> {
  const known = await findTenant(transaction, asked.id);
  const before = known ?? initialTenant(deps, asked.id);
  const tenant = mergedWith(before, asked.change);
  const checked = await checkChange(transaction, before, deps, asked);
  if (!checked.ok) return checked;
  const was = isDeepStrictEqual(before.zones, tenant.zones) ? null : wasOf(tenant);
  return done({ tenant, created: known === null, was });
}

/** `counted`: the change of zone that its events are counted by. */
async function applyChange(
  transaction: Transaction<Tables>,
  deps: Settled,
  asked: Asked,
  counted: ZoneChange | null,
): Promise<Outcome<ChangedTenant>> {
  const { id, by } = asked;
  const initial = initialTenant(deps, id);
  const at = initial.updatedAt;
  const { tenant: before, created } = await lockTenant(transaction, initial);
  const merged = mergedWith(before, asked.change);
  if (!created && isDeepStrictEqual(merged, before)) return done({ tenant: before, created, was: null });
  const checked = await checkChange(transaction, before, deps, asked);
  if (!checked.ok) return checked;
  if (counted !== null) await replaceTallies(transaction, counted);
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
  const was = isDeepStrictEqual(before.zones, tenant.zones) ? null : wasOf(before);
  return done({ tenant, created, was });
}

function mergedWith(before: Tenant, { timeZone, ...members }: TenantChange): Tenant {
  return { ...before, ...members, zones: timeZone ?? before.zones };
}

async function checkChange(
  db: Kysely<Tables>,
  before: Tenant,
  { clock }: Pick<TenantDeps, 'clock'>,
  { id, change, by, isCounted }: Asked,
): Promise<Outcome<void>> {
  const after = mergedWith(before, change);
  const refused = decidesInvoices(before, after) ? customerRefused(by, DECISIONS) : null;
  if (refused !== null) return refused;
  const test = after.test && !before.test ? await checkUninvoiced(db, id) : done(undefined);
  if (!test.ok) return test;
  const rules = await checkRules(db, before, after.rules, { at: clock(), isCounted });
  if (!rules.ok) return rules;
  return await checkZones(db, before, after.zones);
}

type Settled = Pick<TenantDeps, 'clock' | 'defaultTimeZone'>;

async function currentTenant(db: Kysely<Tables>, deps: Settled, id: string): Promise<Tenant> {
  return (await findTenant(db, id)) ?? initialTenant(deps, id);
}

function initialTenant({ clock, defaultTimeZone }: Settled, id: string): Tenant {
  const at = clock();
  return { ...unregisteredTenant(id, defaultTimeZone), createdAt: at, updatedAt: at };
}

/** Its zones as they were, in all periods: which ones they bound in another way is seen there. */
function wasOf({ tenant, zones }: Tenant): Was {
  return { kind: 'tenant', tenant, from: FIRST_PERIOD, until: null, zones: new Map([[tenant, zones]]) };
}

const FIRST_PERIOD = '0001-01';

const DECISIONS = say('`test`, `billTo`, `paymentDays` and `credit`');

/** Whether it changes whether, to whom, when and for how much invoices are made: nothing for a customer to decide. */
function decidesInvoices(before: Tenant, after: Tenant): boolean {
  const decided = ({ test, billTo, paymentDays, credit }: Tenant) => ({ test, billTo, paymentDays, credit });
  return !isDeepStrictEqual(decided(before), decided(after));
}

async function checkRules(
  db: Kysely<Tables>,
  { tenant, rules: before }: Tenant,
  after: RuleTimeline,
  { at, isCounted }: { at: number; isCounted: boolean },
): Promise<Outcome<void>> {
  const settled = (rules: RuleTimeline) => rules.filter(({ from }) => (from ?? 0) < at + NOTICE_MS);
  if (isDeepStrictEqual(settled(before), settled(after))) return done(undefined);
  if (await hasEvents(db, tenant))
    return refuse(
      'rule-in-the-past',
      say(
        'Changes may apply from {instant}, 15 minutes from now; entries from before must stay as they are.',
        { instant: isoInstant(at + NOTICE_MS) },
      ),
    );
  if (isCounted) return done(undefined);
  return refuse(
    'projection-behind',
    say('Rules for the past need a tenant without events, and not all events of the log are counted yet.'),
  );
}

/** A test tenant is never invoiced, so one that was is none. */
async function checkUninvoiced(db: Kysely<Tables>, tenant: string): Promise<Outcome<void>> {
  const periods = await finalPeriods(db, tenant);
  if (periods.length === 0) return done(undefined);
  return refuse(
    'period-final',
    say('{tenant} cannot become a test tenant while it has final invoices ({periods}): void them first.', {
      tenant,
      periods: periods.join(', '),
    }),
  );
}

async function checkZones(
  db: Kysely<Tables>,
  { tenant, zones: before }: Tenant,
  after: ZoneTimeline,
): Promise<Outcome<void>> {
  if (isDeepStrictEqual(before, after)) return done(undefined);
  const calendar = calendarOf(after);
  for (const period of await finalPeriods(db, tenant)) {
    if (!isDeepStrictEqual(calendarOf(before).boundsOf(period), calendar.boundsOf(period)))
      return refuse(
        'period-final',
        say('The time zone of {period} cannot change: its invoice is final.', { period }),
      );
  }
  return done(undefined);
}
