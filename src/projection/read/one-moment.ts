/**
 * Reads of one moment: each has a transaction and a connection of its own, and all of them see what one snapshot of
 * PostgreSQL shows, so that what several answers say fits together.
 * https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables } from '../../store/tables.ts';

interface Moment {
  /** As PostgreSQL names the snapshot, while the transaction that shows it is open. */
  id: string;
  over: ReadonlySet<Kysely<Tables>>;
}

const current = new AsyncLocalStorage<Moment>();

/** Longer than a read waits for its turn, in ms. */
const LONGEST_MS = 120_000;

/**
 * What reads see in `work` over any of the connections `over`, all of one server, is of one moment: the call's. It holds
 * a connection of `db`, at most `most` at a time; who comes then reads as ever, each time what there is.
 */
export function createMoments(
  db: Kysely<Tables>,
  { over, most }: { over: readonly Kysely<Tables>[]; most: number },
): <T>(work: () => Promise<T>) => Promise<T> {
  const shared = new Set(over);
  let held = 0;
  return async (work) => {
    if (held >= most) return await work();
    held++;
    try {
      const transaction = await db
        .startTransaction()
        .setIsolationLevel('repeatable read')
        .setAccessMode('read only')
        .execute();
      try {
        return await current.run({ id: await exported(transaction), over: shared }, work);
      } finally {
        await transaction.rollback().execute();
      }
    } finally {
      held--;
    }
  };
}

async function exported(transaction: Transaction<Tables>): Promise<string> {
  await sql`SET LOCAL idle_in_transaction_session_timeout = ${sql.lit(LONGEST_MS)}`.execute(transaction);
  const { rows } = await sql<{ id: string }>`SELECT pg_export_snapshot() AS id`.execute(transaction);
  const [found] = rows;
  if (found === undefined) throw new Error('PostgreSQL exported no snapshot');
  return found.id;
}

/** Lets a transaction over these connections, before its first query, see the moment that it is read in, if any. */
export async function seeMoment(db: Kysely<Tables>, transaction: Transaction<Tables>): Promise<void> {
  const moment = current.getStore();
  if (moment?.over.has(db) === true)
    await sql`SET TRANSACTION SNAPSHOT ${sql.lit(moment.id)}`.execute(transaction);
}
