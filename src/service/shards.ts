/** Processes that fold the shards of a rebuild. */

import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { within } from '../async.ts';
import type { Config } from '../config.ts';
import { LogBroken, LogRefused, LogUnavailable } from '../log/log.ts';
import {
  type Shard,
  ShardFailed,
  type ShardTask,
  type WithShards,
} from '../projection/rebuild/work/shard.ts';

const MAIN = fileURLToPath(new URL('./shard.js', import.meta.url));
/** More would ask more of the database than they give. */
const MOST = 4;
const END_MS = 5_000;

/**
 * Lends processes to work on shards, one per processor: reading the log takes most of a rebuild's time, and the
 * service's own thread has requests to answer. They need some 250 MB each, for as long as a rebuild loads and folds.
 */
export function shardProcesses(settings: ShardSettings): WithShards {
  const { url, log, partitions, defaultTimeZone, logLevel, secrets } = settings;
  const told = { url, log, partitions, defaultTimeZone, logLevel, secrets };
  const count = Math.min(availableParallelism(), partitions, MOST);
  return async (use) => {
    const processes = Array.from({ length: count }, () => startShard(told));
    try {
      return await use(processes);
    } finally {
      await Promise.all(processes.map((process) => process.end()));
    }
  };
}

interface ShardProcess {
  child: ChildProcess;
  /** Why it is gone; never rejects. */
  gone: Promise<string>;
}

function startShard(settings: ShardSettings): Shard & { end(): Promise<void> } {
  const child = fork(MAIN, { execArgv: [], serialization: 'advanced' });
  const { promise: gone, resolve } = Promise.withResolvers<string>();
  child.once('exit', (code, signal) => resolve(`ended with ${signal ?? code}`));
  child.on('error', (error) => {
    // Otherwise it is a message to a process that is gone, and its exit is what counts.
    if (child.pid === undefined) resolve(`could not be started: ${error.message}`);
  });
  const process = { child, gone };
  tell(child, { kind: 'open', settings });
  return {
    load: (task, until, done, signal) => run(process, { kind: 'load', task, until }, done, signal),
    fold: (task, progress, signal) => run(process, { kind: 'fold', task }, progress, signal),
    async end() {
      if (child.connected) child.disconnect();
      await within(END_MS, gone, () => new Error('it hangs')).catch(() => child.kill('SIGKILL'));
    },
  };
}

/** Gives the process a task. Rejects with the error it failed with, `LogUnavailable` where the process is gone. */
async function run(
  { child, gone }: ShardProcess,
  task: ToShard,
  progress: (count: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const ended = Promise.withResolvers<void>();
  const onMessage = (message: FromShard) => {
    if (message.kind === 'progress') progress(message.count);
    else if (message.kind === 'done') ended.resolve();
    else ended.reject(errorOf(message.error));
  };
  let overdue: NodeJS.Timeout | undefined;
  const onAbort = () => {
    tell(child, { kind: 'abort' });
    overdue = setTimeout(() => child.kill('SIGKILL'), END_MS);
  };
  // Nobody waits for it where the task was not given any more.
  ended.promise.catch(() => undefined);
  void gone.then((why) => ended.reject(new LogUnavailable(`a process of the rebuild ${why}`)));
  child.on('message', onMessage);
  signal.addEventListener('abort', onAbort);
  try {
    signal.throwIfAborted();
    tell(child, task);
    await ended.promise;
  } finally {
    clearTimeout(overdue);
    signal.removeEventListener('abort', onAbort);
    child.off('message', onMessage);
  }
}

function tell(child: ChildProcess, message: ToShard): void {
  if (child.connected) child.send(message);
}

function errorOf({ name, message, stack }: ShardFailure): Error {
  const kind = [LogBroken, LogRefused, LogUnavailable].find((known) => known.name === name) ?? ShardFailed;
  return Object.assign(new kind(message), stack === undefined ? {} : { stack });
}

/** What a process needs to know to work on shards of a rebuild. */
export interface ShardSettings extends Pick<Config, 'log' | 'partitions' | 'defaultTimeZone' | 'logLevel'> {
  /** Of the database. */
  url: string;
  /** Master keys: the first wraps, all open. */
  secrets: readonly Buffer[];
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

interface ShardFailure {
  /** Class of the error. */
  name: string;
  message: string;
  stack: string | undefined;
}
