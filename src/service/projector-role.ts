/** What a process with the role `projector` runs: the projection, and everything that goes on beside it. */

import type { Logger } from 'pino';
import { removeBrokenZoneChanges } from '../billing/change-zone.ts';
import { comparedMoney } from '../billing/compared-money.ts';
import { FINANCE_CONNECTIONS } from '../billing/locks.ts';
import { startRunWorker } from '../billing/runs/worker.ts';
import type { Config } from '../config.ts';
import type { LogEndsWatch } from '../health/log-ends.ts';
import { watchUnmatched } from '../health/unmatched.ts';
import { type EventLog, LogBroken } from '../log/log.ts';
import type { Metrics } from '../metrics.ts';
import {
  type ChangedPeriods,
  createChangedPeriods,
  startAdjustments,
} from '../notifications/adjustments/watch.ts';
import { startDelivering } from '../notifications/deliver.ts';
import { createSuspects, type Suspects } from '../notifications/thresholds/suspects.ts';
import { startThresholds } from '../notifications/thresholds/watch.ts';
import { startPublishing } from '../notifications/topic.ts';
import { startErasing } from '../privacy/erase.ts';
import {
  type CountListener,
  GROUPS_IN_FLIGHT,
  PROJECTOR_SERVER_SETTINGS,
  type Projector,
  startProjector,
} from '../projection/live/projector.ts';
import { createPositionWaiter } from '../projection/read/position-waiter.ts';
import { startRebuildWorker } from '../projection/rebuild/work/worker.ts';
import { liveNextOffsets } from '../projection/tables/positions.ts';
import { createSettingsCache } from '../projection/tables/tenant-rules.ts';
import type { Unsealing } from '../projection/unsealing.ts';
import type { Sealing } from '../sealing/sealing.ts';
import type { Database } from '../store/database.ts';
import { startVerification } from '../verify/hourly.ts';
import { verifyInvoices } from '../verify/invoices/verify-invoices.ts';
import { kafkaConnection, type OpenPool, type Waiting, whenReady } from './open.ts';
import type { Resources } from './resources.ts';
import { shardProcesses } from './shards.ts';

interface ProjectorState {
  /** Why it stopped for good; the API goes on answering. */
  failure(): Error | null;
  /** Resolves with an error that nobody foresaw. */
  failed: Promise<unknown>;
  work: Projector['work'];
}

async function project(
  config: Config,
  resources: Resources,
  openPool: OpenPool,
  rest: Waiting & {
    log: EventLog;
    unsealing: Unsealing;
    metrics: Metrics;
    now: () => number;
    listener: CountListener;
  },
): Promise<ProjectorState> {
  const { logger } = rest;
  const deps = {
    ...rest,
    database: openPool('projector', {
      max: GROUPS_IN_FLIGHT + 1,
      serverSettings: PROJECTOR_SERVER_SETTINGS,
    }),
    settings: createSettingsCache(config.defaultTimeZone),
  };
  const projector = await whenReady(() => startProjector(deps), rest);
  resources.add('projector', () => projector.stop());
  let failure: Error | null = null;
  const failed = new Promise((resolve) => {
    projector.done.catch((error: unknown) => {
      failure = error instanceof Error ? error : new Error(String(error));
      if (error instanceof LogBroken) logger.error(`The projector stopped: ${error.message}`);
      else resolve(error);
    });
  });
  return { failure: () => failure, failed, work: () => projector.work() };
}

/** Projects, and does what processes that project do beside it. */
export async function projectAndMore(
  config: Config,
  resources: Resources,
  openPool: OpenPool,
  {
    db,
    ...rest
  }: Waiting & Parameters<typeof workOnRebuilds>[3] & Pick<TellingDeps, 'sealing'> & { db: Database['db'] },
): Promise<ProjectorState> {
  const suspects = createSuspects();
  const changed = createChangedPeriods(rest.now);
  const listener: CountListener = {
    counted(counted) {
      suspects.counted(counted);
      changed.counted(counted);
    },
    missed() {
      suspects.missed();
      changed.missed();
    },
  };
  const projector = await project(config, resources, openPool, { ...rest, listener });
  workBesideProjector(config, resources, openPool, { ...rest, db, suspects, changed, projector });
  return projector;
}

/** What processes that project do beside it. */
function workBesideProjector(
  config: Config,
  resources: Resources,
  openPool: OpenPool,
  { db, ...rest }: Parameters<typeof workOnRebuilds>[3] & TellingDeps & { db: Database['db'] },
): void {
  const zones = removeBrokenZoneChanges(db, rest.logger);
  resources.add('changes of zones', () => zones.stop());
  workOnRebuilds(config, resources, openPool, rest);
  workOnInvoiceRuns(config, resources, openPool, rest);
  erase(config, resources, openPool, rest);
  tellOthers(config, resources, openPool, rest);
}

/** Works on whatever rebuild of the projection is under way, and looks at the live one now and then. */
function workOnRebuilds(
  config: Config,
  resources: Resources,
  openPool: OpenPool,
  {
    sealing: { secrets },
    ...rest
  }: {
    log: EventLog;
    ends: LogEndsWatch['ends'];
    sealing: { secrets: readonly Buffer[] };
    unsealing: Unsealing;
    metrics: Metrics;
    now: () => number;
    logger: Logger;
  },
): void {
  const { defaultTimeZone } = config;
  const database = openPool('rebuild', { max: 12, statementTimeoutMs: 0 });
  const worker = startRebuildWorker({
    ...rest,
    database,
    projecting: openPool('rebuild projector', {
      max: GROUPS_IN_FLIGHT + 1,
      serverSettings: PROJECTOR_SERVER_SETTINGS,
    }),
    settings: createSettingsCache(defaultTimeZone),
    withShards: shardProcesses({ ...config, secrets, url: database.url }),
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
  const unmatched = watchUnmatched({ ...rest, db: database.db });
  resources.add('receipts without message', () => unmatched.stop());
}

/** Makes months final that somebody asked for, while the service runs. */
function workOnInvoiceRuns(
  { defaultTimeZone, graceHours }: Config,
  resources: Resources,
  openPool: OpenPool,
  {
    log,
    now,
    ...rest
  }: { log: EventLog; unsealing: Unsealing; metrics: Metrics; now: () => number; logger: Logger },
): void {
  // One connection holds the lock of whoever works on the run; the rest is for what is noted of it.
  const { db, pool } = openPool('invoice runs', { max: 4 });
  const worker = startRunWorker({
    ...{ db, pool, defaultTimeZone, graceHours, ...rest },
    financePool: openPool('finance of invoice runs', { max: FINANCE_CONNECTIONS }).pool,
    clock: now,
    freshLogEnds: () => log.ends(),
    waiter: createPositionWaiter(() => liveNextOffsets(db)),
  });
  resources.add('invoice runs', () => worker.stop());
}

interface TellingDeps {
  log: Pick<EventLog, 'partitions'>;
  projector: Pick<ProjectorState, 'work'>;
  suspects: Suspects;
  changed: ChangedPeriods;
  sealing: Pick<Sealing, 'master'>;
  metrics: Metrics;
  now: () => number;
  logger: Logger;
}

/** Judges thresholds, looks for adjustments, and delivers notifications to webhooks, while the service runs. */
function tellOthers(
  { webhooksAllowInsecure: allowInsecure, defaultTimeZone, log: logSettings }: Config,
  resources: Resources,
  openPool: OpenPool,
  { log, projector, suspects, changed, sealing, now: clock, metrics, logger }: TellingDeps,
): void {
  const { db } = openPool('notifications', { max: 6 });
  const shared = { db, clock, metrics, logger };
  const delivering = startDelivering({ ...shared, sealer: sealing.master, allowInsecure });
  resources.add('notifications', () => delivering.stop());
  const thresholds = startThresholds({
    ...{ ...shared, suspects, defaultTimeZone },
    alone: () => projector.work().size === log.partitions,
  });
  resources.add('thresholds', () => thresholds.stop());
  const adjustments = startAdjustments({ ...shared, changed });
  resources.add('adjustments', () => adjustments.stop());
  if (logSettings.kind !== 'kafka' || logSettings.kafka.notifications === null) return;
  const { notifications: topic, replication } = logSettings.kafka;
  const publishing = startPublishing({
    ...{ ...shared, topic, replication },
    connection: { ...kafkaConnection(logSettings.kafka), logger },
  });
  resources.add('topic of notifications', () => publishing.stop());
}

/** Destroys the keys of contacts that are to be erased, while the service runs. */
function erase(
  { keyLeaseSeconds }: Config,
  resources: Resources,
  openPool: OpenPool,
  { log, unsealing, now, logger }: { log: EventLog; unsealing: Unsealing; now: () => number; logger: Logger },
): void {
  // One connection holds the lock of whoever erases.
  const { db, pool } = openPool('erasing', { max: 3 });
  const erasing = startErasing({
    ...{ db, pool, unsealing, clock: now, logger, leaseMs: keyLeaseSeconds * 1_000 },
    freshLogEnds: () => log.ends(),
  });
  resources.add('erasing', () => erasing.stop());
}
