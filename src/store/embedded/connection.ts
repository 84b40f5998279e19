import { realpathSync } from 'node:fs';
import pg from 'pg';

/** How to log in to the server on a data directory of ours. */
export interface Login {
  port: number;
  password: string;
}

/** `ours`: it answers and works on the data directory; `starting`: it recovers, or is about to end. */
export type ServerState = 'ours' | 'starting' | 'silent';

export function urlOf(login: Login, database: string): string {
  return `postgres://janela:${login.password}@127.0.0.1:${login.port}/${database}`;
}

/** A connection to the maintenance database that runs for the length of `work`. */
async function connectOnce<T>(login: Login, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: urlOf(login, 'postgres'),
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    application_name: 'janela embedded',
  });
  // A connection that breaks fails the query in hand; nothing listens to it besides.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Who answers on the port. */
export async function stateOfServer(login: Login, folder: string): Promise<ServerState> {
  try {
    const shown = await connectOnce(login, (client) =>
      client.query<{ data_directory: string }>('SHOW data_directory'),
    );
    const answered = shown.rows[0]?.data_directory;
    return answered !== undefined && realpathSync(answered) === realpathSync(folder) ? 'ours' : 'silent';
  } catch (error) {
    return (error as { code?: string }).code === '57P03' ? 'starting' : 'silent';
  }
}

/** Creates the database `janela` where it is missing. */
export async function ensureDatabase(login: Login): Promise<void> {
  await connectOnce(login, async (client) => {
    const found = await client.query("SELECT FROM pg_database WHERE datname = 'janela'");
    if (found.rowCount === 0) await client.query('CREATE DATABASE janela');
  });
}

/** How many other programs are connected. */
export async function otherClients(login: Login): Promise<number> {
  return await connectOnce(login, async (client) => {
    const found = await client.query<{ count: string }>(
      "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
    );
    return Number(found.rows[0]?.count);
  });
}
