import { startProcess } from '../testing/process.ts';
import { SEED } from '../testing/traffic.ts';
import { ADMIN_API_KEY, type Loaded, type LoadedOptions, startLoaded } from './loaded.ts';
import type { OwnPostgres } from './own-postgres.ts';

export type LogKind = 'postgres' | 'kafka';

export interface LoadedDatabase extends Loaded {
  log: LogKind;
  url: string;
}

export interface BothOptions {
  /** Null: only the service with its log in PostgreSQL. */
  brokers: readonly string[] | null;
  /** Names databases and topic. */
  name: string;
  loads: Readonly<Record<LogKind, LoadedOptions>>;
}

/** One service with its log in PostgreSQL and one with it in Kafka, in databases of one server, both under load. */
export async function startBothLogs(server: OwnPostgres, options: BothOptions): Promise<LoadedDatabase[]> {
  const { brokers, name } = options;
  const starts = [startOne('postgres', await server.database(`${name}_postgres`), {}, options)];
  if (brokers !== null) {
    const settings = { KAFKA_BROKERS: brokers.join(','), KAFKA_TOPIC: `janela.test.${name}.${SEED}` };
    starts.push(startOne('kafka', await server.database(`${name}_kafka`), settings, options));
  }
  return await Promise.all(starts);
}

async function startOne(
  log: LogKind,
  url: string,
  settings: Record<string, string>,
  { loads }: BothOptions,
): Promise<LoadedDatabase> {
  const service = await startProcess({ DATABASE_URL: url, ADMIN_API_KEY, LOG_LEVEL: 'error', ...settings });
  return { log, url, ...startLoaded(service, loads[log]) };
}
