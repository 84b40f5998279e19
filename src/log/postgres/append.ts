/** Appends to the log table: positions become visible in order. */

import type { Pool, PoolClient } from 'pg';
import { LOCK_SPACES } from '../../store/locks.ts';
import type { NewRecord, Position } from '../log.ts';
import { withTimedClient } from './client.ts';

/** A default of `off` or `local` would acknowledge what a crash can still take away. */
const BEGIN = `begin isolation level read committed;
  select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') in ('off', 'local')`;

/** In ascending order, so that writers never deadlock, and before the statement that reads the next offsets. */
const LOCK = 'select pg_advisory_xact_lock($1::int, p) from unnest($2::int[]) as p';

/**
 * All records travel in one bytea and are cut apart here: cheaper for both sides than an array of bytea. Those of one
 * partition come together, and so stand in the same pages: whoever reads the partition finds many in each.
 */
const INSERT = `
  with heads as (
    update log.partitions p set next = p.next + c.records
    from unnest($1::int[], $2::int[]) as c(partition, records)
    where p.partition = c.partition
    returning p.partition, p.next - c.records as first
  ), inserted as (
    insert into log.records (partition, "offset", key, value, appended_at)
    select h.partition, h.first + r.rank,
      substring($7::bytea from r.key_at for r.value_at - r.key_at),
      substring($7::bytea from r.value_at for r.value_bytes),
      (select (extract(epoch from clock_timestamp()) * 1000)::bigint)
    from unnest($3::int[], $4::int[], $5::int[], $6::int[], $8::int[])
      as r(partition, rank, key_at, value_at, value_bytes)
    join heads h on h.partition = r.partition
  )
  select partition, first from heads`;

interface Row {
  partition: number;
  /** How many records of the partition come before it. */
  rank: number;
  keyAt: number;
  valueAt: number;
  valueBytes: number;
}

interface Layout {
  partitions: number[];
  counts: number[];
  /** In the order of the records. */
  rows: Row[];
  body: Buffer;
}

/** Appends in one transaction; records of one partition keep their order. `timeoutMs` bounds the whole. */
export async function appendRecords(
  pool: Pool,
  records: readonly NewRecord[],
  timeoutMs: number,
): Promise<Position[]> {
  if (records.length === 0) return [];
  const layout = layOut(records);
  const firsts = await withTimedClient(pool, timeoutMs, (client) => insert(client, layout));
  return records.map(({ partition }, i) => ({
    partition,
    offset: (firsts.get(partition) ?? 0) + (layout.rows[i]?.rank ?? 0),
  }));
}

async function insert(client: PoolClient, layout: Layout): Promise<Map<number, number>> {
  await client.query(BEGIN);
  await client.query({ name: 'log-lock', text: LOCK, values: [LOCK_SPACES.logPartition, layout.partitions] });
  const byPartition = layout.rows.toSorted((a, b) => a.partition - b.partition);
  const { rows } = await client.query<{ partition: number; first: number | string }>({
    name: 'log-append',
    text: INSERT,
    values: [
      layout.partitions,
      layout.counts,
      byPartition.map(({ partition }) => partition),
      byPartition.map(({ rank }) => rank),
      byPartition.map(({ keyAt }) => keyAt),
      byPartition.map(({ valueAt }) => valueAt),
      layout.body,
      byPartition.map(({ valueBytes }) => valueBytes),
    ].map((value) => (Buffer.isBuffer(value) ? value : `{${value.join(',')}}`)),
  });
  if (rows.length !== layout.partitions.length) throw new RangeError('a record names an unknown partition');
  await client.query('commit');
  return new Map(rows.map(({ partition, first }) => [partition, Number(first)]));
}

function layOut(records: readonly NewRecord[]): Layout {
  const counts = new Map<number, number>();
  let at = 1;
  const rows = records.map(({ partition, key, value }): Row => {
    const rank = counts.get(partition) ?? 0;
    counts.set(partition, rank + 1);
    const row = { partition, rank, keyAt: at, valueAt: at + key.length, valueBytes: value.length };
    at += key.length + value.length;
    return row;
  });
  const partitions = [...counts.keys()].sort((a, b) => a - b);
  return {
    partitions,
    counts: partitions.map((partition) => counts.get(partition) ?? 0),
    rows,
    body: Buffer.concat(records.flatMap(({ key, value }) => [key, value])),
  };
}
