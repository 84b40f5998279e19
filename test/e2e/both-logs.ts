import { startProcess, type TestProcess } from '../support/servers/process.ts';
import { SEED } from '../support/traffic.ts';
import { ADMIN_API_KEY, type Loaded, type LoadedOptions, startLoaded } from './loaded.ts';
import type { OwnPostgres } from './own-postgres.ts';

export type LogKind = 'postgres' | 'kafka';

export interface WithLog {
  log: LogKind;
  url: string;
  service: TestProcess;
}

/**
 * One service with its log in PostgreSQL and, unless `brokers` is null, one with it in Kafka, in databases of one
 * server; `name` names databases and topic.
 */
export async function startBothLogs(
  server: OwnPostgres,
  name: string,
  brokers: readonly string[] | null,
): Promise<WithLog[]> {
  const starts = [startOne('postgres', await server.database(`${name}_postgres`), {})];
  if (brokers !== null) {
    const settings = { KAFKA_BROKERS: brokers.join(','), KAFKA_TOPIC: `janela.test.${name}.${SEED}` };
    starts.push(startOne('kafka', await server.database(`${name}_kafka`), settings));
  }
  return await Promise.all(starts);
}

async function startOne(log: LogKind, url: string, settings: Record<string, string>): Promise<WithLog> {
  const service = await startProcess({ DATABASE_URL: url, ADMIN_API_KEY, LOG_LEVEL: 'error', ...settings });
  return { log, url, service };
}

/** Clients post to all of them at the same time. */
export function loadAll(
  all: readonly WithLog[],
  loads: Readonly<Record<LogKind, LoadedOptions>>,
): (WithLog & Loaded)[] {
  return all.map((one) => ({ ...one, ...startLoaded(one.service, loads[one.log]) }));
}
