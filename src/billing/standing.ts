import type { Kysely } from 'kysely';
import type { Tables } from '../store/tables.ts';

/** Periods of a tenant with a final invoice, ascending. */
export async function finalPeriods(db: Kysely<Tables>, tenant: string): Promise<string[]> {
  const rows = await db
    .selectFrom('billing.invoices')
    .select('period')
    .where('tenant', '=', tenant)
    .where('status', '=', 'final')
    .orderBy('period')
    .execute();
  return rows.map(({ period }) => period);
}

/** The currency of a tenant's standing invoices; null where there are none. */
export async function standingCurrency(db: Kysely<Tables>, tenant: string): Promise<string | null> {
  const row = await db
    .selectFrom('billing.invoices')
    .select('currency')
    .where('tenant', '=', tenant)
    .where('status', '=', 'final')
    .limit(1)
    .executeTakeFirst();
  return row?.currency ?? null;
}
