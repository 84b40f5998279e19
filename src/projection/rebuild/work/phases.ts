import { isDeepStrictEqual } from 'node:util';
import type { PoolClient } from 'pg';
import { pause } from '../../../async.ts';
import type { EventLog } from '../../../log/log.ts';
import { beginSnapshot, inSnapshot, withWorkers } from '../../../store/connections.ts';
import type { Database } from '../../../store/database.ts';
import { type Comparison, compareProjections } from '../../compare/compare.ts';
import type { CompareMoney } from '../../compare/money.ts';
import { project } from '../../live/project.ts';
import { GROUPS_IN_FLIGHT } from '../../live/projector.ts';
import { snapshotOn } from '../../read/snapshot.ts';
import { currentSchema, projectionIn } from '../../tables/live-projection.ts';
import { nextOffsets } from '../../tables/positions.ts';
import { openLiveProjection, openProjection } from '../../tables/projection.ts';
import { type SettingsCache, withOtherRules } from '../../tables/tenant-rules.ts';
import type { Unsealing } from '../../unsealing.ts';
import { createIndexes } from '../create-projection.ts';
import { consumerGroup, noteComparison, type Rebuild } from '../state.ts';
import { keptRules, rulesInPlace, type TenantRulesRow } from '../what-if-rules.ts';
import { follow } from './follow.ts';
import { loadAndFold } from './load-and-fold.ts';
import type { RebuildMeter } from './meter.ts';
import type { WithShards } from './shard.ts';

/** The phases of a rebuild, one after the other: what they need. */
export interface RebuildDeps {
  /** Without time limits; 8 connections. */
  database: Database;
  /** With `PROJECTOR_SERVER_SETTINGS`, for batches after the load; 4 connections. */
  projecting: Database;
  log: EventLog;
  /** Of the tenants themselves. */
  settings: SettingsCache;
  unsealing: Unsealing;
  /** null: there is no finance. */
  money: CompareMoney | null;
  now: () => number;
  withShards: WithShards;
}

const FOLLOW_BATCH = 4_000;

/**
 * Works on a rebuild from where it stands until the signal is aborted: loads the log, folds it, builds the indexes,
 * compares the result with the live projection at the same positions, and then keeps it up to date. Where a promoted
 * one is to be rolled back, it brings the projection before it up to date instead. May be broken off
 * anywhere, by SIGKILL too. Rejects with `RebuildRefused`, `LogBroken`, the signal's reason, or a passing error.
 */
export async function workOnRebuild(
  own: RebuildDeps,
  rebuild: Rebuild,
  meter: RebuildMeter,
  signal: AbortSignal,
): Promise<void> {
  const { id, previous, rules, schema } = rebuild;
  if (rebuild.phase === 'rollback') {
    if (previous === null) throw new Error(`rebuild ${id} has nothing to be rolled back to`);
    const before = { all: null, tenants: Object.fromEntries(await keptRules(own.database.db, id)) };
    const deps = rules === null ? own : { ...own, settings: withOtherRules(own.settings, before, previous) };
    return await followLog(deps, { ...rebuild, schema: previous }, meter, null, signal);
  }
  const deps = rules === null ? own : { ...own, settings: withOtherRules(own.settings, rules, schema) };
  if (meter.phase() === 'load' || meter.phase() === 'fold') {
    await loadAndFold(deps, rebuild, meter, signal);
    await meter.enter('index', 0);
  }
  if (meter.phase() === 'index') {
    await withWorkers(deps.database, 2, signal, async (clients) =>
      createIndexes(clients, rebuild.id, await currentSchema(deps.database.db)),
    );
    await meter.enter('compare', 0);
  }
  if (meter.phase() === 'compare') {
    const compared = await compareAtSamePositions(deps, rebuild, meter, signal);
    await noteComparison(deps.database.db, rebuild.id, compared, deps.now());
    await meter.enter('follow', 0);
  }
  await followLog(deps, rebuild, meter, null, signal);
}

/**
 * Waits until the live projection is not behind, holds a snapshot of it, brings the rebuilt one exactly to the
 * positions in there, and compares with a snapshot of that. Once more where a tenant has another zone in the later
 * snapshot: whoever changes one counts the days of both anew.
 */
async function compareAtSamePositions(
  deps: RebuildDeps,
  rebuild: Rebuild,
  meter: RebuildMeter,
  signal: AbortSignal,
): Promise<{ comparison: Comparison; rules: TenantRulesRow[] }> {
  const { database, log, settings, money } = deps;
  const { schema, rules, period } = rebuild;
  const ends = new Map((await log.ends()).map(({ partition, end }) => [partition, end]));
  await followLog(deps, rebuild, meter, ends, signal);
  for (;;) {
    const compared = await inSnapshot(database, 0, signal, async (client) => {
      const live = await openLiveProjection(client);
      const there = await nextOffsets(snapshotOn(live).projection);
      const here = await nextOffsets(projectionIn(database.db, schema));
      if ([...here].some(([partition, next]) => next > (there.get(partition) ?? 0))) return null;
      await followLog(deps, rebuild, meter, there, signal);
      return await withWorkers(database, 1, signal, async ([own]) => {
        if (own === undefined) throw new Error('comparing takes a connection');
        await beginSnapshot(own);
        const rebuilt = openProjection(own, schema);
        const sameZones = isDeepStrictEqual(await zonesOn(client), await zonesOn(own));
        if (!sameZones && rules !== null) return null;
        const comparison = await compareProjections(live, rebuilt, { rules, period, settings, money });
        if (!sameZones && comparison.differences.count > 0) return null;
        return { comparison, rules: rules === null ? [] : await rulesInPlace(client, rules) };
      });
    });
    if (compared !== null) return compared;
    await pause(200, signal);
    signal.throwIfAborted();
  }
}

/** Of every tenant that is registered, as text. */
async function zonesOn(client: PoolClient): Promise<Map<string, string>> {
  const { rows } = await client.query<{ tenant: string; zones: string }>(
    'SELECT tenant, zones::text AS zones FROM billing.tenants',
  );
  return new Map(rows.map(({ tenant, zones }) => [tenant, zones]));
}

async function followLog(
  { projecting, log, settings, unsealing }: RebuildDeps,
  { id, schema }: Rebuild,
  meter: RebuildMeter,
  until: ReadonlyMap<number, number> | null,
  signal: AbortSignal,
): Promise<void> {
  if (until !== null && isThere(await nextOffsets(projectionIn(projecting.db, schema)), until)) return;
  await follow({
    database: projecting,
    log,
    group: consumerGroup(id),
    schema,
    concurrency: GROUPS_IN_FLIGHT,
    batchSize: FOLLOW_BATCH,
    until,
    handle: async (client, batch) =>
      (await project(client, { schema }, batch, { settings, unsealing })).progress,
    done: (records) => meter.add(records),
    signal,
  });
}

function isThere(here: ReadonlyMap<number, number>, until: ReadonlyMap<number, number>): boolean {
  return [...until].every(([partition, end]) => (here.get(partition) ?? 0) >= end);
}
