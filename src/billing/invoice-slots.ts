import { sql } from 'kysely';
import { nextPeriod } from '../domain/period.ts';
import type { ReadSnapshot } from '../store/read/snapshot.ts';
import type { Slot } from './invoice.ts';

/** Before any subscription. */
const FIRST = '0001-01';

/** Tenants with subscriptions, invoices or manual lines, by name, after one; `only` null: all. */
export async function invoicedTenants(
  { db }: ReadSnapshot,
  only: readonly string[] | null,
  page: { from: string; limit: number },
): Promise<string[]> {
  const among = only === null ? sql`true` : sql`tenant = ANY (${[...only]}::text[])`;
  const part = (table: string) => sql`
    (SELECT DISTINCT tenant FROM ${sql.table(table)} WHERE tenant >= ${page.from} AND ${among}
    ORDER BY tenant LIMIT ${page.limit})`;
  const { rows } = await sql<{ tenant: string }>`
    ${part('billing.subscriptions')} UNION ${part('billing.invoices')} UNION ${part('billing.manual_lines')}
    ORDER BY tenant LIMIT ${page.limit}`.execute(db);
  return rows.map(({ tenant }) => tenant);
}

/**
 * The periods in which tenants may have a draft, up to `last`: those with a subscription, those after a final one,
 * which may carry its adjustments, and those with manual lines.
 */
export async function draftSlots(
  { db }: ReadSnapshot,
  tenants: readonly string[],
  { only, last }: { only: string | null; last: string },
): Promise<Slot[]> {
  const subscribed = await sql<Slot>`
    SELECT DISTINCT s.tenant, to_char(m, 'YYYY-MM') AS period
    FROM billing.subscriptions s CROSS JOIN LATERAL generate_series(
      (greatest(s.from_period, ${only ?? FIRST}) || '-01')::timestamp, (${only ?? last} || '-01')::timestamp, interval '1 month') m
    WHERE s.tenant = ANY (${[...tenants]}::text[])
      AND (s.until_period IS NULL OR to_char(m, 'YYYY-MM') < s.until_period)`.execute(db);
  const finals = await db
    .selectFrom('billing.invoices')
    .select(['tenant', 'period'])
    .where('status', '=', 'final')
    .where('tenant', 'in', [...tenants])
    .execute();
  const manual = await db
    .selectFrom('billing.manual_lines')
    .select(['tenant', 'period'])
    .distinct()
    .where('tenant', 'in', [...tenants])
    .execute();
  const carriers = finals.map(({ tenant, period }) => ({ tenant, period: nextPeriod(period) }));
  const fits = ({ period }: Slot) => (only === null ? period <= last : period === only);
  return [...subscribed.rows, ...carriers, ...manual].filter(fits);
}
