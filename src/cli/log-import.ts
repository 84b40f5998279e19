import { resolve } from 'node:path';
import type { Logger } from 'pino';
import { invoiceChainNotes } from '../billing/invoice-notes.ts';
import type { Config, KafkaConfig } from '../config.ts';
import { type Imported, type ImportOptions, importLog, requireExport } from '../log/import.ts';
import { createKafkaWriter, refuseWhileProjected } from '../log/import-kafka.ts';
import { createPostgresWriter } from '../log/import-postgres.ts';
import type { ImportTarget } from '../log/import-writer.ts';
import { openKafkaLog } from '../log/kafka.ts';
import { leaveBehind, noteMoved, requireAllOfPostgres } from '../log/moved.ts';
import { openPostgresLog } from '../log/postgres.ts';
import { kafkaConnection } from '../open-log.ts';
import { readChainNotes } from '../projection/chain-notes.ts';
import type { Database } from '../store/database.ts';
import { migrate } from '../store/migrate.ts';
import { servicesAtWork } from '../store/services.ts';
import { withDatabase } from './database.ts';
import { CommandFailed } from './failure.ts';
import { describeImport, importProgress } from './log-import-text.ts';
import { createLogger } from './logger.ts';
import { requireConfig } from './settings.ts';

export async function logImport(folder: string): Promise<void> {
  const config = requireConfig('command');
  const logger = createLogger(config.logLevel);
  // Before anything is made: a topic or a log with a wrong number of partitions would stay.
  const manifest = await requireExport(resolve(folder), config.partitions);
  const startedAt = performance.now();
  const progress = importProgress();
  const imported = await withDatabase(config, logger, async (database) => {
    await migrate(database);
    await refuseBesideServices(database);
    const notes = [...(await readChainNotes(database.db)), ...(await invoiceChainNotes(database.db))];
    const options: ImportOptions = {
      folder: resolve(folder),
      notes,
      progress: progress.show,
      waiting: (error) => logger.warn({ err: error }, 'the log did not answer; looking what it has kept'),
    };
    switch (config.log.kind) {
      case 'postgres':
        return await intoPostgres(config, database, logger, options);
      case 'kafka':
        await requireAllOfPostgres(database.pool, manifest);
        return await intoKafka(config, config.log.kafka, database, logger, options);
      default:
        return config.log satisfies never;
    }
  }).finally(() => progress.end());
  process.stdout.write(describeImport(imported, performance.now() - startedAt, config.log.kind));
}

async function refuseBesideServices({ pool }: Database): Promise<void> {
  const names = await servicesAtWork(pool);
  if (names.length === 0) return;
  throw new CommandFailed(
    `A service works on this database (connections: ${names.join(', ')}): stop every service, then import.`,
  );
}

async function intoPostgres(
  { partitions }: Config,
  { pool }: Database,
  logger: Logger,
  options: ImportOptions,
): Promise<Imported> {
  const log = await openPostgresLog({ pool, partitions, logger, evenIfMoved: true });
  const writer = await createPostgresWriter(pool, partitions);
  const imported = await importInto({ log, writer }, options);
  await noteMoved(pool, null);
  return imported;
}

async function intoKafka(
  { partitions }: Config,
  kafka: KafkaConfig,
  database: Database,
  logger: Logger,
  options: ImportOptions,
): Promise<Imported> {
  const connection = { ...kafkaConnection(kafka), logger };
  await refuseWhileProjected(connection, kafka.topic);
  const log = await openKafkaLog({ ...connection, partitions });
  const imported = await importInto({ log, writer: createKafkaWriter(connection, kafka.topic) }, options);
  await refuseBesideServices(database);
  await leaveBehind(database.pool, imported.manifest, `Kafka topic ${kafka.topic}`);
  return imported;
}

async function importInto(target: ImportTarget, options: ImportOptions): Promise<Imported> {
  try {
    return await importLog(target, options);
  } finally {
    await target.writer.close();
    await target.log.close();
  }
}
