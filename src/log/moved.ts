import type { Pool } from 'pg';
import type { Manifest } from './export-manifest.ts';
import { LogBroken } from './log.ts';
import { TransferRefused } from './transfer-refused.ts';

/**
 * Notes where the log in PostgreSQL was imported into, or (null) that it is here. A log that was left behind takes no
 * more records: they would get positions that others have in the log that goes on.
 */
export async function noteMoved(pool: Pool, movedTo: string | null): Promise<void> {
  await pool.query('update log.meta set moved_to = $1', [movedTo]);
}

export function movedAway(movedTo: string): LogBroken {
  return new LogBroken(
    `The log of this database has moved to ${movedTo}: set KAFKA_BROKERS and KAFKA_TOPIC to that. To bring it back, export it from there with janela log export and import it here with janela log import.`,
  );
}

/** Refuses to leave a log in PostgreSQL behind that has more than what is taken along. */
export async function requireAllOfPostgres(pool: Pool, { heads }: Manifest): Promise<void> {
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
