/** Brings the database up to this version as its owner, for a service that runs as a role which owns nothing. */

import { DatabaseRefused, requireAccess } from './access.ts';
import { type Database, openDatabase } from './database.ts';
import { DatabaseNewer, migrate, newerThanCode, pendingMigrations } from './migrate.ts';
import { powerOf, roleOf, standingOf } from './runtime-role.ts';

/** The ways to one database. */
export interface DatabaseAccess {
  /** Secret. As the service works. */
  url: string;
  /** Secret. Of the owner of the tables, who migrates; null: as `url`, or somebody else does it. */
  ownerUrl: string | null;
}

export interface UpToDate {
  /** Names of migrations. */
  applied: string[];
  /** Why the service has more power over the database than it should, for whoever runs it; null: it has not. */
  warning: string | null;
}

/**
 * Migrates, and gives the role of the service its rights. Without an owner's way the service is the owner itself, as it
 * was before there were two; or the database has to be up to date. Rejects with `DatabaseRefused`, `DatabaseNewer`, or
 * what PostgreSQL says.
 */
export async function bringUpToDate({ url, ownerUrl }: DatabaseAccess): Promise<UpToDate> {
  return await withPool(url, async (runtime) => {
    await requireAccess(runtime);
    const role = await roleOf(runtime);
    const applied =
      ownerUrl === null ? await withoutOwner(runtime, role) : await asOwner(ownerUrl, runtime, role);
    const power = powerOf(await standingOf(runtime.db, role));
    return { applied, warning: power === null ? null : powerSentence(role, power) };
  });
}

async function withPool<T>(url: string, work: (database: Database) => Promise<T>): Promise<T> {
  const database = openDatabase({ url, max: 2, applicationName: 'janela migrate', statementTimeoutMs: 0 });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

async function asOwner(ownerUrl: string, runtime: Database, role: string): Promise<string[]> {
  return await withPool(ownerUrl, async (owner) => {
    await requireAccess(owner);
    const applied = await migrate(owner, role);
    // Also where the two are ways to different databases.
    await requireNothingPending(runtime, role);
    return applied;
  });
}

async function withoutOwner(runtime: Database, role: string): Promise<string[]> {
  const { rows } = await runtime.pool.query<{ made: boolean; creates: boolean }>(
    `SELECT to_regclass('public.janela_migrations') IS NOT NULL AS made,
       has_database_privilege(current_database(), 'CREATE') AS creates`,
  );
  const [found = { made: false, creates: false }] = rows;
  if (!found.made && !found.creates)
    throw new DatabaseRefused(needsOwner(role, 'There is nothing of janela yet'));
  const { superuser, owns } = await standingOf(runtime.db, role);
  if (!found.made || superuser || owns) return await migrate(runtime);
  await requireNothingPending(runtime, role);
  return [];
}

async function requireNothingPending(runtime: Database, role: string): Promise<void> {
  const { pending, unknown } = await pendingMigrations(runtime);
  if (unknown.length > 0) throw new DatabaseNewer(newerThanCode(unknown));
  if (pending.length > 0) throw new DatabaseRefused(needsOwner(role, 'The database is not up to date'));
}

function needsOwner(role: string, why: string): string {
  return `${why}, and the role ${JSON.stringify(role)} of DATABASE_URL may not change it: run janela migrate with the owner of the same database in MIGRATE_DATABASE_URL.`;
}

function powerSentence(role: string, power: string): string {
  return `The role ${JSON.stringify(role)} of DATABASE_URL ${power}: it could take away what keeps the log, the audit and final invoices as they are. Give the service a role of its own, and the owner to janela migrate in MIGRATE_DATABASE_URL (docs/operations.md, "Roles in PostgreSQL").`;
}
