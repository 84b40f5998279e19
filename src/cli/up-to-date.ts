import type { Database } from '../store/database.ts';
import { newerThanCode, pendingMigrations } from '../store/migrate.ts';
import { CommandFailed } from './failure.ts';

/** Rejects with a sentence where the database is older or newer than this code. */
export async function requireMigrated(database: Database): Promise<void> {
  const { pending, unknown } = await pendingMigrations(database);
  if (unknown.length > 0) throw new CommandFailed(newerThanCode(unknown));
  if (pending.length > 0)
    throw new CommandFailed('The database is not up to date: run janela migrate first.');
}
