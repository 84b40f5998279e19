import type { Logger } from 'pino';
import type { Config, KafkaConfig } from './config.ts';
import { type KafkaLogOptions, openKafkaLog } from './log/kafka.ts';
import type { EventLog } from './log/log.ts';
import { openPostgresLog } from './log/postgres.ts';
import type { Database } from './store/database.ts';

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
