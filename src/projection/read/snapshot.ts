import { type ControlledTransaction, type Kysely, sql, type Transaction } from 'kysely';
import { onConnection } from '../../store/database.ts';
import type { ProjectionTables } from '../../store/projection-tables.ts';
import type { Tables } from '../../store/tables.ts';
import { currentSchema, projectionIn } from '../tables/live-projection.ts';
import type { Projection } from '../tables/projection.ts';
import { seeMoment } from './one-moment.ts';

/** One consistent view of the database: everything that an answer says comes from one of these. */
export interface ReadSnapshot {
  /** For tables outside the projection. */
  db: Transaction<Tables>;
  /** Name of the projection schema that is live in this view. */
  schema: string;
  /** The tables of that schema. */
  projection: Kysely<ProjectionTables>;
}

export interface ReadOptions {
  /**
   * Keeps the planner to the indexes that fit: for look-ups and pages of lists. Before a table was ever analysed it
   * would sort the rest of a list for every page (266 us a row instead of 24) or scan all events for a handful.
   */
  byIndex?: true;
}

/** Runs a read-only transaction whose first statement fixes the view and finds the live projection in it. */
export async function readSnapshot<T>(
  db: Kysely<Tables>,
  read: (snapshot: ReadSnapshot) => Promise<T>,
  options: ReadOptions = {},
): Promise<T> {
  return await db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (transaction) => {
      await seeMoment(db, transaction);
      return await read(await snapshotIn(transaction, options));
    });
}

export interface OpenSnapshot extends ReadSnapshot {
  /** Must be called, however the reading ends. */
  close(): Promise<void>;
}

/** How long the reader of a stream may keep the server waiting: longer than any proxy's patience, in ms. */
const SLOW_READER_MS = 5 * 60_000;

/**
 * A view that outlives a call, for answers that are read piece by piece. It holds a connection until it is closed:
 * whoever opens it bounds how many there are.
 */
export async function openSnapshot(db: Kysely<Tables>, options: ReadOptions = {}): Promise<OpenSnapshot> {
  const transaction = await db
    .startTransaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute();
  try {
    const snapshot = await snapshotIn(transaction, options);
    await waitForReaders(transaction);
    return { ...snapshot, close: () => end(transaction) };
  } catch (error) {
    await end(transaction);
    throw error;
  }
}

async function end(transaction: ControlledTransaction<Tables>): Promise<void> {
  await transaction.rollback().execute();
}

async function waitForReaders(transaction: Transaction<Tables>): Promise<void> {
  await sql`SET LOCAL idle_in_transaction_session_timeout = ${sql.lit(SLOW_READER_MS)}`.execute(transaction);
}

async function snapshotIn(transaction: Transaction<Tables>, { byIndex }: ReadOptions): Promise<ReadSnapshot> {
  const { schema } = await transaction
    .selectFrom('public.projection_current')
    .select('schema')
    .$if(byIndex === true, (query) => query.select(WITHOUT_SCANS))
    .executeTakeFirstOrThrow();
  return snapshotOf(transaction, schema);
}

const WITHOUT_SCANS = ['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin', 'sort'].map((way) =>
  sql<string>`set_config(${sql.lit(`enable_${way}`)}, 'off', true)`.as(way),
);

/** Runs statements that join large sets: before a table was ever analysed the planner takes each for a handful of rows. */
export async function byHashing<T>(db: Transaction<Tables>, work: () => Promise<T>): Promise<T> {
  await sql`SELECT set_config('enable_hashjoin', 'on', true), set_config('enable_nestloop', 'off', true)`.execute(
    db,
  );
  const result = await work();
  await sql`SELECT set_config('enable_nestloop', 'on', true)`.execute(db);
  return result;
}

/** Runs statements that look up a few rows of large tables each: estimates for many look-ups at once lead to scans. */
export async function byLookUps<T>(db: Transaction<Tables>, work: () => Promise<T>): Promise<T> {
  const all = (value: string) =>
    sql`SELECT ${sql.join(SCANS.map((way) => sql`set_config(${way}, ${value}, true)`))}`.execute(db);
  await all('off');
  const result = await work();
  await all('on');
  return result;
}

const SCANS = ['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin'];

/** What a transaction sees of the projection that is live in it. */
export async function viewIn(transaction: Transaction<Tables>): Promise<ReadSnapshot> {
  return snapshotOf(transaction, await currentSchema(transaction));
}

/** What a transaction sees of a projection, live or not. */
export function snapshotOf(db: Transaction<Tables>, schema: string): ReadSnapshot {
  return { db, schema, projection: projectionIn(db, schema) };
}

/** The same over a connection that is inside a transaction: what a `Projection` says, for the questions asked here. */
export function snapshotOn({ client, schema }: Pick<Projection, 'client' | 'schema'>): ReadSnapshot {
  return snapshotOf(onConnection(client) as Transaction<Tables>, schema);
}
