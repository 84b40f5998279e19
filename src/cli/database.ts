import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { connectEmbedded } from '../store/embedded.ts';

/**
 * Lends a command the database that a service with the same settings uses, an embedded one too, whether that service
 * runs or not. Statements may take as long as they need.
 */
export async function withDatabase<T>(
  config: Config,
  logger: Logger,
  work: (database: Database, url: string) => Promise<T>,
): Promise<T> {
  const embedded =
    config.database.kind === 'embedded' ? await connectEmbedded({ dataDir: config.dataDir, logger }) : null;
  const url = config.database.kind === 'url' ? config.database.url : (embedded?.url ?? '');
  try {
    const database = openDatabase({ url, applicationName: 'janela command', statementTimeoutMs: 0 });
    return await work(database, url).finally(() => database.close());
  } finally {
    await embedded?.stop();
  }
}
