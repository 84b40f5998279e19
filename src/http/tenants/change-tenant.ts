import { isDeepStrictEqual } from 'node:util';
import { sql, type Transaction } from 'kysely';
import { finalPeriods } from '../../billing/made-invoices.ts';
import { isoInstant } from '../../domain/instant.ts';
import { calendarOf, type ZoneTimeline } from '../../domain/period.ts';
import type { RuleTimeline } from '../../domain/rule.ts';
import { liveNextOffsets } from '../../projection/tables/positions.ts';
import { hasEvents, recountTenant } from '../../projection/tables/tallies.ts';
import { recordChange } from '../../store/audit.ts';
import { LOCKS } from '../../store/locks.ts';
import type { Tables } from '../../store/tables.ts';
import { lockTenant, type Tenant, unregisteredTenant, updateTenant } from '../../store/tenants.ts';
import { createWaiting } from '../conventions/counted.ts';
import type { AppDeps, TenantHooks } from '../deps.ts';
import { Problem } from '../problems/problem.ts';
import type { TenantChange } from './tenant-schemas.ts';

/** A rule must be known this long before it applies, so that no event is judged by two. */
const NOTICE_MS = 15 * 60_000;

/** How long a change waits for acknowledged events to be counted, in ms. */
const COUNTING_MS = 5_000;

/** That a tenant has no stored events was not shown yet: acknowledged ones may still be uncounted. */
class EventsUnknown extends Error {
  override name = 'EventsUnknown';
}

interface Changed {
  tenant: Tenant;
  created: boolean;
}

/**
 * Registers or changes a tenant. Throws the problems `rule-in-the-past`, `projection-behind` and `period-final`;
 * rejects with `LogUnavailable` where only the log can tell whether the tenant has events.
 */
export async function putTenant(
  deps: AppDeps,
  id: string,
  body: TenantChange,
  actor: string,
): Promise<Changed> {
  try {
    return await changeTenant(deps, id, body, actor, { isCounted: false });
  } catch (error) {
    if (!(error instanceof EventsUnknown)) throw error;
  }
  await waitUntilCounted(deps);
  return await changeTenant(deps, id, body, actor, { isCounted: true });
}

/** Outside any transaction: while one holds the settings lock nothing is counted. */
async function waitUntilCounted({ db, freshLogEnds }: AppDeps): Promise<void> {
  const ends = new Map((await freshLogEnds()).map(({ partition, end }) => [partition, end]));
  const waiting = createWaiting(() => liveNextOffsets(db));
  if (await waiting.until(ends, AbortSignal.timeout(COUNTING_MS))) return;
  throw new Problem(
    'projection-behind',
    'Rules for the past need a tenant without events, and not all events of the log are counted yet.',
  );
}

/** Rules and zones change while no batch is being projected: projectors hold the settings lock shared. */
async function changeTenant(
  { db, clock, defaultTimeZone, tenants: hooks }: AppDeps,
  id: string,
  body: TenantChange,
  actor: string,
  log: { isCounted: boolean },
): Promise<Changed> {
  return await db.transaction().execute(async (transaction) => {
    const at = clock();
    if (body.rules !== undefined || body.timeZone !== undefined) await lockSettings(transaction);
    const unregistered = { ...unregisteredTenant(id, defaultTimeZone), createdAt: at, updatedAt: at };
    const { tenant: before, created } = await lockTenant(transaction, unregistered);
    const { timeZone: zones = before.zones, ...members } = body;
    const merged: Tenant = { ...before, ...members, zones };
    if (!created && isDeepStrictEqual(merged, before)) return { tenant: before, created };
    if (!isDeepStrictEqual(before.rules, merged.rules))
      await checkRules(transaction, hooks, before, merged.rules, { at, ...log });
    if (!isDeepStrictEqual(before.zones, zones)) await changeZones(transaction, hooks, before, zones);
    const tenant = { ...merged, version: before.version + 1, updatedAt: at };
    await updateTenant(transaction, tenant);
    await recordChange(transaction, {
      at,
      actor,
      subjectType: 'tenant',
      subject: id,
      tenant: id,
      action: created ? 'create' : 'change',
      before: created ? null : showTenant(before),
      after: showTenant(tenant),
    });
    return { tenant, created };
  });
}

/** Waits for the batches in hand; those that come wait for this transaction, so it must not wait for long. */
async function lockSettings(transaction: Transaction<Tables>): Promise<void> {
  await sql`SET LOCAL lock_timeout = '5s'`.execute(transaction);
  await sql`SELECT pg_advisory_xact_lock(${sql.lit(LOCKS.settings)})`.execute(transaction);
}

async function checkRules(
  transaction: Transaction<Tables>,
  hooks: TenantHooks,
  { tenant, rules: before }: Tenant,
  after: RuleTimeline,
  { at, isCounted }: { at: number; isCounted: boolean },
): Promise<void> {
  const settled = (rules: RuleTimeline) => rules.filter(({ from }) => (from ?? 0) < at + NOTICE_MS);
  if (isDeepStrictEqual(settled(before), settled(after))) return;
  if (!(await hooks.hasEvents(transaction, tenant))) {
    if (isCounted) return;
    throw new EventsUnknown();
  }
  throw new Problem(
    'rule-in-the-past',
    `Changes may apply from ${isoInstant(at + NOTICE_MS)}, 15 minutes from now; entries from before must stay as they are.`,
  );
}

async function changeZones(
  transaction: Transaction<Tables>,
  hooks: TenantHooks,
  { tenant, zones: before }: Tenant,
  after: ZoneTimeline,
): Promise<void> {
  const calendar = calendarOf(after);
  for (const period of await hooks.finalPeriods(transaction, tenant)) {
    if (!isDeepStrictEqual(calendarOf(before).boundsOf(period), calendar.boundsOf(period)))
      throw new Problem('period-final', `The time zone of ${period} cannot change: its invoice is final.`);
  }
  await hooks.recountTenant(transaction, tenant, calendar);
}

export function showTenant({ zones, rules, version: _, createdAt, updatedAt, ...tenant }: Tenant) {
  return {
    ...tenant,
    timeZone: zones.length === 1 ? zones[0].zone : [...zones],
    rules: showRules(rules),
    createdAt: isoInstant(createdAt),
    updatedAt: isoInstant(updatedAt),
  };
}

export function showRules(rules: RuleTimeline) {
  return rules.map(({ from, ...rule }) => ({ from: from === null ? null : isoInstant(from), ...rule }));
}

/** What changing a tenant asks of the projection and of finance. */
export const tenantHooks: TenantHooks = {
  hasEvents,
  recountTenant,
  finalPeriods,
};
