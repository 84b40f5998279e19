import type { Logger } from 'pino';
import { comparedMoney } from './billing/compared-money.ts';
import { verifyInvoices } from './billing/verify.ts';
import type { Config } from './config.ts';
import type { EventLog } from './log/log.ts';
import type { Metrics } from './metrics.ts';
import type { OpenPool } from './open-database.ts';
import { GROUPS_IN_FLIGHT, PROJECTOR_SERVER_OPTIONS } from './projection/projector.ts';
import { startRebuildWorker } from './projection/rebuild-worker.ts';
import { createSettingsCache } from './projection/settings.ts';
import { startVerification } from './projection/verify-hourly.ts';
import type { Resources } from './resources.ts';
import { shardProcesses } from './shard-processes.ts';

/** Works on whatever rebuild of the projection is under way and verifies the live one hourly, while the service runs. */
export function workOnRebuilds(
  config: Config,
  resources: Resources,
  openPool: OpenPool,
  rest: { log: EventLog; metrics: Metrics; now: () => number; logger: Logger },
): void {
  const { defaultTimeZone } = config;
  const database = openPool('rebuild', { max: 12, statementTimeoutMs: 0 });
  const worker = startRebuildWorker({
    ...rest,
    database,
    projecting: openPool('rebuild projector', {
      max: GROUPS_IN_FLIGHT + 1,
      serverOptions: PROJECTOR_SERVER_OPTIONS,
    }),
    settings: createSettingsCache(defaultTimeZone),
    withShards: shardProcesses({ ...config, url: database.url }),
    money: (live, rebuilt, periods) => comparedMoney(live, rebuilt, periods, defaultTimeZone),
  });
  resources.add('rebuilds', () => worker.stop());
  const verification = startVerification({
    ...rest,
    database,
    defaultTimeZone,
    verifyInvoices: (options) => verifyInvoices(database, options),
  });
  resources.add('verification', () => verification.stop());
}
