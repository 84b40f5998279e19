/** The event log in a PostgreSQL table. */

import type { Pool, PoolClient } from 'pg';
import type { Logger } from 'pino';
import {
  beginningGone,
  type EventLog,
  otherPartitionCount,
  type PartitionRange,
  type Subscription,
} from '../log.ts';
import { appendRecords } from './append.ts';
import { withTimedClient } from './client.ts';
import { relocated } from './relocation.ts';
import { type PostgresSource, subscribePostgres } from './subscribe.ts';

const TIMEOUT_MS = 10_000;
/** Of a field; far beyond what a request may have. */
const LARGEST_VALUE = 1024 ** 3 - 1024;

export interface PostgresLogOptions {
  pool: Pool;
  /** Fixed for the life of the log. */
  partitions: number;
  /** How often the ends of the partitions are looked at; appends of this process are seen at once. Default 20. */
  pollMs?: number;
  /** Opens a log that has moved to Kafka, to fill it again. Default false: such a log is refused. */
  evenIfRelocated?: boolean;
  logger: Logger;
}

/** Opens the event log in schema `log` of a migrated database. Rejects with `LogBroken` or `LogUnavailable`. */
export async function openPostgresLog(options: PostgresLogOptions): Promise<EventLog> {
  const { pool, partitions, pollMs = 20, evenIfRelocated = false, logger } = options;
  const found = await withTimedClient(pool, TIMEOUT_MS, (client) => ensureMeta(client, partitions));
  if (found.partitions !== partitions)
    throw otherPartitionCount('The event log in PostgreSQL', found.partitions, partitions);
  if (found.moved_to !== null && !evenIfRelocated) throw relocated(found.moved_to);
  const ends = () => withTimedClient(pool, TIMEOUT_MS, readEnds);
  const subscriptions = new Set<Subscription>();
  const source: PostgresSource = { pool, partitions, pollMs, logger, listeners: new Set() };
  return {
    partitions,
    async append(records) {
      const positions = await appendRecords(pool, records, TIMEOUT_MS);
      const ends = new Map(positions.map(({ partition, offset }) => [partition, offset + 1]));
      for (const listener of source.listeners) {
        for (const [partition, end] of ends) listener(partition, end);
      }
      return positions;
    },
    largestRecord: () => LARGEST_VALUE,
    async subscribe(consumer) {
      const subscription = subscribePostgres(source, consumer);
      subscriptions.add(subscription);
      const forget = () => subscriptions.delete(subscription);
      subscription.done.then(forget, forget);
      return subscription;
    },
    ends,
    weaknesses: () => weaknessesOfTable(pool, ends),
    async close() {
      await Promise.all([...subscriptions].map((subscription) => subscription.stop()));
    },
  };
}

/** Writes the partition count down at the first start; resolves with what holds. */
async function ensureMeta(
  client: PoolClient,
  partitions: number,
): Promise<{ partitions: number; moved_to: string | null }> {
  await client.query(
    `with first_start as (
       insert into log.meta (partitions, created_at)
       values ($1, (extract(epoch from clock_timestamp()) * 1000)::bigint)
       on conflict do nothing returning partitions
     )
     insert into log.partitions (partition)
     select generate_series(0, partitions - 1) from first_start on conflict do nothing`,
    [partitions],
  );
  const { rows } = await client.query<{ partitions: number; moved_to: string | null }>(
    'select partitions, moved_to from log.meta',
  );
  return rows[0] ?? { partitions: 0, moved_to: null };
}

async function readEnds(client: PoolClient): Promise<PartitionRange[]> {
  const { rows } = await client.query<Omit<PartitionRange, 'readable'>>(
    `select p.partition, p.next as end,
       coalesce((select min("offset") from log.records r where r.partition = p.partition), p.next) as low
     from log.partitions p order by p.partition`,
  );
  return rows.map(({ partition, low, end }) => ({
    ...{ partition, low: Number(low) },
    ...{ readable: Number(end), end: Number(end) },
  }));
}

const COUNT_TIMEOUT_MS = 30_000;
/** So many offsets are counted by one statement: a tenth of a second. */
const SLICE = 500_000;

const COUNT = `
  select count(*)::int as records from log.records
  where partition = $1 and "offset" >= $2 and "offset" < $3`;

/** What is gone from the table: its beginnings, and records from the midst. */
async function weaknessesOfTable(pool: Pool, ends: () => Promise<PartitionRange[]>): Promise<string[]> {
  const weaknesses: string[] = [];
  for (const { partition, low, end } of await ends()) {
    if (low > 0) weaknesses.push(beginningGone(partition, low));
    const gap = await findGap(pool, partition, low, end);
    if (gap === null) continue;
    // The beginning may have gone while the records were counted.
    const begins = (await ends())[partition]?.low ?? low;
    weaknesses.push(begins > low ? beginningGone(partition, begins) : gap);
  }
  return weaknesses;
}

async function findGap(pool: Pool, partition: number, low: number, end: number): Promise<string | null> {
  for (let from = low; from < end; from += SLICE) {
    const to = Math.min(end, from + SLICE);
    const records = await withTimedClient(pool, COUNT_TIMEOUT_MS, async (client) => {
      const { rows } = await client.query<{ records: number }>(COUNT, [partition, from, to]);
      return rows[0]?.records ?? 0;
    });
    if (records !== to - from)
      return `Partition ${partition} of the log has only ${records} of the ${to - from} records from offset ${from} to ${to - 1}: the others are gone. Restore the log from its export with janela log import, into an empty database.`;
  }
  return null;
}
