import type { PoolClient } from 'pg';
import type { Database } from './database.ts';

/** Lends a connection; one that failed is not used again. */
export async function withConnection<T>(
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
  return await withConnection({ pool }, async (client) => {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  });
}

/**
 * Lends connections for long work. They are not used again, whatever was set on them goes with them; when the signal
 * aborts they are cut at once, whatever statement runs.
 */
async function withConnections<T>(
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
  return await withConnections(database, readers + 1, signal, async ([client, ...others]) => {
    if (client === undefined) throw new RangeError('a snapshot takes a connection');
    await beginSnapshot(client);
    const { rows } = await client.query<{ id: string }>('SELECT pg_export_snapshot() AS id');
    for (const other of others)
      await other.query(`${BEGIN}; SET TRANSACTION SNAPSHOT '${rows[0]?.id}'; ${FOR_SORTING}`);
    return await use(client, others);
  });
}

/** From its next statement on a connection sees one state of the database, until it is released. */
export async function beginSnapshot(client: PoolClient): Promise<void> {
  await client.query(BEGIN);
}

/** The holder of the snapshot waits while the readers work, for as long as that takes. */
const BEGIN =
  'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0';
const FOR_SORTING = "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off";

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
  return await withConnections(database, count, signal, async (clients) => {
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
