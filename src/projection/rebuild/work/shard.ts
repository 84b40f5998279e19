import type { ClientBase } from 'pg';
import type { Batch, EventLog, Progress } from '../../../log/log.ts';
import { withWorkers } from '../../../store/connections.ts';
import type { Database } from '../../../store/database.ts';
import { decode, isUnreadable } from '../../live/decode.ts';
import { addEvent, type BatchEvent, type Quarantined } from '../../tables/events.ts';
import { progressOf } from '../../tables/positions.ts';
import { openProjection } from '../../tables/projection.ts';
import { createBinaryRows } from '../../tables/sql.ts';
import { type SettingsCache, withOtherRules } from '../../tables/tenant-rules.ts';
import type { Unsealing } from '../../unsealing.ts';
import type { Rebuild } from '../state.ts';
import { foldLoaded } from './fold-loaded.ts';
import { follow } from './follow.ts';

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
  unsealing: Unsealing;
}

const LOAD_BATCH = 4_000;
/** Batches whose statements are under way, while this process reads others. */
const LOADS_IN_FLIGHT = 3;
export const SHARD_CONNECTIONS = LOADS_IN_FLIGHT + 1;

/** Works on shards in this process. */
export function createLocalShard({ database, log, settings, unsealing }: ShardDeps): Shard {
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
          settings: rules === null ? settings : withOtherRules(settings, rules, schema),
          unsealing,
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

/** Conversations known to be written already, per process; forgotten when they become too many. */
const REMEMBERED = 200_000;

/** Loads batches of the log into the tables of a new projection, as they come: what they mean is folded afterwards. */
interface Loader {
  /** One transaction; repeats and conflicts are stored like other events until the fold sorts them out. */
  load(client: ClientBase, batch: Batch): Promise<Progress>;
}

function createLoader(schema: string): Loader {
  const known = new Set<string>();

  async function loadInside(client: ClientBase, batch: Batch): Promise<Progress> {
    const projection = openProjection(client, schema);
    const position = (await projection.positions.lock([batch.partition])).get(batch.partition);
    if (position === undefined) throw new Error(`partition ${batch.partition} has no position`);
    if (position.next !== batch.first) return progressOf(position);
    let events = 0;
    const rows = createBinaryRows();
    const unreadable: Quarantined[] = [];
    const firsts = new Map<string, BatchEvent>();
    for (const record of batch.records) {
      const event = decode(record, batch.partition);
      if (isUnreadable(event)) unreadable.push(event);
      else {
        events++;
        addEvent(rows, event);
        // As the projector does: what a conversation shows of itself is what its first event said.
        if (!known.has(event.conversation) && !firsts.has(event.conversation))
          firsts.set(event.conversation, event);
      }
    }
    await projection.events.load(rows);
    await projection.events.writeConversations([...firsts.values()]);
    await projection.events.writeQuarantine(unreadable);
    await projection.positions.noteGaps([batch]);
    const counts = { events, duplicates: 0, quarantined: unreadable.length };
    const progress = await projection.positions.advance([{ position, batch, counts }]);
    if (known.size > REMEMBERED) known.clear();
    for (const conversation of firsts.keys()) known.add(conversation);
    return progress.get(batch.partition) ?? progressOf(position);
  }

  return {
    async load(client, batch) {
      await client.query('BEGIN; SET LOCAL synchronous_commit = off');
      try {
        const progress = await loadInside(client, batch);
        await client.query('COMMIT');
        return progress;
      } catch (error) {
        known.clear();
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    },
  };
}
