import type { Config } from './config.ts';
import type { ShardTask } from './projection/rebuild-shard.ts';

/** What a process needs to know to work on shards of a rebuild. */
export interface ShardSettings extends Pick<Config, 'log' | 'partitions' | 'defaultTimeZone' | 'logLevel'> {
  /** Of the database. */
  url: string;
}

/** To the process; one task at a time. */
export type ToShard =
  | { kind: 'open'; settings: ShardSettings }
  | { kind: 'load'; task: ShardTask; until: ReadonlyMap<number, number> }
  | { kind: 'fold'; task: ShardTask }
  | { kind: 'abort' };

/** From the process, about the task in hand. */
export type FromShard =
  /** Records more, of a load; events so far, of a fold. */
  { kind: 'progress'; count: number } | { kind: 'done' } | { kind: 'failed'; error: ShardFailure };

export interface ShardFailure {
  /** Class of the error. */
  name: string;
  message: string;
  stack: string | undefined;
}
