/** The composition root: opens, wires, starts and stops everything that `serve` runs. */

import type { Logger } from 'pino';
import { pause } from '../async.ts';
import { FINANCE_CONNECTIONS } from '../billing/locks.ts';
import { wallClock } from '../clock.ts';
import type { Config } from '../config.ts';
import { createLogBlocked } from '../health/log-blocked.ts';
import { type LogEndsWatch, watchLogEnds } from '../health/log-ends.ts';
import { checkLogIdentity } from '../health/log-identity.ts';
import { checkRetention } from '../health/log-retention.ts';
import { measureLag, type ProjectionLag } from '../health/projection-lag.ts';
import { checkReadiness, sayOnce } from '../health/readiness.ts';
import { buildApp, buildHealthApp } from '../http/app.ts';
import { PAGE_CONNECTIONS, QUICK_CONNECTIONS, SLOW_CONNECTIONS } from '../http/conventions/read-lanes.ts';
import { showRejection } from '../http/events/rejection.ts';
import { type Batcher, createBatcher } from '../intake/batcher.ts';
import { secretConnections } from '../intake/connections/connections.ts';
import { followConnections, type KnownConnections } from '../intake/connections/known-connections.ts';
import { countUnmapped } from '../intake/connections/unmapped.ts';
import { followLinks, type KnownLinks } from '../intake/contacts/known-links.ts';
import { changesAfter, type LinkStore } from '../intake/contacts/links.ts';
import { sealClearLinks } from '../intake/contacts/seal-clear.ts';
import { startInbox } from '../intake/inbox/inbox.ts';
import { createRegisteredTenants, type RegisteredTenants } from '../intake/registered-tenants.ts';
import type { Intake, TakeDeps } from '../intake/take-events.ts';
import { traceAppends } from '../intake/traced.ts';
import { type AdminKey, settleAdminKey } from '../keys/admin-key.ts';
import type { EventLog } from '../log/log.ts';
import { createRecordSealer, type RecordSealer } from '../log/sealing/record-sealer.ts';
import { rememberTraces } from '../log/traces.ts';
import { changeableLevel } from '../logger.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import { formerConversations, noteSealedFrom } from '../projection/read/former-conversations.ts';
import { createUnsealing } from '../projection/unsealing.ts';
import { startRewrap } from '../sealing/rewrap.ts';
import { openSealing, type Sealing, settleMasterKeys } from '../sealing/sealing.ts';
import type { Database } from '../store/database.ts';
import { fixDefaultTimeZone } from '../store/default-time-zone.ts';
import { registeredAmong } from '../store/tenants.ts';
import { isTracing } from '../tracing.ts';
import { connectionsWithin } from './descriptors.ts';
import { serve } from './listen.ts';
import {
  kafkaConnection,
  type OpenPool,
  openLog,
  prepareDatabase,
  type Waiting,
  warnOfPlainPassword,
  whenReady,
} from './open.ts';
import { projectAndMore } from './projector-role.ts';
import { openReads } from './reads.ts';
import { createResources, type Released, type Resources } from './resources.ts';

export interface Service {
  url: string;
  /** null where the API is not among the roles. */
  adminKey: AdminKey | null;
  /** Resolves if something goes wrong that only a restart can mend. */
  failed: Promise<unknown>;
  /**
   * Lets `/readyz` answer 503, so that requests go elsewhere, while everything goes on. Resolves after
   * `DRAIN_SECONDS`, or when the signal is aborted.
   */
  drain(signal: AbortSignal): Promise<undefined>;
  /** Stops intake, finishes what was promised, commits and closes; at most `SHUTDOWN_SECONDS`. */
  stop(): Promise<Released>;
}

/** Look-ups of keys, readiness, and how far the projection is: nothing else ever keeps them waiting. */
const HEALTH_CONNECTIONS = 3;

/** Keys of contacts, which whoever posts or shows waits for. */
const SEALING_CONNECTIONS = 3;

/** Some 20 MB of memory for a sender that is alone; at 40,000 events/s half a second's work. More is refused with a 503. */
const INTAKE = { maxRecords: 20_000, maxBytes: 16 * 1024 * 1024 } as const;

/** Opens everything that the roles need; when that fails, what is open already is closed again. */
export async function startService(config: Config, options: Waiting): Promise<Service> {
  const resources = createResources(options.logger);
  const timeoutMs = config.shutdownSeconds * 1_000;
  try {
    return { ...(await open(config, resources, options)), stop: () => resources.release(timeoutMs) };
  } catch (error) {
    await resources.release(timeoutMs);
    throw error;
  }
}

async function open(given: Config, resources: Resources, waiting: Waiting): Promise<Omit<Service, 'stop'>> {
  const { logger } = waiting;
  const openPool = await prepareDatabase(given, resources, waiting);
  const database = openPool('api', { max: QUICK_CONNECTIONS });
  const health = openPool('health', { max: HEALTH_CONNECTIONS });
  const fixZone = () => fixDefaultTimeZone(database.db, given.defaultTimeZone);
  const defaultTimeZone = await whenReady(fixZone, waiting);
  const sealing = await openKeys(given, resources, openPool, waiting);
  const connections = connectionsWithin(given.limits.connections, logger);
  const config = { ...given, defaultTimeZone, limits: { ...given.limits, connections } };
  const log = await logWhenReady(config, resources, openPool, database, waiting);
  await whenReady(async () => noteSealedFrom(database.db, await log.ends()), waiting);
  const unsealing = createUnsealing(sealing, database.db);

  const metrics = createMetrics();
  const now = wallClock;
  const intake = isTracing ? traceAppends(createBatcher(log, INTAKE)) : createBatcher(log, INTAKE);
  const { ends, lag } = await watch(resources, { log, db: health.db, intake, metrics, now, logger });
  const projector = config.roles.has('projector')
    ? await projectAndMore(config, resources, openPool, {
        ...{ db: database.db, log, ends: ends.ends, sealing, unsealing, metrics, now, ...waiting },
      })
    : null;

  const projectorFailure = () => projector?.failure() ?? null;
  const identity = checkLogIdentity({
    ...{ db: health.db, log, logger },
    broken: () => projectorFailure() ?? lag.broken(),
  });
  resources.add('comparison of the log', () => identity.stop());
  const draining = createDraining(config.drainSeconds);
  const unsaid = sayOnce(logger);
  const readiness = () =>
    checkReadiness({
      ...{ unsaid, database: health, log: ends, lag, logRefusal: identity.refusal, projector },
      draining: draining.hasStarted,
    });
  const slow = openPool('slow reads', { max: SLOW_CONNECTIONS });
  const logLevel = changeableLevel(logger, config.logLevel);
  resources.add('log level', async () => logLevel.stop());
  const adminKey = config.roles.has('api') ? settleAdminKey(config) : null;
  const store = { db: database.db, sealing };
  const taking = { log, intake, identity, metrics, ...waiting };
  const doors = adminKey === null ? null : await openDoors(resources, store, taking);
  const app =
    adminKey === null || doors === null
      ? await buildHealthApp({ metrics, readiness, logger, limits: config.limits })
      : await buildApp({
          ...doors,
          db: database.db,
          slowDb: slow.db,
          ...(await openReads(config, resources, openPool, {
            quick: database,
            slow,
            health,
            metrics,
            logger,
          })),
          keysDb: health.db,
          pagesDb: openPool('pages', { max: PAGE_CONNECTIONS }).db,
          ...{ readiness, unsealing, logLevel },
          ...settingsOfApi(config),
          adminKeys: adminKey.secrets,
          connections: await connectionsOf(resources, database, { sealing, metrics, ...waiting }),
          logEnds: () => ends.ends(),
          freshLogEnds: () => log.ends(),
          pool: database.pool,
          financePool: openPool('finance', { max: FINANCE_CONNECTIONS }).pool,
          projectorWork: () => projector?.work() ?? null,
        });
  resources.add('intake', () => intake.stop());
  if (doors !== null) takeInbox(config, resources, doors);
  const url = await serve(app, 'HTTP', { ...config, setting: 'PORT' }, resources);
  await serveMetrics({ metrics, readiness, logger, limits: config.limits }, config, resources);
  return { url, adminKey, failed: projector?.failed ?? new Promise(() => undefined), drain: draining.start };
}

/** What whatever takes events needs: the API, and the inbox. */
async function openDoors(
  resources: Resources,
  store: Parameters<typeof identities>[1] & { sealing: Sealing },
  {
    log,
    intake,
    identity,
    metrics,
    ...waiting
  }: Waiting & {
    log: EventLog;
    intake: Batcher;
    identity: Pick<ReturnType<typeof checkLogIdentity>, 'allow'>;
    metrics: Metrics;
  },
) {
  const { logger } = waiting;
  return {
    intake: {
      append: (records, sender) => identity.allow(() => intake.append(records, sender)),
      largestRecord: log.largestRecord,
      isFull: intake.isFull,
    } satisfies Intake,
    ...{ metrics, logger, sealing: store.sealing, clock: wallClock, partitions: log.partitions },
    ...(await identities(resources, store, waiting)),
    recordSealer: sealRecords(resources, store.sealing, logger),
  };
}

/** What makes records of events. */
function sealRecords(resources: Resources, { hashSecret }: Sealing, logger: Logger): RecordSealer {
  const sealer = createRecordSealer({ hashSecret, logger });
  resources.add('sealing', () => sealer.stop());
  return sealer;
}

function settingsOfApi({ metricsPort, ...config }: Config) {
  const { limits, defaultTimeZone, graceHours, portalFrameAncestors, webhooksAllowInsecure } = config;
  return {
    ...{ limits, defaultTimeZone, graceHours, portalFrameAncestors, webhooksAllowInsecure },
    metricsHere: metricsPort === null,
  };
}

/** Metrics, where they have a port of their own, and how the process is. */
async function serveMetrics(
  deps: Parameters<typeof buildHealthApp>[0],
  config: Config,
  resources: Resources,
): Promise<void> {
  if (config.metricsPort === null) return;
  const app = await buildHealthApp(deps);
  const where = { ...config, port: config.metricsPort, setting: 'METRICS_PORT' };
  const url = await serve(app, 'metrics', where, resources);
  app.log.info(`metrics at ${url}/metrics`);
}

interface Draining {
  start: Service['drain'];
  hasStarted(): boolean;
}

function createDraining(seconds: number): Draining {
  let hasStarted = false;
  return {
    hasStarted: () => hasStarted,
    async start(hurried) {
      hasStarted = true;
      await pause(seconds * 1_000, hurried);
      return undefined;
    },
  };
}

async function logWhenReady(
  config: Config,
  resources: Resources,
  openPool: OpenPool,
  database: Database,
  waiting: Waiting,
): Promise<EventLog> {
  const logDatabase = config.log.kind === 'postgres' ? openPool('log') : database;
  warnOfPlainPassword(config, waiting.logger);
  const log = await whenReady(() => openLog(config, logDatabase, waiting.logger), waiting);
  resources.add('event log', () => log.close());
  return isTracing ? rememberTraces(log) : log;
}

/** Keeps looking where the log ends, how far the projection is behind it, and whether the log keeps everything. */
async function watch(
  resources: Resources,
  {
    log,
    db,
    intake,
    metrics,
    now,
    logger,
  }: {
    log: EventLog;
    db: Database['db'];
    intake: Batcher;
    metrics: Metrics;
    now: () => number;
    logger: Logger;
  },
): Promise<{ ends: LogEndsWatch; lag: ProjectionLag }> {
  const monotonic = () => performance.now();
  const lag = measureLag({ db, metrics, logger, now: monotonic });
  const blocked = createLogBlocked({ metrics, logger, now: monotonic });
  const ends = await watchLogEnds(log, now, (seen, askedAt) => {
    lag.look(seen, askedAt);
    blocked.look(seen);
    metrics.intakeQueued.set(intake.queued().records);
  });
  resources.add('log watch', () => ends.stop());
  const retention = checkRetention({ log, metrics, logger, now });
  resources.add('retention check', () => retention.stop());
  return { ends, lag };
}

/** What seals persons' data, and opens it. */
async function openKeys(
  config: Config,
  resources: Resources,
  openPool: OpenPool,
  waiting: Waiting,
): Promise<Sealing & { secrets: readonly Buffer[] }> {
  const { logger } = waiting;
  const { db } = openPool('sealing', { max: SEALING_CONNECTIONS });
  const secrets = await whenReady(() => settleMasterKeys(config, db), waiting);
  const options = {
    ...{ db, secrets, logger, clock: wallClock, leaseMs: config.keyLeaseSeconds * 1_000 },
    knownFormer: (conversations: readonly string[]) => formerConversations(db, conversations),
  };
  const sealing = await whenReady(() => openSealing(options), waiting);
  resources.add('contact keys', () => sealing.keys.stop());
  const rewrap = startRewrap({ db, master: sealing.master, logger });
  resources.add('rotation of master keys', () => rewrap.stop());
  const sealed = await whenReady(() => sealClearLinks({ db, sealing }), waiting);
  if (sealed.links > 0 || sealed.entries > 0)
    logger.info(sealed, 'sealed the contact links of before, and what the audit says of them');
  return { ...sealing, secrets };
}

/** What is known about whom events name: whose aliases they are, and which tenants are registered. */
async function identities(
  resources: Resources,
  store: LinkStore,
  waiting: Waiting,
): Promise<{ contactLinks: KnownLinks; registeredTenants: RegisteredTenants }> {
  const following = {
    changesAfter: (change: number, limit: number) => changesAfter(store, change, limit),
    logger: waiting.logger,
  };
  const contactLinks = await whenReady(() => followLinks(following), waiting);
  resources.add('contact links', () => contactLinks.stop());
  const registeredTenants = createRegisteredTenants({
    find: (tenants) => registeredAmong(store.db, tenants),
  });
  return { contactLinks, registeredTenants };
}

/** Reads the topic of other teams, where there is one. */
function takeInbox(
  { log }: Pick<Config, 'log'>,
  resources: Resources,
  deps: Omit<TakeDeps, 'admit'> & { clock: () => number; metrics: Metrics; logger: Logger },
): void {
  if (log.kind !== 'kafka' || log.kafka.inbox === null) return;
  const { topic, rejects } = log.kafka.inbox;
  const inbox = startInbox({
    ...deps,
    ...{ topic, rejects, replication: log.kafka.replication, group: `${log.kafka.topic}.inbox` },
    connection: { ...kafkaConnection(log.kafka), logger: deps.logger },
    problemOf: (rejection) => showRejection(rejection, ''),
  });
  resources.add('inbox', () => inbox.stop());
}

/** Where payloads may come from. */
async function connectionsOf(
  resources: Resources,
  { db }: Database,
  { sealing, metrics, ...waiting }: Waiting & { sealing: Sealing; metrics: Metrics },
): Promise<KnownConnections> {
  const following = {
    all: () => secretConnections(db, sealing.master),
    countUnmapped: () => countUnmapped(db),
    ...{ metrics, logger: waiting.logger },
  };
  const connections = await whenReady(() => followConnections(following), waiting);
  resources.add('connections', () => connections.stop());
  return connections;
}
