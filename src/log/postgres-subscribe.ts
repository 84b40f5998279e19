import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { type DriveEnd, drivePartition } from './drive.ts';
import { type Consumer, LogUnavailable, type Subscription } from './log.ts';
import { type Claims, connectClaims } from './postgres-claims.ts';
import { postgresError } from './postgres-client.ts';
import { createPostgresReader, type PostgresReader } from './postgres-reader.ts';
import { createBackoff, createGate, pause } from './signal.ts';

/** How soon a partition moves on after its reader died or another one came. */
const REBALANCE_MS = 200;

interface Held {
  reader: PostgresReader;
  ended: Promise<DriveEnd>;
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
  const { pool, partitions, pollMs, logger, listeners } = source;
  const stopping = new AbortController();
  const gate = createGate(consumer.concurrency);
  const held = new Map<number, Held>();
  const finished = new Set<number>();
  let broken: unknown = null;

  function hold(partition: number): void {
    const until = consumer.until?.get(partition) ?? Number.POSITIVE_INFINITY;
    const reader = createPostgresReader(pool, partition, consumer.batchSize, until);
    const ended = drivePartition(partition, reader, consumer, gate, stopping.signal);
    held.set(partition, { reader, ended, closing: false });
    ended.then(
      (end) => {
        if (end === 'finished') finished.add(partition);
        if (finished.size === partitions) stopping.abort();
      },
      (error: unknown) => {
        broken ??= error;
        stopping.abort();
      },
    );
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
    const share = Math.ceil(partitions / (await claims.members()));
    const kept = [...held].filter(([, { closing }]) => !closing);
    const excess = kept.filter(([partition], i) => finished.has(partition) || i >= share);
    for (const [partition, entry] of excess) void letGo(partition, entry, claims);
    let more = share - kept.length + excess.length;
    for (let partition = 0; partition < partitions && more > 0; partition++) {
      if (held.has(partition) || finished.has(partition) || !(await claims.take(partition))) continue;
      hold(partition);
      more--;
    }
  }

  async function session(claims: Claims): Promise<void> {
    let balancedAt = Number.NEGATIVE_INFINITY;
    while (!stopping.signal.aborted) {
      for (const [partition, end] of await claims.heads()) held.get(partition)?.reader.ends(end);
      if (performance.now() - balancedAt >= REBALANCE_MS) {
        await balance(claims);
        balancedAt = performance.now();
      }
      await pause(pollMs, stopping.signal);
    }
  }

  /** Finishes the batches in hand, then gives up every lock with the connection that held them. */
  async function end(claims: Claims): Promise<void> {
    for (const { reader } of held.values()) reader.close();
    await Promise.allSettled([...held.values()].map(({ ended }) => ended));
    held.clear();
    await claims.close();
  }

  async function run(): Promise<void> {
    const tell = (partition: number, end: number) => held.get(partition)?.reader.ends(end);
    const backoff = createBackoff();
    listeners.add(tell);
    while (!stopping.signal.aborted) {
      try {
        const claims = await connectClaims(pool, consumer.group);
        backoff.reset();
        try {
          await session(claims);
        } finally {
          await end(claims);
        }
      } catch (error) {
        if (!(postgresError(error) instanceof LogUnavailable)) broken ??= error;
        if (broken) break;
        const { message: reason } = error as Error;
        logger.warn(
          { group: consumer.group, reason },
          'lost the connection that holds the partitions, taking them anew',
        );
        await pause(backoff.next(), stopping.signal);
      }
    }
    listeners.delete(tell);
    if (broken) throw broken;
  }

  const done = run();
  return {
    done,
    held: () => [...held.keys()],
    async stop() {
      stopping.abort();
      for (const { reader } of held.values()) reader.close();
      await Promise.allSettled([done]);
    },
  };
}
