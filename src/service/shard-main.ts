import { constants, setPriority } from 'node:os';
import { wallClock } from '../clock.ts';
import { postgresError } from '../log/postgres/client.ts';
import { createLogger } from '../logger.ts';
import { createLocalShard, SHARD_CONNECTIONS, type Shard } from '../projection/rebuild/work/shard.ts';
import { createSettingsCache } from '../projection/tables/tenant-rules.ts';
import { createUnsealing } from '../projection/unsealing.ts';
import { openSealing } from '../sealing/sealing.ts';
import { openDatabase } from '../store/database.ts';
import { openLog } from './open.ts';
import type { FromShard, ShardSettings, ToShard } from './shards.ts';

/** A process that works on shards of a rebuild for the one that forked it, and ends with it, however that ends. */
process.once('disconnect', () => process.exit());
// Ctrl-C reaches the whole group of processes; what becomes of the work is the parent's decision.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
// A rebuild has time; whoever writes and asks meanwhile has none.
setPriority(constants.priority.PRIORITY_LOW);

let shard: Promise<Shard> | null = null;
let working = new AbortController();

process.on('message', (message: ToShard) => {
  switch (message.kind) {
    case 'open':
      shard = open(message.settings);
      // The first task sees it.
      shard.catch(() => undefined);
      return;
    case 'abort':
      working.abort();
      return;
    default:
      working = new AbortController();
      void answer(work(message, working.signal));
      return;
  }
});

async function open({
  secrets,
  url,
  log,
  partitions,
  defaultTimeZone,
  logLevel,
}: ShardSettings): Promise<Shard> {
  const options = { url, statementTimeoutMs: 0, applicationName: 'janela rebuild shard' };
  const database = openDatabase({ ...options, max: SHARD_CONNECTIONS });
  const logDatabase = log.kind === 'postgres' ? openDatabase({ ...options, max: 3 }) : database;
  const settings = createSettingsCache(defaultTimeZone);
  const logger = createLogger(logLevel);
  const { db } = database;
  const { keys, hashes } = await openSealing({
    ...{ db, logger, clock: wallClock },
    secrets: secrets.map((secret) => Buffer.from(secret)),
    knownFormer: () => Promise.reject(new Error('a shard of a rebuild seals nothing')),
  });
  return createLocalShard({
    database,
    log: await openLog({ log, partitions }, logDatabase, logger),
    settings,
    unsealing: createUnsealing({ keys, hashes }, db),
  });
}

async function work(message: ToShard, signal: AbortSignal): Promise<void> {
  if (shard === null) throw new Error('the first message opens the shard');
  const progress = (count: number) => tell({ kind: 'progress', count });
  if (message.kind === 'load') await (await shard).load(message.task, message.until, progress, signal);
  if (message.kind === 'fold') await (await shard).fold(message.task, progress, signal);
}

async function answer(task: Promise<void>): Promise<void> {
  try {
    await task;
    tell({ kind: 'done' });
  } catch (thrown) {
    const error = postgresError(thrown);
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    tell({ kind: 'failed', error: { name, message, stack } });
  }
}

function tell(message: FromShard): void {
  process.send?.(message);
}
