import { readdir } from 'node:fs/promises';
import { extname } from 'node:path';
import { type Kysely, sql } from 'kysely';
import type { Database } from './database.ts';
import { LOCKS } from './locks.ts';
import { grantRights } from './runtime-role.ts';
import { servicesAtWork } from './services.ts';
import type { Tables } from './tables.ts';

/** A step of the schema, frozen in time: a file in migrations/. */
interface Migration {
  up(db: Kysely<Tables>): Promise<void>;
  /**
   * The last migration that code must know at least to work with a database that has this one; kept beside it, for
   * code that does not know it. One that only adds (expand) names the last of the release before, not one that comes
   * with it, or processes of that release could not stay beside both; one that takes away (contract) the first whose
   * code could do without. Left out: only code that has this one can.
   */
  compatibleFrom?: string;
}

export interface MigrationState {
  /** In the code, not yet in the database; oldest first. */
  pending: string[];
  /** In the database, not in the code, and not marked as compatible with it: a newer version migrated. */
  unknown: string[];
  /** In the database, not in the code, which can work with them all the same. */
  compatible: string[];
}

interface FoundState extends MigrationState {
  /** The last in the database; null: there is none. */
  last: string | null;
}

/** The database has been migrated by a newer version: going on could destroy what that version keeps there. */
export class DatabaseNewer extends Error {
  override name = 'DatabaseNewer';
}

/** What is pending takes something away that processes of an earlier version, which are at work, cannot do without. */
export class DatabaseInUse extends Error {
  override name = 'DatabaseInUse';
}

const FOLDER = new URL('../../migrations/', import.meta.url);
/** `.ts` in a clone, `.js` in the package. */
const EXTENSION = extname(import.meta.url);

/**
 * Applies what is pending, in one transaction, and returns the names of what it applied. Processes that start at the
 * same time wait for each other: open the database with `statementTimeoutMs: 0`. Not Kysely's Migrator: that one has a
 * lock key and time limits of its own. Rejects with `DatabaseNewer`, also where something is pending behind what a newer
 * version did: these would be two lines of development; with `DatabaseInUse` where a former version works on the
 * database that could not go on after it. The role that the service runs as, where it is not the owner
 * that these connections are of, gets its rights; a newer version knows better which.
 */
export async function migrate(database: Database, runtimeRole: string | null = null): Promise<string[]> {
  return await database.db.transaction().execute(async (transaction) => {
    await sql`SELECT pg_advisory_xact_lock(${sql.lit(LOCKS.migrate)})`.execute(transaction);
    await sql`
      CREATE TABLE IF NOT EXISTS public.janela_migrations (
        name text COLLATE "C" PRIMARY KEY,
        applied_at timestamptz NOT NULL DEFAULT now(),
        compatible_from text COLLATE "C"
      )`.execute(transaction);
    const { pending, unknown, compatible, last } = await stateOf(transaction);
    if (unknown.length > 0) throw new DatabaseNewer(newerThanCode(unknown));
    if (pending.length > 0 && compatible.length > 0) throw new DatabaseNewer(newerThanCode(compatible));
    if (last !== null) await refuseBesideOlder(database, pending, last);
    if (pending.length > 0) await addMark(transaction);
    for (const name of pending) {
      const { up, compatibleFrom = name } = await loadMigration(name);
      await up(transaction);
      await sql`
        INSERT INTO public.janela_migrations (name, compatible_from)
        VALUES (${name}, ${compatibleFrom})`.execute(transaction);
    }
    if (runtimeRole !== null && compatible.length === 0) await grantRights(transaction, runtimeRole);
    return pending;
  });
}

/** What `migrate` would do. An empty database has everything pending. */
export async function pendingMigrations(database: Database): Promise<MigrationState> {
  const found = await sql<{ exists: boolean }>`
    SELECT to_regclass('public.janela_migrations') IS NOT NULL AS exists`.execute(database.db);
  if (!found.rows[0]?.exists) return { pending: await migrationNames(), unknown: [], compatible: [] };
  const { pending, unknown, compatible } = await stateOf(database.db);
  return { pending, unknown, compatible };
}

/** The sentence for a person about migrations that this code does not know. */
export function newerThanCode(unknown: readonly string[]): string {
  return `The database is newer than this version of janela (it has ${unknown.join(', ')}): start the version that migrated it, or a later one.`;
}

/**
 * Whoever is at work has found nothing pending, so it knows `last` at most. One that starts meanwhile waits for the lock
 * of migrations, and finds what is newer then.
 */
async function refuseBesideOlder(
  { pool }: Database,
  pending: readonly string[],
  last: string,
): Promise<void> {
  const marks = await Promise.all(
    pending.map(async (name) => ({ name, from: (await loadMigration(name)).compatibleFrom ?? name })),
  );
  const [first, ...others] = marks.filter(({ from }) => from > last).map(({ name }) => name);
  if (first === undefined) return;
  const names = await servicesAtWork(pool);
  if (names.length === 0) return;
  const more = others.length === 0 ? '' : ` and ${others.length} more migrations`;
  throw new DatabaseInUse(
    `A former version of janela works on this database (connections: ${names.join(', ')}) and could not go on after ${first}${more}: stop every process of it, then migrate.`,
  );
}

/** Versions before the mark made the table without it. Only with something to do: the lock stops every reader. */
async function addMark(db: Kysely<Tables>): Promise<void> {
  await sql`
    ALTER TABLE public.janela_migrations ADD COLUMN IF NOT EXISTS compatible_from text COLLATE "C"`.execute(
    db,
  );
}

async function stateOf(db: Kysely<Tables>): Promise<FoundState> {
  const names = await migrationNames();
  // Through JSON, since a table that an earlier version made has no such column.
  const applied = await sql<{ name: string; compatibleFrom: string | null }>`
    SELECT name, to_jsonb(m) ->> 'compatible_from' AS "compatibleFrom"
    FROM public.janela_migrations m ORDER BY name`.execute(db);
  const done = new Set(applied.rows.map((row) => row.name));
  const newer = applied.rows.filter(({ name }) => !names.includes(name));
  const worksHere = ({ compatibleFrom }: (typeof newer)[number]) =>
    compatibleFrom !== null && names.includes(compatibleFrom);
  return {
    pending: names.filter((name) => !done.has(name)),
    unknown: newer.filter((migration) => !worksHere(migration)).map(({ name }) => name),
    compatible: newer.filter(worksHere).map(({ name }) => name),
    last: applied.rows.at(-1)?.name ?? null,
  };
}

export async function loadMigration(name: string): Promise<Migration> {
  return (await import(new URL(`${name}${EXTENSION}`, FOLDER).href)) as Migration;
}

/** Of this code, oldest first. */
export async function migrationNames(): Promise<string[]> {
  const files = await readdir(FOLDER);
  return (
    files
      // Beside each of the package's lie its types and its source map.
      .filter((file) => /^\d{4}_[^.]*\.[^.]+$/.test(file) && file.endsWith(EXTENSION))
      .map((file) => file.slice(0, -EXTENSION.length))
      .sort()
  );
}
