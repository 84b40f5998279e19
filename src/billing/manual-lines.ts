import { type Kysely, sql } from 'kysely';
import type { ManualLine } from '../domain/invoice.ts';
import type { Tables } from '../store/tables.ts';
import { type Slot, slotKey } from './invoice.ts';

/** A manual line as it is kept; `currency` null: not known. */
export interface StoredManualLine extends ManualLine {
  currency: string | null;
}

/**
 * Credits and charges that people put on periods, by `slotKey`, in the order they came; `ever`: those that were taken
 * back again too.
 */
export async function manualLines(
  db: Kysely<Tables>,
  slots: readonly Slot[],
  which: 'standing' | 'ever' = 'standing',
): Promise<Map<string, StoredManualLine[]>> {
  if (slots.length === 0) return new Map();
  const { rows } = await sql<Slot & StoredManualLine>`
    SELECT m.tenant, m.period, m.line_id AS id, m.description, m.amount, m.reason, m.currency
    FROM unnest(${slots.map(({ tenant }) => tenant)}::text[], ${slots.map(({ period }) => period)}::text[])
      AS s(tenant, period)
    JOIN billing.manual_lines m ON m.tenant = s.tenant AND m.period = s.period
    WHERE ${which === 'ever' ? sql`true` : sql`m.deleted_at IS NULL`}
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

/** A standing manual line and the period on whose invoice it is. */
export interface PlacedManualLine extends ManualLine {
  period: string;
}

const standing = (db: Kysely<Tables>, tenant: string) =>
  db
    .selectFrom('billing.manual_lines')
    .select(['line_id as id', 'period', 'description', 'amount', 'reason'])
    .where('tenant', '=', tenant)
    .where('deleted_at', 'is', null);

/** The standing manual line of a tenant that has this id; null: there is none. */
export async function findManualLine(
  db: Kysely<Tables>,
  tenant: string,
  id: string,
): Promise<PlacedManualLine | null> {
  return (await standing(db, tenant).where('line_id', '=', id).executeTakeFirst()) ?? null;
}

/** The standing manual lines of a tenant by id; `period` null: of all periods. */
export async function listManualLines(
  db: Kysely<Tables>,
  tenant: string,
  period: string | null,
  page: { after: string; limit: number },
): Promise<PlacedManualLine[]> {
  let query = standing(db, tenant).where('line_id', '>', page.after).orderBy('line_id').limit(page.limit);
  if (period !== null) query = query.where('period', '=', period);
  return await query.execute();
}

/** How many manual lines stand on the period of a tenant. */
export async function countManualLines(db: Kysely<Tables>, tenant: string, period: string): Promise<number> {
  const { count } = await db
    .selectFrom('billing.manual_lines')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('tenant', '=', tenant)
    .where('period', '=', period)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow();
  return count;
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
    .where('m.deleted_at', 'is', null)
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
