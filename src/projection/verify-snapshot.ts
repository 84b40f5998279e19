import type { PoolClient } from 'pg';
import type { Database } from '../store/database.ts';

/**
 * Runs with one connection, and further ones that see the same: a read-only snapshot of the database, held until the
 * end. Connections whose work was broken off are not used again.
 */
export async function inSnapshot<T>(
  database: Database,
  readers: number,
  use: (client: PoolClient, readers: PoolClient[]) => Promise<T>,
): Promise<T> {
  const clients: PoolClient[] = [];
  try {
    const client = await connect(database, clients);
    await client.query(BEGIN);
    const { rows } = await client.query<{ id: string }>('SELECT pg_export_snapshot() AS id');
    const others: PoolClient[] = [];
    for (let i = 0; i < readers; i++) {
      const other = await connect(database, clients);
      await other.query(`${BEGIN}; SET TRANSACTION SNAPSHOT '${rows[0]?.id}'; ${FOR_SORTING}`);
      others.push(other);
    }
    return await use(client, others);
  } finally {
    for (const client of clients) client.release(true);
  }
}

/** The holder of the snapshot waits while the readers work, for as long as that takes. */
const BEGIN =
  'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0';
const FOR_SORTING = "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off";

async function connect(database: Database, clients: PoolClient[]): Promise<PoolClient> {
  const client = await database.pool.connect();
  clients.push(client);
  return client;
}
