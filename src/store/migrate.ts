import { readdir } from 'node:fs/promises';
import { type Kysely, sql } from 'kysely';
import type { Database } from './database.ts';
import { LOCKS } from './locks.ts';
import type { Tables } from './tables.ts';

interface Migration {
  up(db: Kysely<Tables>): Promise<void>;
}

export interface MigrationState {
  /** In the code, not yet in the database; oldest first. */
  pending: string[];
  /** In the database, not in the code: the database is newer than this version of janela. */
  unknown: string[];
}

/** The database has been migrated by a newer version: going on could destroy what that version keeps there. */
export class DatabaseNewer extends Error {
  override name = 'DatabaseNewer';
}

const FOLDER = new URL('../../migrations/', import.meta.url);

/**
 * Applies what is pending, in one transaction, and returns the names of what it applied. Processes that start at the
 * same time wait for each other: open the database with `statementTimeoutMs: 0`. Not Kysely's Migrator: that one has a lock key and time limits of its own.
 * Rejects with `DatabaseNewer`.
 */
export async function migrate(database: Database): Promise<string[]> {
  return await database.db.transaction().execute(async (transaction) => {
    await sql`SELECT pg_advisory_xact_lock(${sql.lit(LOCKS.migrate)})`.execute(transaction);
    await sql`
      CREATE TABLE IF NOT EXISTS public.janela_migrations (
        name text COLLATE "C" PRIMARY KEY,
        applied_at timestamptz NOT NULL DEFAULT now()
      )`.execute(transaction);
    const { pending, unknown } = await stateOf(transaction);
    if (unknown.length > 0) throw new DatabaseNewer(newerThanCode(unknown));
    for (const name of pending) {
      const { up } = (await import(new URL(`${name}.ts`, FOLDER).href)) as Migration;
      await up(transaction);
      await sql`INSERT INTO public.janela_migrations (name) VALUES (${name})`.execute(transaction);
    }
    return pending;
  });
}

/** What `migrate` would do. An empty database has everything pending. */
export async function pendingMigrations(database: Database): Promise<MigrationState> {
  const found = await sql<{ exists: boolean }>`
    SELECT to_regclass('public.janela_migrations') IS NOT NULL AS exists`.execute(database.db);
  if (!found.rows[0]?.exists) return { pending: await migrationNames(), unknown: [] };
  return await stateOf(database.db);
}

/** The sentence for a person about migrations that this code does not know. */
export function newerThanCode(unknown: readonly string[]): string {
  return `The database is newer than this version of janela (it has ${unknown.join(', ')}): start the version that migrated it, or a later one.`;
}

async function stateOf(db: Kysely<Tables>): Promise<MigrationState> {
  const names = await migrationNames();
  const applied = await sql<{
    name: string;
  }>`SELECT name FROM public.janela_migrations ORDER BY name`.execute(db);
  const done = new Set(applied.rows.map((row) => row.name));
  return {
    pending: names.filter((name) => !done.has(name)),
    unknown: [...done].filter((name) => !names.includes(name)),
  };
}

async function migrationNames(): Promise<string[]> {
  const files = await readdir(FOLDER);
  return files
    .filter((file) => /^\d{4}_.*\.ts$/.test(file))
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
}
