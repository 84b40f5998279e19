/** Which periods of tenants may have a draft. */

import { type RawBuilder, sql } from 'kysely';
import { nextPeriod } from '../domain/period.ts';
import type { ReadSnapshot } from '../projection/read/snapshot.ts';
import { anyOf } from '../store/any-of.ts';
import type { Slot } from './invoice.ts';

/** How far back subscriptions are listed that were entered late, of tenants of which nothing older is known. */
const LATE_MONTHS = 24;

/**
 * The first period that is of interest of the tenant of a row `o`: of its first event, of its registration, or so many
 * months before another one, whichever is the earliest. A subscription since ever is one of 24,000 periods.
 */
export function firstOfInterest(schema: string, months: number, last: string): RawBuilder<string> {
  const firstDay = (table: string) =>
    sql`(SELECT to_char(min(t.day), 'YYYY-MM') FROM ${sql.id(schema, table)} t WHERE t.tenant = o.tenant)`;
  return sql`least(${firstDay('window_tallies')}, ${firstDay('message_tallies')},
    to_char((${last} || '-01')::timestamp - make_interval(months => ${months}), 'YYYY-MM'),
    (SELECT to_char(to_timestamp(t.created_at / 1000.0) AT TIME ZONE 'UTC', 'YYYY-MM') FROM billing.tenants t
      WHERE t.tenant = o.tenant))`;
}

/** The periods with a subscription, up to `last`, from the first one of interest on. */
async function subscribedSlots(
  { db, schema }: ReadSnapshot,
  tenants: readonly string[],
  { only, last }: { only: string | null; last: string },
): Promise<Slot[]> {
  const first = firstOfInterest(schema, LATE_MONTHS, last);
  const { rows } = await sql<Slot>`
    WITH o AS MATERIALIZED (SELECT o.tenant, ${only === null ? first : only} AS first
      FROM unnest(${[...tenants]}::text[]) AS o(tenant))
    SELECT DISTINCT s.tenant, to_char(m, 'YYYY-MM') AS period
    FROM o JOIN billing.subscriptions s ON s.tenant = o.tenant CROSS JOIN LATERAL generate_series(
      (greatest(s.from_period, o.first) || '-01')::timestamp, (${only ?? last} || '-01')::timestamp, interval '1 month') m
    WHERE s.until_period IS NULL OR to_char(m, 'YYYY-MM') < s.until_period`.execute(db);
  return rows;
}

/**
 * The periods in which tenants may have a draft, up to `last`: those with a subscription, those after a final one,
 * which may carry its adjustments, and those with manual lines.
 */
export async function draftSlots(
  view: ReadSnapshot,
  tenants: readonly string[],
  { only, last }: { only: string | null; last: string },
): Promise<Slot[]> {
  const { db } = view;
  const subscribed = await subscribedSlots(view, tenants, { only, last });
  const finals = await db
    .selectFrom('billing.invoices')
    .select(['tenant', 'period'])
    .where('status', '=', 'final')
    .where('tenant', '=', anyOf(tenants))
    .execute();
  const manual = await db
    .selectFrom('billing.manual_lines')
    .select(['tenant', 'period'])
    .distinct()
    .where('deleted_at', 'is', null)
    .where('tenant', '=', anyOf(tenants))
    .execute();
  const carriers = finals.map(({ tenant, period }) => ({ tenant, period: nextPeriod(period) }));
  const fits = ({ period }: Slot) => (only === null ? period <= last : period === only);
  return [...subscribed, ...carriers, ...manual].filter(fits);
}
