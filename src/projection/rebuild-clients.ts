import type { PoolClient } from 'pg';
import type { Database } from '../store/database.ts';
import { withClients } from './verify-snapshot.ts';

/**
 * Lends connections for long work on a rebuild. When the signal aborts, the server ends what they are at: it would
 * finish an index for a client that is gone, and keep the tables from being dropped meanwhile.
 */
export async function withWorkers<T>(
  database: Database,
  count: number,
  signal: AbortSignal,
  use: (clients: PoolClient[]) => Promise<T>,
): Promise<T> {
  return await withClients(database, count, signal, async (clients) => {
    const pids: number[] = [];
    const end = () => {
      // Where it fails, the database is away and so are they.
      database.pool
        .query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [pids])
        .catch(() => undefined);
    };
    signal.addEventListener('abort', end);
    try {
      for (const client of clients) {
        const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        pids.push(rows[0]?.pid ?? 0);
      }
      return await use(clients);
    } finally {
      signal.removeEventListener('abort', end);
    }
  });
}
