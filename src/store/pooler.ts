import type { PoolClient } from 'pg';
import { withClient } from './connections.ts';
import type { Database } from './database.ts';

/** A connection pooler that janela cannot work behind; the message says what to do. */
export class PoolerRefused extends Error {
  override name = 'PoolerRefused';
}

/** One round shows a pooler at rest; others' traffic can hide it from a few, not from all. */
const ROUNDS = 20;
const PATIENCE_MS = 10_000;

/**
 * Rejects with `PoolerRefused` where something lends one session of PostgreSQL to several clients in turn (PgBouncer
 * with `pool_mode` `transaction` or `statement`): the locks that keep two writers apart belong to sessions, and would
 * be taken by one client and held by another. Takes two connections; without a pooler it looks no further.
 */
export async function requireOwnSessions({ pool }: Pick<Database, 'pool'>): Promise<void> {
  try {
    await withClient({ pool }, async (one) => {
      if ((await backendOf(one)) === toldBackend(one)) return;
      await withClient({ pool }, (other) => requireApart(one, other));
    });
  } catch (error) {
    throw refusalOf(error) ?? error;
  }
}

/** A client keeps its session, also while another one works, and nobody else has it. */
async function requireApart(one: PoolClient, other: PoolClient): Promise<void> {
  const own = await backendOf(one);
  for (let round = 0; round < ROUNDS; round++) {
    await other.query('BEGIN');
    const lent = await backendOf(other);
    const now = await backendOf(one);
    await other.query('COMMIT');
    if (lent === own || now !== own) throw new PoolerRefused(modeSentence('transaction'));
  }
}

async function backendOf(client: PoolClient): Promise<number> {
  const asked = { text: 'SELECT pg_backend_pid() AS pid', query_timeout: PATIENCE_MS };
  const { rows } = await client.query<{ pid: number }>(asked);
  return rows[0]?.pid ?? 0;
}

/** What the client was told when it connected; a pooler tells a number of its own. */
function toldBackend(client: PoolClient): number | undefined {
  return (client as PoolClient & { processID?: number }).processID;
}

function refusalOf(error: unknown): PoolerRefused | null {
  const message = error instanceof Error ? error.message : '';
  const parameter = /unsupported startup parameter(?: in options)?: "?(\w+)/.exec(message)?.[1];
  if (parameter !== undefined)
    return new PoolerRefused(
      `The pooler in front of PostgreSQL refuses the startup parameter ${parameter}: take it out of DATABASE_URL (janela sends none that PgBouncer does not know), or set ignore_startup_parameters = ${parameter} in pgbouncer.ini.`,
    );
  if (/not allowed in statement pooling mode/.test(message))
    return new PoolerRefused(modeSentence('statement'));
  if (message === 'Query read timeout')
    return new PoolerRefused(
      `The pooler in front of PostgreSQL gave no second session within ${PATIENCE_MS / 1_000} s: raise its default_pool_size, a janela takes up to 50.`,
    );
  return null;
}

function modeSentence(mode: string): string {
  return `PostgreSQL is behind a pooler that lends one session to many clients (PgBouncer with pool_mode = ${mode}), which tears apart the locks that janela holds: set pool_mode = session for its database or user, or give DATABASE_URL the address of PostgreSQL itself.`;
}
