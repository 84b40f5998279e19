/** Connections to the log in PostgreSQL, with a time limit, and what their errors mean. */

import { types } from 'node:util';
import pg, { type Pool, type PoolClient } from 'pg';
import { LogBroken, LogRefused, LogUnavailable, TransferRefused } from '../log.ts';

/** SQLSTATE classes of trouble that passes: connection, transaction, resources, locks, shutdown, system. */
const PASSING = /^(08|25|40|53|55|57|58|XX)/;

/**
 * Runs on one connection of the pool, which is destroyed after a failure or when `timeoutMs` have passed.
 * Trouble that passes is rejected as `LogUnavailable`, a mistake of ours as itself.
 */
export async function withTimedClient<T>(
  pool: Pool,
  timeoutMs: number,
  run: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  let expired = false;
  let client: PoolClient | null = null;
  const release = (destroy: boolean) => {
    client?.off('error', onError);
    client?.release(destroy);
    client = null;
  };
  // The query that is running, or the next one, is rejected with the same error.
  const onError = () => undefined;
  const timer = setTimeout(() => {
    expired = true;
    late.reject(new LogUnavailable(`PostgreSQL did not answer within ${timeoutMs} ms`));
    release(true);
  }, timeoutMs);
  const work = async () => {
    client = await pool.connect();
    if (expired) return release(false) as never;
    client.on('error', onError);
    const result = await run(client);
    release(false);
    return result;
  };
  try {
    return await Promise.race([late.promise, work()]);
  } catch (error) {
    release(true);
    throw postgresError(error);
  } finally {
    clearTimeout(timer);
  }
}

/** Of these and of the rest, what only a person can mend: passwords, rights, damaged files. */
const LASTING = /^(28|42501|XX00[12])/;

/** What the port promises to throw. */
export function postgresError(error: unknown): unknown {
  if ([LogUnavailable, LogRefused, LogBroken, TransferRefused].some((kind) => error instanceof kind))
    return error;
  if (!types.isNativeError(error) || /^(Type|Range|Reference)Error$/.test(error.name)) return error;
  const code = error instanceof pg.DatabaseError ? (error.code ?? '') : null;
  if (code !== null && LASTING.test(code))
    return new LogRefused(`PostgreSQL refuses, and will until somebody mends it: ${error.message}`, {
      cause: error,
    });
  if (code !== null && !PASSING.test(code)) return error;
  return new LogUnavailable(`PostgreSQL: ${error.message}`, { cause: error });
}
