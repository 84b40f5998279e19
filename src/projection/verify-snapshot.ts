import type { PoolClient } from 'pg';
import type { Database } from '../store/database.ts';

/**
 * Lends connections for long work. They are not used again, whatever was set on them goes with them; when the signal
 * aborts they are cut at once, whatever statement runs.
 */
export async function withClients<T>(
  { pool }: Database,
  count: number,
  signal: AbortSignal,
  use: (clients: PoolClient[]) => Promise<T>,
): Promise<T> {
  const clients: PoolClient[] = [];
  const cut = () => {
    for (const client of clients.splice(0)) client.release(true);
  };
  signal.addEventListener('abort', cut);
  try {
    for (let i = 0; i < count; i++) {
      signal.throwIfAborted();
      clients.push(await pool.connect());
    }
    signal.throwIfAborted();
    return await use([...clients]);
  } finally {
    signal.removeEventListener('abort', cut);
    cut();
  }
}

/** Runs with one connection, and further ones that see the same: a read-only snapshot, held until the end. */
export async function inSnapshot<T>(
  database: Database,
  readers: number,
  signal: AbortSignal,
  use: (client: PoolClient, readers: PoolClient[]) => Promise<T>,
): Promise<T> {
  return await withClients(database, readers + 1, signal, async ([client, ...others]) => {
    if (client === undefined) throw new RangeError('a snapshot takes a connection');
    await client.query(BEGIN);
    const { rows } = await client.query<{ id: string }>('SELECT pg_export_snapshot() AS id');
    for (const other of others)
      await other.query(`${BEGIN}; SET TRANSACTION SNAPSHOT '${rows[0]?.id}'; ${FOR_SORTING}`);
    return await use(client, others);
  });
}

/** The holder of the snapshot waits while the readers work, for as long as that takes. */
const BEGIN =
  'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0';
const FOR_SORTING = "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off";
