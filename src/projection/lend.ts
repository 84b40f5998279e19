import type { PoolClient } from 'pg';
import type { Database } from '../store/database.ts';

/** Lends a connection; one that failed is not used again. */
export async function withClient<T>(
  { pool }: Pick<Database, 'pool'>,
  use: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let failed = true;
  try {
    const result = await use(client);
    failed = false;
    return result;
  } finally {
    client.release(failed);
  }
}

/** Lends a connection for one transaction; rejects with nothing done where the work does. */
export async function inTransaction<T>(
  { pool }: Pick<Database, 'pool'>,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  return await withClient({ pool }, async (client) => {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  });
}
