import { hash } from 'node:crypto';
import pg, { type Pool } from 'pg';
import { LOCK_SPACES } from '../store/locks.ts';

const MEMBERS = `
  select count(*)::int as members from pg_locks
  where locktype = 'advisory' and granted and objsubid = 2 and classid = $1::bigint and objid = $2::bigint
    and database = (select oid from pg_database where datname = current_database())`;

const TAKE = 'select pg_try_advisory_lock($1, $2) as taken';
const RELEASE = 'select pg_advisory_unlock($1, $2)';
const HEADS = 'select partition, next from log.partitions';

/**
 * Which partitions this process reads for a group: session advisory locks on a connection of its own, so that they
 * are free as soon as the process is gone. Every call rejects once that connection is lost.
 */
export interface Claims {
  /** How many processes read for this group, this one included. */
  members(): Promise<number>;
  take(partition: number): Promise<boolean>;
  release(partition: number): Promise<void>;
  /** End of every partition. */
  heads(): Promise<Map<number, number>>;
  close(): Promise<void>;
}

export async function connectClaims(pool: Pool, group: string): Promise<Claims> {
  const space = LOCK_SPACES.logConsumer;
  const client = new pg.Client({
    ...pool.options,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
  });
  // The query that is running, or the next one, is rejected with the same error.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select pg_advisory_lock_shared($1, $2)', [space, lockKey(group)]);
  } catch (error) {
    await client.end();
    throw error;
  }
  // One query at a time, also when a partition is released while the ends are polled.
  let turn: Promise<unknown> = Promise.resolve();
  function query<Row extends pg.QueryResultRow>(text: string, values: number[] = []): Promise<Row[]> {
    const rows = turn.then(async () => (await client.query<Row>({ text, values })).rows);
    turn = Promise.allSettled([rows]);
    return rows;
  }
  return {
    async members() {
      const [row] = await query<{ members: number }>(MEMBERS, [space, lockKey(group) >>> 0]);
      return row?.members ?? 1;
    },
    async take(partition) {
      const [row] = await query<{ taken: boolean }>(TAKE, [space, lockKey(group, partition)]);
      return row?.taken ?? false;
    },
    async release(partition) {
      await query(RELEASE, [space, lockKey(group, partition)]);
    },
    async heads() {
      const rows = await query<{ partition: number; next: number | string }>(HEADS);
      return new Map(rows.map(({ partition, next }) => [partition, Number(next)]));
    },
    close: () => client.end(),
  };
}

/** First 32 bits of SHA-256 of group and partition; of the group alone: its members. */
function lockKey(group: string, partition?: number): number {
  return hash('sha256', JSON.stringify([group, partition]), 'buffer').readInt32BE();
}
