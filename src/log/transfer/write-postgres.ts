/** Fills the log table while nobody else writes to it. */

import { setTimeout as delay } from 'node:timers/promises';
import pg, { type Pool, type PoolClient } from 'pg';
import { LOCK_SPACES } from '../../store/locks.ts';
import { LogUnavailable, TransferRefused } from '../log.ts';
import { appendRecords } from '../postgres/append.ts';
import { withTimedClient } from '../postgres/client.ts';
import type { SoleWriter } from './write.ts';

const TIMEOUT_MS = 30_000;
/** What a killed process held is free as soon as the server notices. */
const LOCK_MS = 1_000;

const TAKE = `
  select count(*) filter (where not pg_try_advisory_lock($1, p))::int as others
  from generate_series(0, $2::int - 1) as p`;

/**
 * Locks every partition of the log in PostgreSQL for as long as its one connection lasts, which makes all other writers
 * wait until they give up. Rejects with `TransferRefused` where somebody writes now.
 */
export async function createPostgresWriter(database: Pool, partitions: number): Promise<SoleWriter> {
  const pool = new pg.Pool({
    ...database.options,
    max: 1,
    idleTimeoutMillis: 0,
    application_name: 'janela import',
  });
  pool.on('error', () => undefined);
  const locked = new WeakSet<PoolClient>();

  async function lock(client: PoolClient): Promise<boolean> {
    const deadline = performance.now() + LOCK_MS;
    while (!locked.has(client)) {
      if ((await take(client)) === 0) locked.add(client);
      else if (performance.now() > deadline) return false;
      else await delay(100);
    }
    return true;
  }

  async function take(client: PoolClient): Promise<number> {
    const { rows } = await client.query<{ others: number }>(TAKE, [LOCK_SPACES.logPartition, partitions]);
    const others = rows[0]?.others ?? 0;
    if (others > 0) await client.query('select pg_advisory_unlock_all()');
    return others;
  }

  /** The locks are there and the partition ends at `first`; nobody moves that end while they are. */
  async function settle(partition: number, first: number): Promise<void> {
    const fits = await withTimedClient(pool, TIMEOUT_MS, async (client) => {
      if (!(await lock(client))) return null;
      const { rows } = await client.query('select from log.partitions where partition = $1 and next = $2', [
        partition,
        first,
      ]);
      return rows.length > 0;
    });
    if (fits === null) throw taken();
    if (!fits) throw new LogUnavailable(`partition ${partition} does not end at ${first}`);
  }

  try {
    if (!(await withTimedClient(pool, TIMEOUT_MS, lock))) throw taken();
  } catch (error) {
    await pool.end();
    throw error;
  }
  return {
    async append(partition, records) {
      await settle(partition, records[0]?.offset ?? 0);
      const [position] = await appendRecords(
        pool,
        records.map(({ key, value }) => ({ partition, key, value })),
        TIMEOUT_MS,
      );
      return position?.offset ?? -1;
    },
    close: () => pool.end(),
  };
}

function taken(): TransferRefused {
  return new TransferRefused(
    'Somebody is writing into the log in PostgreSQL: stop every service, and let other imports finish.',
  );
}
