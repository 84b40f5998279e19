/** What a command needs to work on a rebuild itself. */

import { comparedMoney } from '../../billing/compared-money.ts';
import { wallClock } from '../../clock.ts';
import { COMMAND_LINE } from '../../keys/rights.ts';
import type { EventLog } from '../../log/log.ts';
import { createLogger } from '../../logger.ts';
import { PROJECTOR_SERVER_SETTINGS } from '../../projection/live/projector.ts';
import { startRebuildWorker } from '../../projection/rebuild/work/worker.ts';
import { createSettingsCache } from '../../projection/tables/tenant-rules.ts';
import { withUnsealing } from '../../service/keys.ts';
import { openLog } from '../../service/open.ts';
import { shardProcesses } from '../../service/shards.ts';
import { type Database, openDatabase } from '../../store/database.ts';
import { requireDefaultTimeZone } from '../../store/default-time-zone.ts';
import { requireConfig, withDatabase } from '../command.ts';

/** Who does it, and when, for the audit. */
export function by(): { actor: string; at: number } {
  return { actor: COMMAND_LINE.id, at: wallClock() };
}

export interface Workbench {
  database: Database;
  log: EventLog;
  /** IANA name. */
  defaultTimeZone: string;
}

/** Runs with a worker that drives the rebuild, unless a service does. */
export async function withWorker<T>(work: (bench: Workbench) => Promise<T>): Promise<T> {
  const config = requireConfig('command');
  const logger = createLogger(config.logLevel);
  return await withDatabase(config, logger, async (database) => {
    const { url } = database;
    const defaultTimeZone = await requireDefaultTimeZone(database.db, config.defaultTimeZone);
    const log = await openLog(config, database, logger);
    const projecting = openDatabase({
      url,
      max: 4,
      applicationName: 'janela rebuild',
      serverSettings: PROJECTOR_SERVER_SETTINGS,
    });
    return await withUnsealing(config, database, logger, async (unsealing, secrets) => {
      const worker = startRebuildWorker({
        unsealing,
        database,
        projecting,
        log,
        settings: createSettingsCache(defaultTimeZone),
        withShards: shardProcesses({ ...config, secrets, defaultTimeZone, url }),
        money: (live, rebuilt, periods) => comparedMoney(live, rebuilt, periods, defaultTimeZone),
        logger,
        now: wallClock,
      });
      try {
        return await work({ database, log, defaultTimeZone });
      } finally {
        await worker.stop();
        await projecting.close();
        await log.close();
      }
    });
  });
}
