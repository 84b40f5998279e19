import type { EventLog } from '../../../log/log.ts';
import { withConnection } from '../../../store/connections.ts';
import type { Database } from '../../../store/database.ts';
import { projectionIn } from '../../tables/live-projection.ts';
import { readPositions } from '../../tables/positions.ts';
import { openProjection } from '../../tables/projection.ts';
import type { SettingsCache, TenantRules } from '../../tables/tenant-rules.ts';
import { consumerGroup, type Rebuild } from '../state.ts';
import type { RebuildMeter } from './meter.ts';
import type { Shard, ShardTask, WithShards } from './shard.ts';

/** The first two phases of a rebuild, shared out among shards: what they need. */
export interface BulkDeps {
  database: Database;
  log: EventLog;
  /** Those that the rebuild judges by. */
  settings: SettingsCache;
  withShards: WithShards;
}

/** The log can no longer be folded from its beginning; the message is a sentence. */
export class RebuildRefused extends Error {
  override name = 'RebuildRefused';
}

/** What came meanwhile is loaded too while it is more than this; less is projected batch by batch. */
const WORTH_LOADING = 100_000;

interface Share {
  shard: Shard;
  task: ShardTask;
}

/** Loads the log into the tables of a rebuild and folds them, shared out by partition. */
export async function loadAndFold(
  deps: BulkDeps,
  rebuild: Rebuild,
  meter: RebuildMeter,
  signal: AbortSignal,
): Promise<void> {
  await deps.withShards(async (shards) => {
    const shares = shards.map((shard, i) => ({ shard, task: taskOf(rebuild, i, shards.length, deps.log) }));
    if (meter.phase() === 'load') {
      await load(deps, rebuild, shares, meter, signal);
      await meter.enter('fold', await loadedEvents(deps, rebuild));
    }
    while (!(await fold(deps, rebuild, shares, meter, signal))) signal.throwIfAborted();
  });
}

function taskOf({ id, rules, schema }: Rebuild, index: number, count: number, log: EventLog): ShardTask {
  const partitions = Array.from({ length: log.partitions }, (_, partition) => partition);
  return {
    rebuild: { rules, schema },
    partitions: partitions.filter((partition) => partition % count === index),
    group: `${consumerGroup(id)}-${index}`,
  };
}

async function load(
  { database, log }: BulkDeps,
  { schema }: Rebuild,
  shares: readonly Share[],
  meter: RebuildMeter,
  signal: AbortSignal,
): Promise<void> {
  for (let left = Number.POSITIVE_INFINITY; left > WORTH_LOADING; ) {
    const ends = await log.ends();
    const cut = ends.find(({ low }) => low > 0);
    if (cut !== undefined)
      throw new RebuildRefused(
        `Partition ${cut.partition} of the log begins at offset ${cut.low}: what came before is gone, so the projection cannot be folded anew. Restore the log from its export first.`,
      );
    const until = new Map(ends.map(({ partition, end }) => [partition, end]));
    const total = sumOf(until.values());
    const { next } = await loaded(database, schema);
    await meter.enter('load', total, next);
    await together(shares, signal, ({ shard, task }, either) =>
      shard.load(task, until, (records) => meter.add(records), either),
    );
    left = sumOf((await log.ends()).map(({ end }) => end)) - total;
  }
}

/**
 * Resolves with false where a tenant's rules or zone changed meanwhile: it must be done again then. A change after it
 * is none of its business, for whoever makes one counts the tallies of every projection anew.
 */
async function fold(
  deps: BulkDeps,
  rebuild: Rebuild,
  shares: readonly Share[],
  meter: RebuildMeter,
  signal: AbortSignal,
): Promise<boolean> {
  const before = await rulesOf(deps, rebuild);
  const counts = new Map<Share, number>();
  await together(shares, signal, (share, either) => {
    const progress = (events: number) => meter.set(sumOf(counts.set(share, events).values()));
    return share.shard.fold(share.task, progress, either);
  });
  const after = await rulesOf(deps, rebuild);
  return [...before].every(([tenant, own]) => after.get(tenant) === own);
}

/** Of every tenant that has events. */
async function rulesOf(
  { database, settings }: BulkDeps,
  { schema }: Rebuild,
): Promise<ReadonlyMap<string, TenantRules>> {
  return await withConnection(database, async (client) => {
    const { events } = openProjection(client, schema);
    return await settings.load(client, await events.tenants());
  });
}

/** Works on all shares at the same time; the first that fails ends the others, and its error is the answer. */
async function together(
  shares: readonly Share[],
  signal: AbortSignal,
  work: (share: Share, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  await Promise.all(shares.map((share) => work(share, either).catch((error) => failed.abort(error))));
  signal.throwIfAborted();
  failed.signal.throwIfAborted();
}

async function loadedEvents({ database }: BulkDeps, { schema }: Rebuild): Promise<number> {
  return (await loaded(database, schema)).events;
}

async function loaded(database: Database, schema: string): Promise<{ next: number; events: number }> {
  const positions = await readPositions(projectionIn(database.db, schema));
  return {
    next: sumOf(positions.map(({ next }) => next)),
    events: sumOf(positions.map(({ events }) => events)),
  };
}

function sumOf(numbers: Iterable<number>): number {
  let sum = 0;
  for (const number of numbers) sum += number;
  return sum;
}
