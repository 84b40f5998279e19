import type { Pool } from 'pg';

/**
 * Does work of which there is one at a time among all processes: while an advisory lock is held, on a connection of its
 * own, so that it goes with the process however that ends. Where another process holds it nothing is done. The work's
 * signal aborts with the given one, and when that connection breaks.
 */
export async function whileAlone(
  pool: Pool,
  lock: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const client = await pool.connect();
  const lost = new AbortController();
  const onError = () => lost.abort(new Error('the connection that holds the lock broke'));
  client.on('error', onError);
  try {
    const { rows } = await client.query<{ ours: boolean }>('SELECT pg_try_advisory_lock($1) AS ours', [lock]);
    if (rows[0]?.ours === true) await work(AbortSignal.any([signal, lost.signal]));
  } finally {
    client.off('error', onError);
    client.release(true);
  }
}
