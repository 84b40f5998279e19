import { realpathSync } from 'node:fs';
import pg from 'pg';
import { LOCKS } from '../locks.ts';

/** How to log in to the server on a data directory of ours, as the superuser who owns everything in there. */
export interface Login {
  port: number;
  password: string;
}

/** `ours`: it answers and works on the data directory; `starting`: it recovers, or is about to end. */
export type ServerState = 'ours' | 'starting' | 'silent';

export function urlOf(login: Login, database: string): string {
  return `postgres://janela:${login.password}@127.0.0.1:${login.port}/${database}`;
}

/** The role that the service runs as, which owns nothing. */
const RUNTIME_ROLE = 'janela_app';

/** The database of the service: as it works, and as the owner. */
export function accessTo(login: Login, runtimePassword: string): { url: string; ownerUrl: string } {
  const url = `postgres://${RUNTIME_ROLE}:${runtimePassword}@127.0.0.1:${login.port}/janela`;
  return { url, ownerUrl: urlOf(login, 'janela') };
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

/**
 * Creates the database `janela` and the role that works there, where they are missing. `renewed`: the password of the
 * role is a new one. Processes that start at the same time wait for each other.
 */
export async function ensureDatabase(
  login: Login,
  { password, renewed }: { password: string; renewed: boolean },
): Promise<void> {
  await connectOnce(login, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [LOCKS.migrate]);
    const found = await client.query("SELECT FROM pg_database WHERE datname = 'janela'");
    if (found.rowCount === 0) await client.query('CREATE DATABASE janela');
    const role = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [RUNTIME_ROLE]);
    if (role.rowCount !== 0 && !renewed) return;
    const verb = role.rowCount === 0 ? 'CREATE' : 'ALTER';
    await client.query(`${verb} ROLE ${RUNTIME_ROLE} LOGIN PASSWORD ${pg.escapeLiteral(password)}`);
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
