/** What commands share: settings, the database, and how they fail. */

import type { Logger } from 'pino';
import { type Config, type Purpose, readConfig, SETTINGS } from '../config.ts';
import type { Outcome } from '../domain/refusal.ts';
import { requireAccess } from '../store/access.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { connectEmbedded } from '../store/embedded/embedded.ts';
import { newerThanCode, pendingMigrations } from '../store/migrate.ts';
import { bringUpToDate, type DatabaseAccess } from '../store/up-to-date.ts';

/**
 * Lends a command the database that a service with the same settings uses, an embedded one too, whether that service
 * runs or not. Statements may take as long as they need.
 */
export async function withDatabase<T>(
  config: Config,
  logger: Logger,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  return await withAccess(config, logger, async ({ url }) => {
    const database = openDatabase({ url, applicationName: 'janela command', statementTimeoutMs: 0 });
    try {
      await requireAccess(database);
      return await work(database);
    } finally {
      await database.close();
    }
  });
}

/** Brings the database that a service with the same settings uses up to date; resolves with what it applied. */
export async function migrateDatabase(config: Config, logger: Logger): Promise<string[]> {
  return await withAccess(config, logger, async (access) => {
    const { applied, warning } = await bringUpToDate(access);
    if (warning !== null) logger.warn(warning);
    return applied;
  });
}

async function withAccess<T>(
  { database, dataDir }: Config,
  logger: Logger,
  work: (access: DatabaseAccess) => Promise<T>,
): Promise<T> {
  switch (database.kind) {
    case 'url':
      return await work(database);
    case 'embedded': {
      const embedded = await connectEmbedded({ dataDir, logger });
      return await work(embedded).finally(() => embedded.stop());
    }
    default:
      return database satisfies never;
  }
}

/** Ends a command with exit code 1 and this sentence on stderr: something a person can act on, not a defect. */
export class CommandFailed extends Error {
  override name = 'CommandFailed';
}

/** What an operation came to; where it was refused the command fails with this, and why. */
export function valueOrFail<T>(outcome: Outcome<T>, failure?: string): T {
  if (outcome.ok) return outcome.value;
  const { detail, pointer } = outcome.refusal;
  throw new CommandFailed([failure, pointer, detail].filter((part) => part !== undefined).join(': '));
}

/** `1 record`, `2 records`. */
export function plural(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** The settings, or one message that lists every bad one. */
export function requireConfig(purpose: Purpose): Config {
  const result = readConfig(undefined, purpose);
  if (result.ok) return result.config;
  const lines = result.problems.map((problem) => `  ${problem}`);
  throw new CommandFailed(['janela does not start, the settings are wrong:', ...lines].join('\n'));
}

/** For `--help`: the settings with their defaults. */
export function settingsHelp(): string {
  const secrets = Object.entries(SETTINGS).flatMap(([name, { secret }]) => (secret ? [name] : []));
  const widest = Math.max(...Object.keys(SETTINGS).map((name) => name.length));
  const lines = Object.entries(SETTINGS).map(([name, { fallback, allowed }]) => {
    const standard = fallback === null ? '' : ` (default ${fallback})`;
    return `  ${name.padEnd(widest + 2)}${allowed}${standard}`;
  });
  const files = `Each of ${secrets.join(', ')} may stand in a file that <name>_FILE names.`;
  return ['', 'Settings (environment):', ...lines, files].join('\n');
}

/** Rejects with a sentence where the database is older or newer than this code. */
export async function requireMigrated(database: Database): Promise<void> {
  const { pending, unknown } = await pendingMigrations(database);
  if (unknown.length > 0) throw new CommandFailed(newerThanCode(unknown));
  if (pending.length > 0)
    throw new CommandFailed('The database is not up to date: run janela migrate first.');
}
