import { setTimeout } from 'node:timers/promises';
import type { Event } from '../src/domain/event.ts';
import type { EventLog } from '../src/log/log.ts';
import type { LoggedEvent } from '../src/log/record/logged-event.ts';
import { decodeRecord } from '../src/log/record/record.ts';
import { createMetrics } from '../src/metrics.ts';
import { PROJECTOR_SERVER_SETTINGS, startProjector } from '../src/projection/live/projector.ts';
import { createSettingsCache } from '../src/projection/tables/tenant-rules.ts';
import { type Database, openDatabase } from '../src/store/database.ts';
import { unsealingIn } from '../test/support/sealing.ts';
import { bareInsertRate } from './lib/bare-insert.ts';
import { cpuTimes } from './lib/cpu.ts';
import { checkWindows } from './lib/fold-check.ts';
import { withSealer } from './lib/sealer.ts';
import { atLeast, type Finding, median, rate } from './lib/stats.ts';
import { benchEvents } from './lib/traffic.ts';
import { inWorld, logger } from './lib/world.ts';

export const TRAFFIC = {
  conversations: 30_000,
  tenants: 20,
  late: 0.02,
  start: Date.UTC(2026, 9, 1),
  step: 100,
};

const TOPIC = 'bench.projection';

/**
 * From the log to committed windows and tallies, by a service that does nothing else, against bare inserts of the same
 * event rows in the same run.
 */
export async function benchProjection(count: number): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const kind of ['postgres', 'kafka'] as const) {
    await inWorld(async (world) => {
      const { url, database } = await world.database();
      const log = kind === 'kafka' ? await world.kafkaLog(TOPIC) : await world.postgresLog(url);
      const events = [...benchEvents({ ...TRAFFIC, events: count, seed: 1, prefix: 'p' })];
      const rows = await fill(log, database, events);
      const bytes = rows.reduce((sum, { record }) => sum + record.length, 0);
      const bare = [await bareInsertRate(database, 'bare_before', rows)];
      const inKafka = async () => ({ KAFKA_BROKERS: (await world.brokers()).join(','), KAFKA_TOPIC: TOPIC });
      const starting = world.service({
        ...{ DATABASE_URL: url, ROLES: 'projector' },
        ...(kind === 'kafka' ? await inKafka() : {}),
      });
      const walBefore = await walEnd(database);
      const cpu = starting.then((service) => cpuPerEvent(database, service.pid, count));
      const projected = await projectedRate(database, count);
      const { service, server } = await cpu;
      const wal = (await walEnd(database)) - walBefore;
      const tables = await tableBytes(database);
      await (await starting).kill('SIGTERM');
      bare.push(await bareInsertRate(database, 'bare_after', rows));
      const windows = await checkWindows(database, events);
      const limit = median(bare);
      const each = (sum: number) => Math.round(sum / count);
      findings.push(
        atLeast(
          `projection from the ${kind} log`,
          `${projected} events/s (${windows} windows equal the fold), bare inserts ${bare.join(' and ')} rows/s; CPU of an event ${service.toFixed(1)} us in the service, ${server.toFixed(1)} us in the database; bytes of an event ${each(bytes)} in the log, ${each(tables)} in the projection, ${each(wal)} in the WAL`,
          projected / limit,
          1,
        ),
      );
    });
  }
  return findings;
}

/** Bytes that the WAL has taken so far. */
export async function walEnd({ pool }: Database): Promise<number> {
  const { rows } = await pool.query<{ bytes: string }>(
    "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::text AS bytes",
  );
  return Number(rows[0]?.bytes);
}

/** Bytes of the tables of the projection, indexes included. */
async function tableBytes({ pool }: Database): Promise<number> {
  const { rows } = await pool.query<{ bytes: string }>(
    "SELECT sum(pg_total_relation_size(oid))::text AS bytes FROM pg_class WHERE relkind = 'r' AND relnamespace = 'projection'::regnamespace",
  );
  return Number(rows[0]?.bytes);
}

/** CPU (us) of an event from now until all are counted. */
export async function cpuPerEvent(
  database: Database,
  pid: number,
  count: number,
): Promise<{ service: number; server: number }> {
  const from = await counted(database);
  const before = await cpuTimes(pid, database);
  let now = from;
  while (now < count) {
    await setTimeout(20);
    now = await counted(database);
  }
  const after = await cpuTimes(pid, database);
  const each = (of: keyof typeof after) => ((after[of] - before[of]) * 1_000) / (count - from);
  return { service: each('service'), server: each('database') };
}

/** The service's own rate, from its first committed batch until it has counted everything. Records/s. */
export async function projectedRate(database: Database, count: number): Promise<number> {
  const next = async () => {
    await setTimeout(20);
    return await counted(database);
  };
  let first = 0;
  while (first === 0) first = await next();
  const startedAt = performance.now();
  while ((await next()) < count);
  return rate(count - first, performance.now() - startedAt);
}

/** Appends events to a log in batches of 1,000. Resolves with what the projection will read. */
export async function fill(
  log: EventLog,
  database: Database,
  events: readonly Event[],
): Promise<LoggedEvent[]> {
  return await withSealer(database, async (sealer) => {
    const rows: LoggedEvent[] = [];
    for (let i = 0; i < events.length; i += 1000) {
      const records = await sealer.records(events.slice(i, i + 1000), log.partitions);
      const positions = await log.append(records);
      for (const [j, { partition, offset }] of positions.entries()) {
        rows.push(decodeRecord(records[j]?.value ?? Buffer.alloc(0), partition, offset));
      }
    }
    return rows;
  });
}

/** Runs a projector until it has counted this many records more. Records/s. */
export async function projectionRate(url: string, log: EventLog, count: number): Promise<number> {
  const database = openDatabase({ url, max: 5, serverSettings: PROJECTOR_SERVER_SETTINGS });
  const target = (await counted(database)) + count;
  const startedAt = performance.now();
  const projector = await startProjector({
    database,
    log,
    settings: createSettingsCache('America/Sao_Paulo'),
    unsealing: unsealingIn(database.db),
    metrics: createMetrics(),
    logger,
    now: Date.now,
  });
  while ((await counted(database)) < target) await Promise.race([setTimeout(20), projector.done]);
  const perSecond = rate(count, performance.now() - startedAt);
  await projector.stop();
  await database.close();
  return perSecond;
}

/** Records counted by the live projection. */
export async function counted(database: Database): Promise<number> {
  const { rows } = await database.pool.query<{ sum: number }>(
    'SELECT coalesce(sum(next), 0)::bigint AS sum FROM projection.positions',
  );
  return rows[0]?.sum ?? 0;
}
