import { type CompiledQuery, type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import type { Pool, PoolClient, QueryConfig, QueryResultRow } from 'pg';
import { createSemaphore, type Semaphore } from '../async.ts';
import { onConnection } from '../store/database.ts';
import { LOCK_SPACES } from '../store/locks.ts';
import type { Tables } from '../store/tables.ts';

/** A connection whose session holds a tenant's invoices. */
export interface InvoiceSession {
  client: PoolClient;
  db: Kysely<Tables>;
}

/** Sessions at the same time over one pool: each may take two connections, and requests need some too. */
const AT_ONCE = 2;
const semaphores = new WeakMap<Pool, Semaphore>();
/** Whoever waits for a tenant waits here, without a connection. */
const lines = new WeakMap<Pool, Map<string, Promise<unknown>>>();

/**
 * Runs one thing at a time per tenant, also across processes: the lock is taken before any transaction begins, for a
 * snapshot must not be older than it (measured: with the lock inside, three invoices for one tenant).
 */
export async function withInvoiceSession<T>(
  pool: Pool,
  tenant: string,
  work: (session: InvoiceSession) => Promise<T>,
): Promise<T> {
  const line = lines.get(pool) ?? new Map<string, Promise<unknown>>();
  lines.set(pool, line);
  const turn = (line.get(tenant) ?? Promise.resolve()).then(() => hold(pool, tenant, work));
  const settled = turn.then(
    () => undefined,
    () => undefined,
  );
  line.set(tenant, settled);
  try {
    return await turn;
  } finally {
    if (line.get(tenant) === settled) line.delete(tenant);
  }
}

async function hold<T>(
  pool: Pool,
  tenant: string,
  work: (session: InvoiceSession) => Promise<T>,
): Promise<T> {
  const permits = semaphores.get(pool) ?? createSemaphore(AT_ONCE);
  semaphores.set(pool, permits);
  await permits.acquire();
  try {
    const client = await pool.connect();
    let failed = true;
    try {
      const db = onConnection(client);
      await sql`SELECT pg_advisory_lock(${sql.lit(LOCK_SPACES.tenantInvoices)}, hashtext(${tenant}))`.execute(
        db,
      );
      const result = await work({ client, db });
      await sql`SELECT pg_advisory_unlock(${sql.lit(LOCK_SPACES.tenantInvoices)}, hashtext(${tenant}))`.execute(
        db,
      );
      failed = false;
      return result;
    } finally {
      // Closing the connection of a failure also lets go of the lock.
      client.release(failed);
    }
  } finally {
    permits.release();
  }
}

/** No statement over all windows of a period takes this long, in ms; the pool's own limit is for short ones. */
export const LONG_MS = 3_600_000;

/** Lifts the limits of short statements for the rest of the transaction. `memoryMb`: for one sort or hash. */
export async function allowLongStatements(db: Kysely<Tables>, memoryMb = ENOUGH_TO_HASH_MB): Promise<void> {
  await sql`SET LOCAL statement_timeout = ${sql.lit(LONG_MS)}`.execute(db);
  await sql`SET LOCAL idle_in_transaction_session_timeout = ${sql.lit(LONG_MS)}`.execute(db);
  await sql`SET LOCAL work_mem = ${sql.lit(`${memoryMb}MB`)}`.execute(db);
}

/** Some 500,000 conversations. */
const ENOUGH_TO_HASH_MB = 96;

/** Runs a statement that may take long, inside a transaction that `allowLongStatements`. */
export async function runLong<Row extends QueryResultRow>(
  { client, db }: InvoiceSession,
  statement: RawBuilder<Row>,
): Promise<{ rows: Row[]; rowCount: number }> {
  const { sql: text, parameters }: CompiledQuery = statement.compile(db);
  const config: QueryConfig & { query_timeout: number } = {
    text,
    values: [...parameters],
    query_timeout: LONG_MS,
  };
  const { rows, rowCount } = await client.query<Row>(config);
  return { rows, rowCount: rowCount ?? 0 };
}

/**
 * Holds a tenant's invoices still until the end of the transaction: whatever an invoice is made from changes only
 * while none is being made. Must be the first statement, so that the next ones see what was committed before.
 */
export async function lockTenantInvoices(transaction: Transaction<Tables>, tenant: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${sql.lit(LOCK_SPACES.tenantInvoices)}, hashtext(${tenant}))`.execute(
    transaction,
  );
}

/** Holds the versions of a plan still, and who subscribes to it. Taken after the tenant's lock. */
export async function lockPlan(transaction: Transaction<Tables>, plan: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${sql.lit(LOCK_SPACES.plan)}, hashtext(${plan}))`.execute(
    transaction,
  );
}
