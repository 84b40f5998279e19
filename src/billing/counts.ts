import { sql } from 'kysely';
import { nextPeriod } from '../domain/period.ts';
import type { WindowCount } from '../domain/rate.ts';
import type { ReadSnapshot } from '../store/read/snapshot.ts';
import { type Slot, slotKey } from './invoice.ts';

/** A projection whose windows are counted, live or not. */
export type WindowSource = Pick<ReadSnapshot, 'db' | 'schema'>;

/**
 * How many windows of which kind and category periods have, by `slotKey`; from the tallies, so it costs what the days
 * have in groups, not in windows. Periods without windows are left out.
 */
export async function windowCounts(
  { db, schema }: WindowSource,
  slots: readonly Slot[],
): Promise<Map<string, WindowCount[]>> {
  if (slots.length === 0) return new Map();
  const { rows } = await sql<Slot & { active: boolean; category: string | null; windows: number }>`
    SELECT s.tenant, s.period, t.kind = 1 AS active, nullif(t.category, '') AS category,
      sum(t.windows)::bigint AS windows
    FROM unnest(${slots.map(({ tenant }) => tenant)}::text[], ${slots.map(({ period }) => period)}::text[],
      ${slots.map(({ period }) => `${period}-01`)}::date[],
      ${slots.map(({ period }) => `${nextPeriod(period)}-01`)}::date[]) AS s(tenant, period, from_day, to_day)
    JOIN ${sql.id(schema, 'window_tallies')} t
      ON t.tenant = s.tenant AND t.day >= s.from_day AND t.day < s.to_day
    GROUP BY s.tenant, s.period, t.kind, t.category`.execute(db);
  const counts = new Map<string, WindowCount[]>();
  for (const row of rows) {
    const key = slotKey(row);
    const count: WindowCount = {
      kind: row.active ? 'active' : 'receptive',
      category: row.category,
      windows: row.windows,
    };
    const known = counts.get(key);
    if (known === undefined) counts.set(key, [count]);
    else known.push(count);
  }
  return counts;
}
