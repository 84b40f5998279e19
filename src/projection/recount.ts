import { type Kysely, sql } from 'kysely';
import { type Calendar, nextPeriod } from '../domain/period.ts';
import type { Tables } from '../store/tables.ts';
import { currentSchema, projectionIn } from './schema.ts';

/** Whether the live projection knows any event of a tenant. */
export async function hasEvents(db: Kysely<Tables>, tenant: string): Promise<boolean> {
  const row = await projectionIn(db, await currentSchema(db))
    .selectFrom('conversations')
    .select('conversation')
    .where('tenant', '=', tenant)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Counts a tenant's days anew in every projection after its time zone changed. Expects `LOCKS.settings` to be held
 * exclusively, so that no batch counts by the old zone meanwhile.
 */
export async function recountTenant(db: Kysely<Tables>, tenant: string, calendar: Calendar): Promise<void> {
  for (const schema of await projectionSchemas(db)) await recountIn(db, schema, tenant, calendar);
}

async function projectionSchemas(db: Kysely<Tables>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT nspname AS name FROM pg_namespace WHERE nspname ~ '^projection(_[0-9a-z]+)?$' ORDER BY nspname`.execute(
    db,
  );
  return rows.map((row) => row.name);
}

async function recountIn(
  db: Kysely<Tables>,
  schema: string,
  tenant: string,
  calendar: Calendar,
): Promise<void> {
  const days = await daysOf(db, schema, tenant, calendar);
  if (days === null) return;
  const windows = sql.table(`${schema}.windows`);
  const dayOf = (instant: string) =>
    sql`(${days.names}::date[])[width_bucket(${sql.ref(instant)}, ${days.starts}::bigint[])]`;
  await sql`UPDATE ${windows} AS w SET day = ${dayOf('w.opened_at')} WHERE w.tenant = ${tenant}`.execute(db);
  const windowTallies = sql.table(`${schema}.window_tallies`);
  await sql`DELETE FROM ${windowTallies} WHERE tenant = ${tenant}`.execute(db);
  await sql`
    INSERT INTO ${windowTallies} (tenant, day, kind, channel, account, origin, category, partition, windows)
    SELECT tenant, day, kind, channel, account, coalesce(origin, ''), coalesce(category, ''), partition, count(*)
    FROM ${windows} WHERE tenant = ${tenant} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8`.execute(db);
  const messageTallies = sql.table(`${schema}.message_tallies`);
  const events = sql.table(`${schema}.events`);
  await sql`DELETE FROM ${messageTallies} WHERE tenant = ${tenant}`.execute(db);
  await sql`
    INSERT INTO ${messageTallies} (tenant, day, partition, received, templates, free_form)
    SELECT ${tenant}, ${dayOf('e.at')}, e.partition, count(*) FILTER (WHERE e.class = 0),
      count(*) FILTER (WHERE e.class = 1), count(*) FILTER (WHERE e.class = 2)
    FROM ${sql.table(`${schema}.conversations`)} AS c JOIN ${events} AS e ON e.conversation = c.conversation
    WHERE c.tenant = ${tenant} AND e.class <= 2 AND NOT EXISTS (
      SELECT FROM ${events} AS v WHERE v.conversation = e.conversation AND v.ref = e.key AND v.class = 6)
    GROUP BY 2, 3`.execute(db);
}

/** Starts (ms) and names of every day on which the tenant has a message; null where it has none. */
async function daysOf(db: Kysely<Tables>, schema: string, tenant: string, calendar: Calendar) {
  const { rows } = await sql<{ first: number | null; last: number | null }>`
    SELECT min(e.at) AS first, max(e.at) AS last
    FROM ${sql.table(`${schema}.conversations`)} AS c
    JOIN ${sql.table(`${schema}.events`)} AS e ON e.conversation = c.conversation
    WHERE c.tenant = ${tenant} AND e.class <= 2`.execute(db);
  const { first, last } = rows[0] ?? { first: null, last: null };
  if (first === null || last === null) return null;
  const starts: number[] = [];
  const names: string[] = [];
  const end = calendar.periodOf(last);
  for (let period = calendar.periodOf(first); period <= end; period = nextPeriod(period)) {
    for (const { day, start } of calendar.dayStarts(period)) {
      starts.push(start);
      names.push(day);
    }
  }
  return { starts: `{${starts.join(',')}}`, names: `{${names.join(',')}}` };
}
