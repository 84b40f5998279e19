import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { LogBroken, LogUnavailable } from './log/log.ts';
import { within } from './log/signal.ts';
import { type Shard, ShardFailed, type WithShards } from './projection/rebuild-shard.ts';
import type { FromShard, ShardFailure, ShardSettings, ToShard } from './shard-messages.ts';

const MAIN = fileURLToPath(new URL('./shard-main.ts', import.meta.url));
/** A young heap that takes a batch: a quarter less work than with the small one of the service. It is short-lived. */
const NODE_OPTIONS = ['--max-semi-space-size=32'];
/** More would ask more of the database than they give. */
const MOST = 4;
const END_MS = 5_000;

/**
 * Lends processes to work on shards, one per processor: reading the log takes most of a rebuild's time, and the
 * service's own thread has requests to answer. They need some 150 MB each, for as long as a rebuild loads and folds.
 */
export function shardProcesses(settings: ShardSettings): WithShards {
  const { url, log, partitions, defaultTimeZone, logLevel } = settings;
  const told = { url, log, partitions, defaultTimeZone, logLevel };
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

function startShard(settings: ShardSettings): Shard & { end(): Promise<void> } {
  const child = fork(MAIN, { execArgv: NODE_OPTIONS, serialization: 'advanced' });
  const exited = once(child, 'exit');
  // A message to a process that is gone; its exit is what counts.
  child.on('error', () => undefined);
  tell(child, { kind: 'open', settings });
  return {
    load: (task, until, done, signal) => run(child, { kind: 'load', task, until }, done, signal),
    fold: (task, progress, signal) => run(child, { kind: 'fold', task }, progress, signal),
    async end() {
      if (child.connected) child.disconnect();
      if (child.exitCode !== null || child.signalCode !== null) return;
      await within(END_MS, exited, () => new Error('it hangs')).catch(() => child.kill('SIGKILL'));
    },
  };
}

/** Gives the process a task. Rejects with the error it failed with, `LogUnavailable` where the process ended. */
async function run(
  child: ChildProcess,
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
  const onExit = (code: number | null, name: string | null) =>
    ended.reject(new LogUnavailable(`a process of the rebuild ended with ${name ?? code}`));
  let overdue: NodeJS.Timeout | undefined;
  const onAbort = () => {
    tell(child, { kind: 'abort' });
    overdue = setTimeout(() => child.kill('SIGKILL'), END_MS);
  };
  child.on('message', onMessage);
  child.on('exit', onExit);
  signal.addEventListener('abort', onAbort);
  try {
    signal.throwIfAborted();
    if (!child.connected) onExit(child.exitCode, child.signalCode);
    tell(child, task);
    await ended.promise;
  } finally {
    clearTimeout(overdue);
    signal.removeEventListener('abort', onAbort);
    child.off('exit', onExit);
    child.off('message', onMessage);
  }
}

function tell(child: ChildProcess, message: ToShard): void {
  if (child.connected) child.send(message);
}

function errorOf({ name, message, stack }: ShardFailure): Error {
  const kind = [LogBroken, LogUnavailable].find((known) => known.name === name) ?? ShardFailed;
  return Object.assign(new kind(message), stack === undefined ? {} : { stack });
}
