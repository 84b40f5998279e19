import pino from 'pino';
import { comparedMoney } from '../../src/billing/compared-money.ts';
import type { EventLog } from '../../src/log/log.ts';
import { PROJECTOR_SERVER_SETTINGS } from '../../src/projection/live/projector.ts';
import { missing } from '../../src/projection/rebuild/promote.ts';
import { findRebuild, type Rebuild } from '../../src/projection/rebuild/state.ts';
import { createLocalShard } from '../../src/projection/rebuild/work/shard.ts';
import {
  type RebuildWorker,
  type RebuildWorkerDeps,
  startRebuildWorker,
} from '../../src/projection/rebuild/work/worker.ts';
import { createSettingsCache } from '../../src/projection/tables/tenant-rules.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { TEST_ZONE } from './projected.ts';
import { unsealingIn } from './sealing.ts';
import { until } from './until.ts';

export interface RebuildBench {
  /** Without time limits. */
  database: Database;
  /** With what a test has in place of the usual. */
  start(instead?: Partial<RebuildWorkerDeps>): RebuildWorker;
  /** Waits for a state; fails where the rebuild failed. */
  reached(id: number, state: Rebuild['state']): Promise<Rebuild>;
  /** Waits until a projection has everything that the live one has. */
  sameAsLive(schema: string): Promise<void>;
  close(): Promise<void>;
}

/** What a process has that works on rebuilds. */
export function rebuildBench(url: string, log: EventLog): RebuildBench {
  const database = openDatabase({ url, statementTimeoutMs: 0 });
  const projecting = openDatabase({ url, max: 4, serverSettings: PROJECTOR_SERVER_SETTINGS });
  return {
    database,
    start: (instead = {}) =>
      startRebuildWorker({
        database,
        projecting,
        log,
        settings: createSettingsCache(TEST_ZONE),
        unsealing: unsealingIn(database.db),
        withShards: (use) =>
          use(
            [0, 1].map(() =>
              createLocalShard({
                database,
                log,
                settings: createSettingsCache(TEST_ZONE),
                unsealing: unsealingIn(database.db),
              }),
            ),
          ),
        money: (live, rebuilt, periods) => comparedMoney(live, rebuilt, periods, TEST_ZONE),
        now: Date.now,
        noteMs: 50,
        logger: pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' }),
        ...instead,
      }),
    async reached(id, state) {
      let found: Rebuild | null = null;
      await until(
        async () => {
          found = await findRebuild(database.db, id);
          if (found?.state === 'failed' && state !== 'failed')
            throw new Error(`the rebuild failed: ${found.error}`);
          return found?.state === state;
        },
        { what: `rebuild ${id} to be ${state}` },
      );
      return found as unknown as Rebuild;
    },
    async sameAsLive(schema) {
      await until(async () => (await missing(database.db, schema)) === 0, { what: `${schema} to catch up` });
    },
    async close() {
      await projecting.close();
      await database.close();
    },
  };
}
