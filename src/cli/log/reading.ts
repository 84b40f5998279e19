import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Config } from '../../config.ts';
import { openKafkaLog } from '../../log/kafka/kafka-log.ts';
import type { EventLog } from '../../log/log.ts';
import { openPostgresLog } from '../../log/postgres/postgres-log.ts';
import { kafkaConnection } from '../../service/open.ts';
import type { Tables } from '../../store/tables.ts';
import { withDatabase } from '../command.ts';

/**
 * Lends a command the log that the settings name, to read it beside a running service. In Kafka also without a database (then null), and
 * whatever state the topic is in: what could be lost is worth reading most.
 */
export async function withLogToRead<T>(
  { log, partitions, ...config }: Config,
  logger: Logger,
  work: (log: EventLog, db: Kysely<Tables> | null) => Promise<T>,
): Promise<T> {
  switch (log.kind) {
    case 'postgres':
      return await withDatabase({ log, partitions, ...config }, logger, async ({ pool, db }) =>
        closing(await openPostgresLog({ pool, partitions, logger }), (log) => work(log, db)),
      );
    case 'kafka': {
      const options = { ...kafkaConnection(log.kafka), partitions, logger };
      const read = (db: Kysely<Tables> | null) => async () =>
        await closing(await openKafkaLog({ ...options, readOnly: true }), (log) => work(log, db));
      return await withDatabaseIfThere({ log, partitions, ...config }, logger, read);
    }
    default:
      return log satisfies never;
  }
}

/** What could be lost is worth reading most, also where the database is gone. */
async function withDatabaseIfThere<T>(
  config: Config,
  logger: Logger,
  work: (db: Kysely<Tables> | null) => () => Promise<T>,
): Promise<T> {
  let begun = false;
  try {
    return await withDatabase(config, logger, async (database) => {
      await database.db.selectFrom('sealing.hash_secret').select('only_row').execute();
      begun = true;
      return await work(database.db)();
    });
  } catch (error) {
    if (begun) throw error;
    logger.warn(
      { err: error },
      'the database did not answer: the keys that open what the log keeps sealed are not exported with it',
    );
    return await work(null)();
  }
}

async function closing<T>(log: EventLog, work: (log: EventLog) => Promise<T>): Promise<T> {
  try {
    return await work(log);
  } finally {
    await log.close();
  }
}
