import type { PoolClient } from 'pg';
import type { Database } from '../store/database.ts';

/** Lends a connection; one that failed is not used again. */
export async function withClient<T>({ pool }: Database, use: (client: PoolClient) => Promise<T>): Promise<T> {
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
