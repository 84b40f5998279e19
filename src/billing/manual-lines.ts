import { type Kysely, sql } from 'kysely';
import type { ManualLine } from '../domain/invoice.ts';
import type { Tables } from '../store/tables.ts';
import { type Slot, slotKey } from './invoice.ts';

/** A manual line as it is kept; `currency` null: not known. */
export interface StoredManualLine extends ManualLine {
  currency: string | null;
}

/** Credits and charges that people put on periods, by `slotKey`, in the order they came. */
export async function manualLines(
  db: Kysely<Tables>,
  slots: readonly Slot[],
): Promise<Map<string, StoredManualLine[]>> {
  if (slots.length === 0) return new Map();
  const { rows } = await sql<Slot & StoredManualLine>`
    SELECT m.tenant, m.period, m.id::text AS id, m.description, m.amount, m.reason, m.currency
    FROM unnest(${slots.map(({ tenant }) => tenant)}::text[], ${slots.map(({ period }) => period)}::text[])
      AS s(tenant, period)
    JOIN billing.manual_lines m ON m.tenant = s.tenant AND m.period = s.period
    ORDER BY m.id`.execute(db);
  const lines = new Map<string, StoredManualLine[]>();
  for (const { tenant, period, ...line } of rows) {
    const key = slotKey({ tenant, period });
    const known = lines.get(key);
    if (known === undefined) lines.set(key, [line]);
    else known.push(line);
  }
  return lines;
}

/** What manual lines of a tenant's periods without a final invoice are in; `currency` null: not known. */
export async function openManualLines(
  db: Kysely<Tables>,
  tenant: string,
): Promise<{ period: string; currency: string | null }[]> {
  return await db
    .selectFrom('billing.manual_lines as m')
    .select(['m.period', 'm.currency'])
    .distinct()
    .where('m.tenant', '=', tenant)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('billing.invoices as i')
            .select('i.id')
            .whereRef('i.tenant', '=', 'm.tenant')
            .whereRef('i.period', '=', 'm.period')
            .where('i.status', '=', 'final'),
        ),
      ),
    )
    .orderBy('m.period')
    .execute();
}
