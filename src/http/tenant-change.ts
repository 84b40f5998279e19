import { isDeepStrictEqual } from 'node:util';
import { sql, type Transaction } from 'kysely';
import { calendarOf, type ZoneTimeline } from '../domain/period.ts';
import type { RuleTimeline } from '../domain/rule.ts';
import { recordChange } from '../store/audit.ts';
import { LOCKS } from '../store/locks.ts';
import type { Tables } from '../store/tables.ts';
import { lockTenant, type Tenant, unregisteredTenant, updateTenant } from '../store/tenants.ts';
import type { AppDeps, TenantHooks } from './deps.ts';
import { Problem } from './problem.ts';
import { isoInstant } from './schemas.ts';
import type { TenantChange } from './tenant-schemas.ts';

/** A rule must be known this long before it applies, so that no event is judged by two. */
const NOTICE_MS = 15 * 60_000;

/**
 * Registers or changes a tenant. Rules and zones change while no batch is being projected: projectors hold the
 * settings lock shared. Throws the problems `rule-in-the-past` and `period-final`.
 */
export async function putTenant(
  { db, clock, defaultTimeZone, tenants: hooks }: AppDeps,
  id: string,
  body: TenantChange,
  actor: string,
): Promise<{ tenant: Tenant; created: boolean }> {
  return await db.transaction().execute(async (transaction) => {
    const at = clock();
    if (body.rules !== undefined || body.timeZone !== undefined) await lockSettings(transaction);
    const unregistered = { ...unregisteredTenant(id, defaultTimeZone), createdAt: at, updatedAt: at };
    const { tenant: before, created } = await lockTenant(transaction, unregistered);
    const { timeZone: zones = before.zones, ...members } = body;
    const merged: Tenant = { ...before, ...members, zones };
    if (!created && isDeepStrictEqual(merged, before)) return { tenant: before, created };
    if (!isDeepStrictEqual(before.rules, merged.rules))
      await checkRules(transaction, hooks, before, merged.rules, at);
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
  now: number,
): Promise<void> {
  const settled = (rules: RuleTimeline) => rules.filter(({ from }) => (from ?? 0) < now + NOTICE_MS);
  if (isDeepStrictEqual(settled(before), settled(after))) return;
  if (!(await hooks.hasEvents(transaction, tenant))) return;
  throw new Problem(
    'rule-in-the-past',
    `Changes may apply from ${isoInstant(now + NOTICE_MS)}, 15 minutes from now; entries from before must stay as they are.`,
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
