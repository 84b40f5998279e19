import type { PoolClient } from 'pg';
import { type Batch, type EventLog, LogUnavailable, type Progress } from '../../../log/log.ts';
import { withConnection } from '../../../store/connections.ts';
import type { Database } from '../../../store/database.ts';
import { openProjection } from '../../tables/projection.ts';

/** A stretch of the log and the projection that is brought forward along it. */
export interface Follow {
  database: Database;
  log: EventLog;
  group: string;
  schema: string;
  /** Partitions whose batches may be handled at the same time. */
  concurrency: number;
  batchSize: number;
  /** Where to stop, exclusive, per partition; null: go on until the signal is aborted. */
  until: ReadonlyMap<number, number> | null;
  handle(client: PoolClient, batch: Batch): Promise<Progress>;
  /** Told of the records of each batch that was done. */
  done(records: number): void;
  signal: AbortSignal;
}

/** Failures in a row that are tried again; the next one ends the work. */
const MOST_FAILURES = 8;

/** Brings a projection forward along the log. Rejects with `LogBroken`, the signal's reason, or what failed too often. */
export async function follow(work: Follow): Promise<void> {
  const { database, log, group, schema, concurrency, batchSize, until, signal } = work;
  let failures = 0;
  let last: unknown = null;
  const givenUp = Promise.withResolvers<void>();
  const subscription = await log.subscribe({
    group,
    concurrency,
    batchSize,
    ...(until === null ? {} : { until }),
    progress: (partitions) =>
      withConnection(database, (client) => openProjection(client, schema).positions.progress(partitions)),
    async handle(batch) {
      const progress = await withConnection(database, (client) => work.handle(client, batch));
      failures = 0;
      work.done(batch.records.length);
      return progress;
    },
    failed(_, error) {
      last = error;
      if (++failures > MOST_FAILURES && !(error instanceof LogUnavailable)) givenUp.resolve();
    },
  });
  const aborted = Promise.withResolvers<void>();
  const onAbort = () => aborted.resolve();
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  try {
    await Promise.race([subscription.done, givenUp.promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    await subscription.stop();
  }
  signal.throwIfAborted();
  if (failures > MOST_FAILURES) throw last;
}
