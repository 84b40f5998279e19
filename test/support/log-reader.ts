import { pino } from 'pino';
import { type KafkaLogOptions, openKafkaLog } from '../../src/log/kafka/kafka-log.ts';
import { openPostgresLog } from '../../src/log/postgres/postgres-log.ts';
import { openDatabase } from '../../src/store/database.ts';

/** Which log, as JSON in the first argument. */
export type ReaderLog =
  | { kind: 'postgres'; url: string; partitions: number }
  | { kind: 'kafka'; options: Omit<KafkaLogOptions, 'logger'> };

/**
 * An instance to be killed: it reads a log for the group `contract`, prints the partition of each batch it is given
 * and never finishes one.
 */
async function main(log: ReaderLog): Promise<void> {
  const opened = await open(log);
  const subscription = await opened.subscribe({
    group: 'contract',
    concurrency: 100,
    batchSize: 10,
    progress: async (partitions) =>
      new Map(partitions.map((partition) => [partition, { next: 0, last: null }])),
    handle: ({ partition }) => {
      process.stdout.write(`${partition}\n`);
      return new Promise(() => undefined);
    },
    failed: (_, error) => {
      throw error;
    },
  });
  await subscription.done;
}

function open(log: ReaderLog) {
  const logger = pino({ level: 'silent' });
  switch (log.kind) {
    case 'postgres':
      return openPostgresLog({
        pool: openDatabase({ url: log.url }).pool,
        partitions: log.partitions,
        logger,
      });
    case 'kafka':
      return openKafkaLog({ ...log.options, logger });
  }
}

if (import.meta.filename === process.argv[1]) await main(JSON.parse(process.argv[2] ?? ''));
