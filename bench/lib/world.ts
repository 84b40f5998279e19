import { rmSync } from 'node:fs';
import { pino } from 'pino';
import { openKafkaLog } from '../../src/log/kafka/kafka-log.ts';
import type { EventLog } from '../../src/log/log.ts';
import { openPostgresLog } from '../../src/log/postgres/postgres-log.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { startEmbedded } from '../../src/store/embedded/embedded.ts';
import { bringUpToDate } from '../../src/store/up-to-date.ts';
import { startBroker } from '../../test/support/servers/broker.ts';
import { startProcess, stopProcesses, type TestProcess } from '../../test/support/servers/process.ts';
import { temporaryFolder } from '../../test/support/servers/temporary-folder.ts';

export const PARTITIONS = 12;
export const logger = pino({ level: 'warn' }, pino.destination(2));

/** One key sends all of the load. */
const NO_CEILINGS = { REQUESTS_PER_SECOND_PER_KEY: '0', EVENTS_PER_SECOND_PER_KEY: '0' };

/** Whatever a benchmark opened, closed in reverse order. */
export interface World {
  /** A fresh database with the settings of production on the embedded PostgreSQL. */
  database(): Promise<{ url: string; database: Database }>;
  brokers(): Promise<string[]>;
  kafkaLog(topic: string): Promise<EventLog>;
  postgresLog(url: string, partitions?: number): Promise<EventLog>;
  service(settings: Readonly<Record<string, string>>): Promise<TestProcess>;
}

export async function inWorld(use: (world: World) => Promise<void>): Promise<void> {
  const closers: (() => Promise<unknown> | unknown)[] = [];
  let brokers: Promise<string[]> | null = null;

  async function ownBrokers(): Promise<string[]> {
    const broker = await startBroker();
    closers.push(() => broker.stop());
    return broker.brokers;
  }

  const world: World = {
    async database() {
      const dataDir = temporaryFolder('bench');
      closers.push(() => rmSync(dataDir, { recursive: true, force: true }));
      const embedded = await startEmbedded({ dataDir, logger });
      closers.push(() => embedded.stop());
      await bringUpToDate(embedded);
      // As the owner: benches make tables beside ours.
      const database = openDatabase({ url: embedded.ownerUrl, max: 8, statementTimeoutMs: 0 });
      closers.push(() => database.close());
      return { url: embedded.url, database };
    },
    brokers() {
      brokers ??= ownBrokers();
      return brokers;
    },
    async kafkaLog(topic) {
      const log = await openKafkaLog({
        brokers: await world.brokers(),
        topic,
        partitions: PARTITIONS,
        replication: 1,
        clientId: 'janela-bench',
        logger,
      });
      closers.push(() => log.close());
      return log;
    },
    async postgresLog(url, partitions = PARTITIONS) {
      const database = openDatabase({ url, max: 8, applicationName: 'janela log' });
      closers.push(() => database.close());
      const log = await openPostgresLog({ pool: database.pool, partitions, logger });
      closers.push(() => log.close());
      return log;
    },
    async service(settings) {
      const service = await startProcess({ LOG_LEVEL: 'warn', ...NO_CEILINGS, ...settings });
      closers.push(() => service.kill('SIGTERM'));
      return service;
    },
  };
  try {
    await use(world);
  } finally {
    for (const close of closers.reverse()) {
      try {
        await close();
      } catch (error) {
        console.error('could not close', error);
      }
    }
    await stopProcesses();
  }
}
