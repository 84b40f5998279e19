import type { Logger } from 'pino';
import type { Config } from '../../config.ts';
import { openKafkaLog } from '../../log/kafka/kafka-log.ts';
import type { EventLog } from '../../log/log.ts';
import { openPostgresLog } from '../../log/postgres/postgres-log.ts';
import { kafkaConnection } from '../../service/open.ts';
import { withDatabase } from '../command.ts';

/**
 * Lends a command the log that the settings name, to read it beside a running service. In Kafka without a database, and
 * whatever state the topic is in: what could be lost is worth reading most.
 */
export async function withLogToRead<T>(
  { log, partitions, ...config }: Config,
  logger: Logger,
  work: (log: EventLog) => Promise<T>,
): Promise<T> {
  switch (log.kind) {
    case 'postgres':
      return await withDatabase({ log, partitions, ...config }, logger, async ({ pool }) =>
        closing(await openPostgresLog({ pool, partitions, logger }), work),
      );
    case 'kafka': {
      const options = { ...kafkaConnection(log.kafka), partitions, logger };
      return await closing(await openKafkaLog({ ...options, readOnly: true }), work);
    }
    default:
      return log satisfies never;
  }
}

async function closing<T>(log: EventLog, work: (log: EventLog) => Promise<T>): Promise<T> {
  try {
    return await work(log);
  } finally {
    await log.close();
  }
}
