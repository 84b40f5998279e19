import type { EventLog } from '../log/log.ts';
import type { Database } from '../store/database.ts';
import { withWorkers } from './rebuild-clients.ts';
import { foldLoaded } from './rebuild-fold.ts';
import { follow } from './rebuild-follow.ts';
import { createLoader } from './rebuild-load.ts';
import type { Rebuild } from './rebuild-state.ts';
import { judgedBy, type SettingsCache } from './settings.ts';

/** The partitions of a rebuild that one process loads and folds, whatever others do with theirs. */
export interface ShardTask {
  rebuild: Pick<Rebuild, 'rules' | 'schema'>;
  partitions: readonly number[];
  /** Consumer group of this shard alone. */
  group: string;
}

/** The work on a shard came to an end that trying again would not change. */
export class ShardFailed extends Error {
  override name = 'ShardFailed';
}

/** Where a shard is worked on: another process, or this one. One task at a time. */
export interface Shard {
  /** Loads the log up to `until` (exclusive, per partition). Rejects like `follow`, or with `ShardFailed`. */
  load(
    task: ShardTask,
    until: ReadonlyMap<number, number>,
    done: (records: number) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Folds what was loaded; doing it twice gives the same. `progress` gets the number of events so far. */
  fold(task: ShardTask, progress: (events: number) => void, signal: AbortSignal): Promise<void>;
}

/** Lends places to work on shards, one per processor or fewer. */
export type WithShards = <T>(use: (shards: readonly Shard[]) => Promise<T>) => Promise<T>;

export interface ShardDeps {
  /** Without time limits; as many connections as `SHARD_CONNECTIONS`. */
  database: Database;
  log: EventLog;
  /** Of the tenants themselves. */
  settings: SettingsCache;
}

const LOAD_BATCH = 4_000;
/** Batches whose statements are under way, while this process reads others. */
const LOADS_IN_FLIGHT = 3;
export const SHARD_CONNECTIONS = LOADS_IN_FLIGHT + 1;

/** Works on shards in this process. */
export function shardHere({ database, log, settings }: ShardDeps): Shard {
  return {
    async load({ rebuild, partitions, group }, until, done, signal) {
      const loader = createLoader(rebuild.schema);
      await follow({
        database,
        log,
        group,
        schema: rebuild.schema,
        concurrency: LOADS_IN_FLIGHT,
        batchSize: LOAD_BATCH,
        until: only(partitions, until),
        handle: (client, batch) => loader.load(client, batch),
        done,
        signal,
      });
    },
    async fold({ rebuild: { rules, schema }, partitions, group }, progress, signal) {
      await withWorkers(database, 3, signal, async ([writer, events, conversations]) => {
        if (writer === undefined || events === undefined || conversations === undefined)
          throw new Error('folding takes three connections');
        await foldLoaded({
          clients: { writer, events, conversations },
          schema,
          partitions,
          log,
          group: `${group}-conflicts`,
          settings: rules === null ? settings : judgedBy(settings, rules, schema),
          progress,
          signal,
        });
      });
    },
  };
}

/** The others are where they end: a consumer has nothing to do there. */
function only(partitions: readonly number[], until: ReadonlyMap<number, number>): Map<number, number> {
  return new Map(
    Array.from(until, ([partition, end]) => [partition, partitions.includes(partition) ? end : 0]),
  );
}
