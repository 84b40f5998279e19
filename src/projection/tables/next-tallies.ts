import { type Kysely, sql, type Transaction } from 'kysely';
import type { ClientBase } from 'pg';
import { calendarOf, type ZoneTimeline } from '../../domain/period.ts';
import type { Tables } from '../../store/tables.ts';
import { daysOf } from './days.ts';
import { plainArray, prepared, type SchemaConnection } from './sql.ts';
import type { TallyDeltas } from './tallies.ts';

/**
 * The tallies that a tenant will have once its zone has changed. They are sums of rows that are only added: those of
 * what was stored when the change began, and from then on those of every batch. So nobody waits for anybody.
 */
export interface NextTallies {
  add(change: number, deltas: TallyDeltas): Promise<void>;
}

export interface ZoneChange {
  id: number;
  tenant: string;
  zones: ZoneTimeline;
}

export function nextTalliesOn(on: SchemaConnection): NextTallies {
  return {
    async add(change, deltas) {
      await addWindows(on, change, deltas);
      await addMessages(on, change, deltas);
    },
  };
}

async function addWindows(on: SchemaConnection, change: number, { windows }: TallyDeltas): Promise<void> {
  const rows = [...windows.values()].filter(({ count }) => count !== 0);
  if (rows.length === 0) return;
  await prepared(
    on,
    'next window tallies',
    `INSERT INTO public.zone_change_windows
       (change, schema, day, kind, channel, account, origin, category, partition, windows)
     SELECT $1, $2, n.* FROM unnest($3::date[], $4::smallint[], $5::text[], $6::text[], $7::text[], $8::text[],
       $9::smallint[], $10::bigint[]) AS n`,
    [
      change,
      on.schema,
      rows.map(({ day }) => day),
      rows.map(({ row }) => row.kind),
      rows.map(({ row }) => row.channel),
      rows.map(({ row }) => row.account),
      rows.map(({ row }) => row.origin ?? ''),
      rows.map(({ row }) => row.category ?? ''),
      rows.map(({ row }) => row.partition),
      rows.map(({ count }) => count),
    ],
  );
}

async function addMessages(on: SchemaConnection, change: number, { messages }: TallyDeltas): Promise<void> {
  const rows = [...messages.values()];
  if (rows.length === 0) return;
  await prepared(
    on,
    'next message tallies',
    `INSERT INTO public.zone_change_messages (change, schema, day, partition, received, templates, free_form)
     SELECT $1, $2, n.* FROM unnest($3::date[], $4::smallint[], $5::bigint[], $6::bigint[], $7::bigint[]) AS n`,
    [
      change,
      on.schema,
      rows.map(({ day }) => day),
      plainArray(rows.map(({ partition }) => partition)),
      plainArray(rows.map(({ received }) => received)),
      plainArray(rows.map(({ templates }) => templates)),
      plainArray(rows.map(({ freeForm }) => freeForm)),
    ],
  );
}

/** Every batch that begins after this counts by both zones. Expects `LOCKS.settings` to be held exclusively. */
export async function announceZoneChange(
  transaction: Transaction<Tables>,
  tenant: string,
  zones: ZoneTimeline,
): Promise<ZoneChange> {
  const { id } = await transaction
    .insertInto('public.zone_changes')
    .values({ tenant, zones: JSON.stringify(zones) })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { id, tenant, zones };
}

/** Every projection, live or not. */
export async function projectionSchemas(db: Kysely<Tables>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT nspname AS name FROM pg_namespace WHERE nspname ~ '^projection(_[0-9]+)?$' ORDER BY nspname`.execute(
    db,
  );
  return rows.map(({ name }) => name);
}

/** Whether any projection knows an event of the tenant. None may be dropped meanwhile: `LOCKS.settings`. */
export async function hasEventsAnywhere(db: Kysely<Tables>, tenant: string): Promise<boolean> {
  for (const schema of await projectionSchemas(db)) {
    const { rows } = await sql`
      SELECT FROM ${sql.id(schema, 'conversations')} WHERE tenant = ${tenant} LIMIT 1`.execute(db);
    if (rows.length > 0) return true;
  }
  return false;
}

/** However many windows a tenant has; nobody waits for it but who asked. */
const COUNTING_MS = 3_600_000;
/** Of tables that only somebody has who drops them, or gives them their primary key. */
const LOCK_MS = 5_000;

/**
 * Begins the transaction that sees what was stored before the change was announced, and keeps what it will read from
 * being dropped. Expects `LOCKS.settings` to be held exclusively by the one who announces it, which has not committed.
 */
export async function seeBeforeChange(client: ClientBase, schemas: readonly string[]): Promise<void> {
  const tables = schemas.flatMap((schema) =>
    ['windows', 'conversations', 'events'].map((table) => `${schema}.${table}`),
  );
  await client.query(`
    BEGIN ISOLATION LEVEL REPEATABLE READ;
    SET LOCAL lock_timeout = ${LOCK_MS}; SET LOCAL statement_timeout = ${COUNTING_MS};
    SET LOCAL idle_in_transaction_session_timeout = ${COUNTING_MS};
    LOCK TABLE ${tables.join(', ')} IN ACCESS SHARE MODE;
    SELECT txid_current_snapshot()`);
}

/** Counts what was stored before the change, in the transaction that `seeBeforeChange` began, and commits it. */
export async function countStored(
  client: ClientBase,
  schemas: readonly string[],
  change: ZoneChange,
): Promise<void> {
  for (const schema of schemas) await countIn({ client, schema }, change);
  await client.query('COMMIT');
}

async function countIn(
  { client, schema }: SchemaConnection,
  { id, tenant, zones }: ZoneChange,
): Promise<void> {
  const long = { query_timeout: COUNTING_MS };
  const messages = `FROM ${schema}.conversations c JOIN ${schema}.events e ON e.conversation = c.conversation
    WHERE c.tenant = $1 AND e.class <= 2`;
  const instants = { ...long, text: `SELECT e.at ${messages}`, values: [tenant] };
  const days = await daysOf(client, calendarOf(zones), instants);
  await client.query({
    ...long,
    text: `INSERT INTO public.zone_change_windows
        (change, schema, day, kind, channel, account, origin, category, partition, windows)
      SELECT $2, $3, ${days.of('opened_at')}, kind, channel, account, coalesce(origin, ''), coalesce(category, ''),
        partition, count(*)
      FROM ${schema}.windows WHERE tenant = $1 GROUP BY 3, 4, 5, 6, 7, 8, 9`,
    values: [tenant, id, schema],
  });
  await client.query({
    ...long,
    text: `INSERT INTO public.zone_change_messages (change, schema, day, partition, received, templates, free_form)
      SELECT $2, $3, ${days.of('e.at')}, e.partition, count(*) FILTER (WHERE e.class = 0),
        count(*) FILTER (WHERE e.class = 1), count(*) FILTER (WHERE e.class = 2)
      ${messages} AND NOT e.voided GROUP BY 3, 4`,
    values: [tenant, id, schema],
  });
}

/**
 * Puts the next tallies in the place of the tenant's own, in every projection: what it takes grows with the tallies, not
 * with the windows. Expects `LOCKS.settings` to be held exclusively, and all of the change to be counted.
 */
export async function replaceTallies(
  transaction: Transaction<Tables>,
  { id, tenant }: ZoneChange,
): Promise<void> {
  for (const schema of await projectionSchemas(transaction)) {
    const windows = sql.id(schema, 'window_tallies');
    await sql`DELETE FROM ${windows} WHERE tenant = ${tenant}`.execute(transaction);
    await sql`
      INSERT INTO ${windows} (tenant, day, kind, channel, account, origin, category, partition, windows)
      SELECT ${tenant}, day, kind, channel, account, origin, category, partition, sum(windows)
      FROM public.zone_change_windows WHERE change = ${id} AND schema = ${schema}
      GROUP BY 2, 3, 4, 5, 6, 7, 8 HAVING sum(windows) <> 0`.execute(transaction);
    const messages = sql.id(schema, 'message_tallies');
    await sql`DELETE FROM ${messages} WHERE tenant = ${tenant}`.execute(transaction);
    await sql`
      INSERT INTO ${messages} (tenant, day, partition, received, templates, free_form)
      SELECT ${tenant}, day, partition, sum(received), sum(templates), sum(free_form)
      FROM public.zone_change_messages WHERE change = ${id} AND schema = ${schema}
      GROUP BY 2, 3 HAVING sum(received) <> 0 OR sum(templates) <> 0 OR sum(free_form) <> 0`.execute(
      transaction,
    );
  }
  const { numDeletedRows } = await transaction
    .deleteFrom('public.zone_changes')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  if (numDeletedRows !== 1n) throw new Error(`the change of the zone of ${tenant} is not under way any more`);
}

/** Removes the rows of changes that are over; those of a batch that is not committed yet go another time. */
export async function removeOldCounts(db: Kysely<Tables>): Promise<void> {
  for (const table of ['zone_change_windows', 'zone_change_messages']) {
    await sql`
      DELETE FROM ${sql.id('public', table)} n
      WHERE NOT EXISTS (SELECT FROM public.zone_changes c WHERE c.id = n.change)`.execute(db);
  }
}
