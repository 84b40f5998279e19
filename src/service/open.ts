/** Opens the database and the log that the settings name, waiting for what is not there yet. */

import type { Logger } from 'pino';
import { pause } from '../async.ts';
import type { Config, KafkaConfig } from '../config.ts';
import { type KafkaLogOptions, openKafkaLog } from '../log/kafka/kafka-log.ts';
import { type EventLog, LogUnavailable } from '../log/log.ts';
import { openPostgresLog } from '../log/postgres/postgres-log.ts';
import { type Database, type DatabaseOptions, openDatabase } from '../store/database.ts';
import { startEmbedded } from '../store/embedded/embedded.ts';
import { isDatabaseUnavailable } from '../store/unavailable.ts';
import { bringUpToDate, type DatabaseAccess } from '../store/up-to-date.ts';
import type { Resources } from './resources.ts';

/** Opens a pool on the service's database; it is closed with the service. */
export type OpenPool = (
  name: string,
  /** `url`: of another server than the service's. */
  options?: Omit<DatabaseOptions, 'url' | 'onConnectionError'> & { url?: string },
) => Database;

/**
 * Starts the embedded PostgreSQL or waits for the one of `DATABASE_URL`, and brings it up to date. Rejects with
 * `DatabaseNewer`, `DatabaseInUse`, `EmbeddedRefused`, `DatabaseRefused`, or what PostgreSQL says where waiting would not help (a wrong password).
 */
export async function prepareDatabase(
  config: Pick<Config, 'database' | 'dataDir'>,
  resources: Resources,
  waiting: Waiting,
): Promise<OpenPool> {
  const { logger } = waiting;
  const access = await databaseAccess(config, resources, logger);
  const { url } = access;
  const prepare = () => bringUpToDate(access);
  const { applied, warning } = await whenReady(prepare, waiting);
  if (applied.length > 0) logger.info({ applied }, 'migrated the database');
  if (warning !== null) logger.warn(warning);
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

async function databaseAccess(
  { database, dataDir }: Pick<Config, 'database' | 'dataDir'>,
  resources: Resources,
  logger: Logger,
): Promise<DatabaseAccess> {
  switch (database.kind) {
    case 'url':
      return database;
    case 'embedded': {
      const embedded = await startEmbedded({ dataDir, logger });
      resources.add('embedded PostgreSQL', () => embedded.stop());
      return embedded;
    }
    default:
      return database satisfies never;
  }
}

/** PgBouncer has one code, 08P01, for what passes and for what does not. */
const LASTING = /^(no such (database|user)|unsupported |.*auth\w* failed)/i;

/** What the error says is not there now, and may be later; null: waiting would not help. */
function awaited(error: unknown): string | null {
  if (error instanceof LogUnavailable) return 'the event log';
  return isDatabaseUnavailable(error) && !LASTING.test((error as Error).message) ? 'PostgreSQL' : null;
}

/** Opens the event log that the settings name. Rejects with `LogBroken` or `LogUnavailable`. */
export async function openLog(
  { log, partitions }: Pick<Config, 'log' | 'partitions'>,
  /** Where the log is in PostgreSQL. */
  database: Database,
  logger: Logger,
): Promise<EventLog> {
  switch (log.kind) {
    case 'postgres':
      return await openPostgresLog({ pool: database.pool, partitions, logger });
    case 'kafka':
      return await openKafkaLog({ ...kafkaConnection(log.kafka), partitions, logger });
    default:
      return log satisfies never;
  }
}

/** Says that the password of the broker can be read on the way. */
export function warnOfPlainPassword({ log }: Pick<Config, 'log'>, logger: Logger): void {
  if (log.kind !== 'kafka' || log.kafka.ssl !== false || log.kafka.sasl?.mechanism !== 'plain') return;
  logger.warn(
    'KAFKA_SASL_MECHANISM is PLAIN and KAFKA_SSL is off: the password of the broker crosses the network in clear',
  );
}

/** What the settings say about the topic and the way to it. */
export function kafkaConnection({
  brokers,
  topic,
  replication,
  ssl,
  sasl,
}: KafkaConfig): Omit<KafkaLogOptions, 'logger' | 'partitions'> {
  return {
    brokers,
    clientId: 'janela',
    topic,
    replication,
    ssl,
    ...(sasl === null ? {} : { sasl: sasl as KafkaLogOptions['sasl'] }),
  };
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

export interface Waiting {
  logger: Logger;
  /** Ends the waiting: rejects with its reason. */
  signal: AbortSignal;
}

/**
 * Runs a step of the start until it works. Services start in any order and come back at any time, so a database or log
 * that is not there yet, or is gone again by now, is waited for, with a line in the log; what will not get better by
 * waiting is rejected at once. A step that fails leaves nothing behind that its next try would meet.
 */
export async function whenReady<T>(step: () => Promise<T>, { logger, signal }: Waiting): Promise<T> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    signal.throwIfAborted();
    try {
      return await step();
    } catch (error) {
      const what = awaited(error);
      if (what === null) throw error;
      logger.warn(`Waiting for ${what}: ${(error as Error).message}`);
    }
    await pause(pauseMs, signal);
  }
}
