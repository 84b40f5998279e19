import type { PoolClient } from 'pg';
import { withConnection } from './connections.ts';
import type { Database } from './database.ts';

/** The way to PostgreSQL that `DATABASE_URL` names is none that janela can go; the message says what to do. */
export class DatabaseRefused extends Error {
  override name = 'DatabaseRefused';
}

/** One round shows a pooler at rest; others' traffic can hide it from a few, not from all. */
const ROUNDS = 20;
const SESSION_TIMEOUT_MS = 10_000;

/**
 * Rejects with `DatabaseRefused` where TLS is not as it was asked for, or where something lends one session of
 * PostgreSQL to several clients in turn (PgBouncer with `pool_mode` `transaction` or `statement`): the locks that keep
 * two writers apart belong to sessions, and would be taken by one client and held by another. Takes two connections;
 * without a pooler it looks no further.
 */
export async function requireAccess({ pool }: Pick<Database, 'pool'>): Promise<void> {
  try {
    await withConnection({ pool }, async (one) => {
      if ((await backendOf(one)) === toldBackend(one)) return;
      await withConnection({ pool }, (other) => requireApart(one, other)).catch((error: unknown) =>
        refuseUnanswered(error, one),
      );
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
    if (lent === own || now !== own) throw new DatabaseRefused(modeSentence('transaction'));
  }
}

/** Where the first session still answers, there is no second one; where it does not either, nobody answers now. */
async function refuseUnanswered(error: unknown, one: PoolClient): Promise<never> {
  if ((error as Error).message !== 'Query read timeout') throw error;
  await backendOf(one);
  throw new DatabaseRefused(
    'The pooler in front of PostgreSQL gave no second session in time: raise its default_pool_size, a janela takes up to 50.',
  );
}

async function backendOf(client: PoolClient): Promise<number> {
  const asked = { text: 'SELECT pg_backend_pid() AS pid', query_timeout: SESSION_TIMEOUT_MS };
  const { rows } = await client.query<{ pid: number }>(asked);
  return rows[0]?.pid ?? 0;
}

/** What the client was told when it connected; a pooler tells a number of its own. */
function toldBackend(client: PoolClient): number | undefined {
  return (client as PoolClient & { processID?: number }).processID;
}

/** What Node says of a certificate that it does not trust. */
const UNTRUSTED = /^(SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_(VERIFY|GET)_|CERT_|ERR_TLS_CERT_)/;

function refusalOf(error: unknown): DatabaseRefused | null {
  const { message = '', code = '' } = error as { message?: string; code?: string };
  if (message.startsWith('The server does not support SSL'))
    return new DatabaseRefused(
      'PostgreSQL takes no TLS, and sslmode in DATABASE_URL asks for it: turn it on there (ssl = on), or set sslmode=disable.',
    );
  if (UNTRUSTED.test(code))
    return new DatabaseRefused(
      `The certificate of PostgreSQL is not trusted (${message}): name the file of its authority with sslrootcert in DATABASE_URL. sslmode=no-verify encrypts without asking who answers.`,
    );
  const parameter = /unsupported startup parameter(?: in options)?: "?(\w+)/.exec(message)?.[1];
  if (parameter !== undefined)
    return new DatabaseRefused(
      `The pooler in front of PostgreSQL refuses the startup parameter ${parameter}: take it out of DATABASE_URL (janela sends none that PgBouncer does not know), or set ignore_startup_parameters = ${parameter} in pgbouncer.ini.`,
    );
  if (/not allowed in statement pooling mode/.test(message))
    return new DatabaseRefused(modeSentence('statement'));
  return null;
}

function modeSentence(mode: string): string {
  return `PostgreSQL is behind a pooler that lends one session to many clients (PgBouncer with pool_mode = ${mode}), which tears apart the locks that janela holds: set pool_mode = session for its database or user, or give DATABASE_URL the address of PostgreSQL itself.`;
}
