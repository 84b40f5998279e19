/** The log in PostgreSQL that was left for another one. */

import type { ClientBase, Pool } from 'pg';
import { LOCK_SPACES } from '../../store/locks.ts';
import { LogBroken, TransferRefused } from '../log.ts';
import { withTimedClient } from './client.ts';

/**
 * Notes where the log in PostgreSQL was imported into, or (null) that it is here. A log that was left behind takes no
 * more records: they would get positions that others have in the log that goes on.
 */
export async function noteRelocation(pool: Pool, movedTo: string | null): Promise<void> {
  await pool.query('update log.meta set moved_to = $1', [movedTo]);
}

const TIMEOUT_MS = 30_000;

/** What is taken along: so many partitions, and where each ended. */
export interface Relocated {
  partitions: number;
  heads: readonly { end: number }[];
}

/**
 * Notes where the log in PostgreSQL went, unless it has more by now than what was taken along: whoever appends meanwhile
 * has either committed before this looks, or waits until it is noted.
 */
export async function relocate(pool: Pool, taken: Relocated, movedTo: string): Promise<void> {
  await withTimedClient(pool, TIMEOUT_MS, async (client) => {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1::int, p) from generate_series(0, $2::int - 1) as p', [
      LOCK_SPACES.logPartition,
      taken.partitions,
    ]);
    await requireNothingLeft(client, taken);
    await client.query('update log.meta set moved_to = $1', [movedTo]);
    await client.query('commit');
  });
}

export function relocated(movedTo: string): LogBroken {
  return new LogBroken(
    `The log of this database has moved to ${movedTo}: set KAFKA_BROKERS and KAFKA_TOPIC to that. To bring it back, export it from there with janela log export and import it here with janela log import.`,
  );
}

/** Refuses to leave a log in PostgreSQL behind that has more than what is taken along. */
export async function requireNothingLeft(pool: Pool | ClientBase, { heads }: Relocated): Promise<void> {
  const { rows } = await pool.query<{ partition: number; next: number | string }>(
    'select partition, next from log.partitions order by partition',
  );
  for (const { partition, next } of rows) {
    const end = heads[partition]?.end ?? 0;
    if (Number(next) <= end) continue;
    throw new TransferRefused(
      `The log in PostgreSQL has ${next} records in partition ${partition}, the export only ${end}: events came in after it. Stop the service, export again and import that.`,
    );
  }
}
