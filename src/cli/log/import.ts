/** `janela log import`: fills an empty log from a folder. */

import { resolve } from 'node:path';
import type { Logger } from 'pino';
import { invoiceChainNotes } from '../../billing/made-invoices.ts';
import type { Config, KafkaConfig } from '../../config.ts';
import { openKafkaLog } from '../../log/kafka/kafka-log.ts';
import { openPostgresLog } from '../../log/postgres/postgres-log.ts';
import { noteRelocation, relocate, requireNothingLeft } from '../../log/postgres/relocation.ts';
import {
  type Imported,
  type ImportOptions,
  type ImportStage,
  importLog,
  requireExport,
} from '../../log/transfer/import.ts';
import { readKeys } from '../../log/transfer/keys.ts';
import type { ImportTarget } from '../../log/transfer/write.ts';
import { createKafkaWriter, refuseWhileProjected } from '../../log/transfer/write-kafka.ts';
import { createPostgresWriter } from '../../log/transfer/write-postgres.ts';
import { createLogger } from '../../logger.ts';
import { forgetSealedFrom } from '../../projection/read/former-conversations.ts';
import { readChainNotes } from '../../projection/tables/positions.ts';
import { settleMasterKeys } from '../../sealing/sealing.ts';
import { importKeys } from '../../sealing/transfer.ts';
import { kafkaConnection } from '../../service/open.ts';
import type { Database } from '../../store/database.ts';
import { servicesAtWork } from '../../store/services.ts';
import { CommandFailed, migrateDatabase, plural, requireConfig, withDatabase } from '../command.ts';
import { createProgressBar, type ProgressBar } from '../progress-bar.ts';

export async function logImport(folder: string): Promise<void> {
  const config = requireConfig('command');
  const logger = createLogger(config.logLevel);
  // Before anything is made: a topic or a log with a wrong number of partitions would stay.
  const manifest = await requireExport(resolve(folder), config.partitions);
  const startedAt = performance.now();
  const progress = importProgress();
  await migrateDatabase(config, logger);
  const imported = await withDatabase(config, logger, async (database) => {
    await refuseBesideServices(database);
    if (manifest.keys !== undefined)
      await importKeys(
        database.db,
        await readKeys(resolve(folder), manifest.keys),
        await settleMasterKeys(config, database.db),
      );
    const notes = [...(await readChainNotes(database.db)), ...(await invoiceChainNotes(database.db))];
    const options: ImportOptions = {
      folder: resolve(folder),
      notes,
      progress: progress.show,
      waiting: (error) => logger.warn({ err: error }, 'the log did not answer; looking what it has kept'),
    };
    switch (config.log.kind) {
      case 'postgres':
        return await filled(database, intoPostgres(config, database, logger, options));
      case 'kafka':
        await requireNothingLeft(database.pool, manifest);
        return await filled(database, intoKafka(config, config.log.kafka, database, logger, options));
      default:
        return config.log satisfies never;
    }
  }).finally(() => progress.end());
  process.stdout.write(describeImport(imported, performance.now() - startedAt, config.log.kind));
}

/** The next start notes anew up to where its records may be of format 1. */
async function filled({ db }: Database, imported: Promise<Imported>): Promise<Imported> {
  const result = await imported;
  await forgetSealedFrom(db);
  return result;
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
  const log = await openPostgresLog({ pool, partitions, logger, evenIfRelocated: true });
  const writer = await createPostgresWriter(pool, partitions);
  const imported = await importInto({ log, writer }, options);
  await noteRelocation(pool, null);
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
  await relocate(database.pool, imported.manifest, `Kafka topic ${kafka.topic}`);
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

const STAGES: Record<ImportStage, [what: string, unit: string]> = {
  files: ['Checking the files', 'bytes'],
  compare: ['Comparing what the log holds', 'records'],
  write: ['Importing', 'records'],
};

/** A bar for each stage, one after the other. */
function importProgress() {
  let current: { stage: ImportStage; bar: ProgressBar } | null = null;
  return {
    show(stage: ImportStage, done: number, total: number) {
      if (current?.stage !== stage) {
        current?.bar.end();
        current = { stage, bar: createProgressBar(...STAGES[stage]) };
      }
      current.bar.show(done, total);
    },
    end: () => current?.bar.end(),
  };
}

function describeImport(
  { manifest, found, written }: Imported,
  ms: number,
  kind: 'postgres' | 'kafka',
): string {
  const before = found === 0 ? '' : ` after the ${found} that were there`;
  return [
    `Imported ${plural(written, 'record')}${before} in ${(ms / 1_000).toFixed(1)} s. Heads of the hash chains, as exported:`,
    ...manifest.heads.map(({ partition, end, chain }) => `  partition ${partition}, next ${end}: ${chain}`),
    kind === 'kafka'
      ? 'Kafka keeps nobody else from writing; the ends of the topic were checked after the last record. janela verify --log proves the rest once the service has counted.'
      : 'janela verify --log proves it once the service has counted.',
    '',
  ].join('\n');
}
