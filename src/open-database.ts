import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { type Patience, untilThere } from './patience.ts';
import type { Resources } from './resources.ts';
import { type Database, type DatabaseOptions, openDatabase } from './store/database.ts';
import { startEmbedded } from './store/embedded.ts';
import { migrate } from './store/migrate.ts';

/** Opens a pool on the service's database; it is closed with the service. */
export type OpenPool = (
  name: string,
  options?: Omit<DatabaseOptions, 'url' | 'onConnectionError'>,
) => Database;

/**
 * Starts the embedded PostgreSQL or waits for the one of `DATABASE_URL`, and migrates it. Rejects with
 * `DatabaseNewer`, `EmbeddedRefused`, or what PostgreSQL says where waiting would not help (a wrong password).
 */
export async function prepareDatabase(
  config: Pick<Config, 'database' | 'dataDir'>,
  resources: Resources,
  patience: Patience,
): Promise<OpenPool> {
  const { logger } = patience;
  const url = await locate(config, resources, logger);
  const migrating = openDatabase({ url, max: 2, applicationName: 'janela migrate', statementTimeoutMs: 0 });
  try {
    const applied = await untilThere('PostgreSQL', () => migrate(migrating), passes, patience);
    if (applied.length > 0) logger.info({ applied }, 'migrated the database');
  } finally {
    await migrating.close();
  }
  return (name, options = {}) => {
    const database = openDatabase({
      url,
      applicationName: `janela ${name}`,
      onConnectionError: (error) =>
        logger.warn({ err: error, pool: name }, 'a connection to PostgreSQL broke'),
      ...options,
    });
    resources.add(`database (${name})`, () => database.close());
    return database;
  };
}

async function locate(
  { database, dataDir }: Pick<Config, 'database' | 'dataDir'>,
  resources: Resources,
  logger: Logger,
): Promise<string> {
  switch (database.kind) {
    case 'url':
      return database.url;
    case 'embedded': {
      const embedded = await startEmbedded({ dataDir, logger });
      resources.add('embedded PostgreSQL', () => embedded.stop());
      return embedded.url;
    }
    default:
      return database satisfies never;
  }
}

/** Not reachable, starting, going down, or full. */
const CODES =
  /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|57P0[1-5]|53...|08...)$/;
const MESSAGES = /^(Connection terminated|timeout exceeded when trying to connect|timeout expired)/;

function passes(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? CODES.test(code) : MESSAGES.test(error.message);
}
