import type { Logger } from 'pino';
import type { Batch, EventLog, Progress } from '../../log/log.ts';
import type { Metrics } from '../../metrics.ts';
import { withConnection } from '../../store/connections.ts';
import type { Database } from '../../store/database.ts';
import { liveProjection } from '../tables/live-projection.ts';
import { seedPositions } from '../tables/positions.ts';
import { openLiveProjection } from '../tables/projection.ts';
import type { Counted } from '../tables/tallies.ts';
import type { SettingsCache } from '../tables/tenant-rules.ts';
import type { Unsealing } from '../unsealing.ts';
import { createBatchGrouping } from './grouping.ts';
import { type BatchResult, projectBatches } from './project.ts';
import { createRepeats, type Repeats } from './repeats.ts';
import { inBatchSpan, inTransactionSpan } from './traced.ts';

/**
 * Server settings for the projector's connections: its look-ups go by index, however small or unanalysed a table, and
 * each finds a row or two, for which a bitmap takes a quarter more of PostgreSQL's CPU.
 */
export const PROJECTOR_SERVER_SETTINGS = {
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  plan_cache_mode: 'force_generic_plan',
  jit: 'off',
};

/** Transactions in flight: while PostgreSQL works on one, this process prepares another. */
export const GROUPS_IN_FLIGHT = 3;
/** Records in a transaction. */
const GROUP_SIZE = 4_000;
/** Most records of one partition at a time; about as many are read ahead, of every partition. */
const BATCH_SIZE = 800;
/** Records of all partitions at a time: however many there are, what waits in memory is bounded. */
const BATCH_SIZES = 9_600;

/** What this process knows of its work on one partition. */
export interface PartitionWork {
  /** Log records folded per second, over the last seconds. */
  rate: number;
  lastError: { message: string; at: number } | null;
}

export interface Projector {
  /** Resolves after `stop()`; rejects with `LogBroken` when the log is not what was projected. */
  done: Promise<void>;
  /** Of the partitions that this process reads, with or without records. */
  work(): ReadonlyMap<number, PartitionWork>;
  /** Finishes the batches in hand. */
  stop(): Promise<void>;
}

/** Who is told what was counted. */
export interface CountListener {
  /** Behind the transaction in which it was. */
  counted(counted: Counted): void;
  /** Something may have been counted that `counted` did not tell: before this process had a partition, or in a failure. */
  missed(): void;
}

export interface ProjectorDeps {
  /** With `PROJECTOR_SERVER_SETTINGS` and at least `GROUPS_IN_FLIGHT + 1` connections. */
  database: Database;
  log: EventLog;
  settings: SettingsCache;
  unsealing: Unsealing;
  metrics: Metrics;
  logger: Logger;
  now: () => number;
  listener?: CountListener;
}

/** Folds the log into the live projection until stopped. */
export async function startProjector(deps: ProjectorDeps): Promise<Projector> {
  const { database, log, logger, now, listener } = deps;
  await seedPositions(await liveProjection(database.db), log.partitions);
  const meters = new Map<number, Meter>();
  const repeats = createRepeats();
  const inHand = new Map<number, Pick<Batch, 'first' | 'next'>>();
  const told = followTold(listener);
  const project = createBatchGrouping<Progress>({
    groups: GROUPS_IN_FLIGHT,
    worthwhile: GROUP_SIZE / 20,
    records: GROUP_SIZE,
    handle: (batches) => handle(deps, { meters, repeats, told }, batches),
  });
  const subscription = await log.subscribe({
    group: 'janela-projector',
    concurrency: log.partitions,
    batchSize: Math.min(BATCH_SIZE, Math.ceil(BATCH_SIZES / log.partitions)),
    progress: async (partitions) => {
      const progress = await withConnection(database, async (client) =>
        (await openLiveProjection(client)).positions.progress(partitions),
      );
      for (const [partition, { next }] of progress) told.reached(partition, next);
      return progress;
    },
    async handle(batch) {
      inHand.set(batch.partition, { first: batch.first, next: batch.next });
      const progress = await inBatchSpan(batch, () => project(batch));
      inHand.delete(batch.partition);
      return progress;
    },
    failed(partition, error) {
      const message = error instanceof Error ? error.message : String(error);
      meterOf(meters, partition).lastError = { message, at: now() };
      listener?.missed();
      const batch = inHand.get(partition);
      inHand.delete(partition);
      logger.warn({ partition, batch, err: error }, 'a batch could not be projected and will be tried again');
    },
  });
  return {
    done: subscription.done,
    work: () =>
      new Map(
        subscription
          .held()
          .map((partition) => [partition, workOf(meterOf(meters, partition), performance.now())]),
      ),
    stop: () => subscription.stop(),
  };
}

async function handle(
  { database, settings, unsealing, metrics, logger, listener }: ProjectorDeps,
  { meters, repeats, told }: { meters: Map<number, Meter>; repeats: Repeats; told: Told },
  batches: readonly Batch[],
): Promise<Progress[]> {
  const startedAt = performance.now();
  const results = await inTransactionSpan(batches, () =>
    withConnection(database, (client) =>
      projectBatches(client, 'live', batches, {
        ...{ settings, unsealing, repeats },
        counted: listener?.counted,
      }),
    ),
  );
  tellOf(logger, batches, performance.now() - startedAt);
  metrics.projectionBatchSeconds.observe((performance.now() - startedAt) / 1000);
  metrics.projectionBatchSize.observe(batches.reduce((sum, { records }) => sum + records.length, 0));
  return batches.map((batch, i) => {
    const result = results[i];
    if (result === undefined) throw new Error('a batch was left without a result');
    told.reached(batch.partition, result.progress.next, result.applied);
    if (result.applied) {
      record(metrics, result);
      count(meterOf(meters, batch.partition), performance.now(), batch.records.length);
    }
    return result.progress;
  });
}

/** How far the listener was told what was counted, by partition. */
interface Told {
  /** The partition is counted up to `next`; `here`: this process has just done it, and told. */
  reached(partition: number, next: number, here?: boolean): void;
}

/** Tells the listener where another process has counted on, or this one without knowing. */
function followTold(listener: CountListener | undefined): Told {
  const reached = new Map<number, number>();
  return {
    reached(partition, next, here = false) {
      if (!here && reached.get(partition) !== next) listener?.missed();
      reached.set(partition, next);
    },
  };
}

function tellOf(logger: Logger, batches: readonly Batch[], ms: number): void {
  if (!logger.isLevelEnabled('debug')) return;
  for (const { partition, first, next } of batches)
    logger.debug({ partition, batch: { first, next }, ms: Math.round(ms) }, 'projected');
}

function record(metrics: Metrics, result: BatchResult): void {
  metrics.duplicate.inc(result.duplicates);
  metrics.conflict.inc(result.conflicts);
  metrics.unreadable.inc(result.unreadable);
  metrics.refolds.inc(result.refolds);
}

interface Meter {
  since: number;
  count: number;
  previousRate: number;
  lastError: PartitionWork['lastError'];
}

const METER_MS = 5_000;

function meterOf(meters: Map<number, Meter>, partition: number): Meter {
  let meter = meters.get(partition);
  if (meter === undefined) {
    meter = { since: 0, count: 0, previousRate: 0, lastError: null };
    meters.set(partition, meter);
  }
  return meter;
}

function count(meter: Meter, at: number, records: number): void {
  turn(meter, at);
  meter.count += records;
  meter.lastError = null;
}

function turn(meter: Meter, at: number): void {
  const elapsed = at - meter.since;
  if (elapsed < METER_MS) return;
  meter.previousRate = elapsed < 2 * METER_MS ? (meter.count * 1000) / elapsed : 0;
  meter.since = at;
  meter.count = 0;
}

function workOf(meter: Meter, at: number): PartitionWork {
  turn(meter, at);
  return { rate: Math.round(meter.previousRate), lastError: meter.lastError };
}
