import { type Kysely, sql } from 'kysely';
import type { ManualLine } from '../domain/invoice.ts';
import type { Tables } from '../store/tables.ts';
import { type Slot, slotKey } from './invoice.ts';

/** Credits and charges that people put on periods, by `slotKey`, in the order they came. */
export async function manualLines(
  db: Kysely<Tables>,
  slots: readonly Slot[],
): Promise<Map<string, ManualLine[]>> {
  if (slots.length === 0) return new Map();
  const { rows } = await sql<Slot & ManualLine>`
    SELECT m.tenant, m.period, m.id::text AS id, m.description, m.amount, m.reason
    FROM unnest(${slots.map(({ tenant }) => tenant)}::text[], ${slots.map(({ period }) => period)}::text[])
      AS s(tenant, period)
    JOIN billing.manual_lines m ON m.tenant = s.tenant AND m.period = s.period
    ORDER BY m.id`.execute(db);
  const lines = new Map<string, ManualLine[]>();
  for (const { tenant, period, ...line } of rows) {
    const key = slotKey({ tenant, period });
    const known = lines.get(key);
    if (known === undefined) lines.set(key, [line]);
    else known.push(line);
  }
  return lines;
}
