/** Shares the partitions of the log table out among the processes of a group. */

import { hash } from 'node:crypto';
import pg, { type Pool } from 'pg';
import type { Logger } from 'pino';
import { createBackoff, createSemaphore, pause } from '../../async.ts';
import { LOCK_SPACES } from '../../store/locks.ts';
import { type Consumer, LogUnavailable, type Subscription } from '../log.ts';
import { type ConsumeEnd, consumePartition } from '../partition-loop.ts';
import { postgresError } from './client.ts';
import { createPostgresReader, type PostgresReader } from './reader.ts';

/** How soon a partition moves on after its reader died or another one came. */
const REBALANCE_MS = 200;

interface Held {
  reader: PostgresReader;
  ended: Promise<ConsumeEnd>;
  closing: boolean;
}

export interface PostgresSource {
  pool: Pool;
  partitions: number;
  pollMs: number;
  logger: Logger;
  /** Told of partition and end right after an append in this process, which saves the wait for the next poll. */
  listeners: Set<(partition: number, end: number) => void>;
}

/** Every process of a group takes its share of the partitions, holds them by advisory locks and polls their ends. */
export function subscribePostgres(source: PostgresSource, consumer: Consumer): Subscription {
  const { pool, pollMs, logger, listeners } = source;
  const stopping = new AbortController();
  const share = createShare(source, consumer, stopping);

  async function session(claims: Claims): Promise<void> {
    let balancedAt = Number.NEGATIVE_INFINITY;
    while (!stopping.signal.aborted) {
      for (const [partition, end] of await claims.heads()) share.ends(partition, end);
      if (performance.now() - balancedAt >= REBALANCE_MS) {
        await share.balance(claims);
        balancedAt = performance.now();
      }
      await pause(pollMs, stopping.signal);
    }
  }

  async function run(): Promise<void> {
    const backoff = createBackoff();
    listeners.add(share.ends);
    while (!stopping.signal.aborted) {
      try {
        const claims = await connectClaims(pool, consumer.group);
        backoff.reset();
        // The batches in hand are finished, then every lock is given up with the connection that held them.
        await session(claims).finally(() => share.release().then(() => claims.close()));
      } catch (error) {
        if (!(postgresError(error) instanceof LogUnavailable)) share.breakOff(error);
        if (share.broken()) break;
        const { message: reason } = error as Error;
        logger.warn(
          { group: consumer.group, reason },
          'lost the connection that holds the partitions, taking them anew',
        );
        await pause(backoff.next(), stopping.signal);
      }
    }
    listeners.delete(share.ends);
    if (share.broken()) throw share.broken();
  }

  const done = run();
  return {
    done,
    held: share.held,
    async stop() {
      stopping.abort();
      share.close();
      await Promise.allSettled([done]);
    },
  };
}

/** The partitions that this process reads, as many as its share of the group's. */
interface Share {
  held(): number[];
  /** Tells the partition's reader how far it may read. */
  ends(partition: number, end: number): void;
  /** Gives up what is too much and takes what is missing, where it is free. */
  balance(claims: Claims): Promise<void>;
  /** Lets no reader read on. */
  close(): void;
  /** Resolves when no batch is in hand any more; then nothing is held. */
  release(): Promise<void>;
  /** Ends the subscription with an error that only a person can mend. */
  breakOff(error: unknown): void;
  broken(): unknown;
}

function createShare(
  { pool, partitions }: PostgresSource,
  consumer: Consumer,
  stopping: AbortController,
): Share {
  const permits = createSemaphore(consumer.concurrency);
  const held = new Map<number, Held>();
  const finished = new Set<number>();
  let broken: unknown = null;

  function breakOff(error: unknown): void {
    broken ??= error;
    stopping.abort();
  }

  function hold(partition: number): void {
    const until = consumer.until?.get(partition) ?? Number.POSITIVE_INFINITY;
    const reader = createPostgresReader(pool, partition, consumer.batchSize, until);
    const ended = consumePartition(partition, reader, consumer, permits, stopping.signal);
    held.set(partition, { reader, ended, closing: false });
    ended.then((end) => {
      if (end === 'finished') finished.add(partition);
      if (finished.size === partitions) stopping.abort();
    }, breakOff);
  }

  async function letGo(partition: number, entry: Held, claims: Claims): Promise<void> {
    entry.closing = true;
    entry.reader.close();
    await Promise.allSettled([entry.ended]);
    held.delete(partition);
    // Without its connection the lock is gone as well, and the next poll says so.
    await Promise.allSettled([claims.release(partition)]);
  }

  async function balance(claims: Claims): Promise<void> {
    const most = Math.ceil(partitions / (await claims.members()));
    const kept = [...held].filter(([, { closing }]) => !closing);
    const excess = kept.filter(([partition], i) => finished.has(partition) || i >= most);
    for (const [partition, entry] of excess) void letGo(partition, entry, claims);
    let more = most - kept.length + excess.length;
    for (let partition = 0; partition < partitions && more > 0; partition++) {
      if (held.has(partition) || finished.has(partition) || !(await claims.take(partition))) continue;
      hold(partition);
      more--;
    }
  }

  function close(): void {
    for (const { reader } of held.values()) reader.close();
  }

  return {
    ...{ balance, breakOff, close },
    broken: () => broken,
    held: () => [...held.keys()],
    ends: (partition, end) => held.get(partition)?.reader.ends(end),
    async release() {
      close();
      await Promise.allSettled([...held.values()].map(({ ended }) => ended));
      held.clear();
    },
  };
}

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
interface Claims {
  /** How many processes read for this group, this one included. */
  members(): Promise<number>;
  take(partition: number): Promise<boolean>;
  release(partition: number): Promise<void>;
  /** End of every partition. */
  heads(): Promise<Map<number, number>>;
  close(): Promise<void>;
}

async function connectClaims(pool: Pool, group: string): Promise<Claims> {
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
