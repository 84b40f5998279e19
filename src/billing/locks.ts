import { type CompiledQuery, type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import type { Pool, PoolClient, QueryConfig, QueryResultRow } from 'pg';
import { createSemaphore, pause, type Semaphore } from '../async.ts';
import { withConnection } from '../store/connections.ts';
import { onConnection } from '../store/database.ts';
import { LOCK_SPACES } from '../store/locks.ts';
import type { Tables } from '../store/tables.ts';

/** A connection of the pool of finance; inside `withInvoiceSession` its session holds a tenant's invoices. */
export interface InvoiceSession {
  client: PoolClient;
  db: Kysely<Tables>;
}

/**
 * Sessions at the same time over one pool; of these so many make invoices, for which each takes a second connection.
 * The pool has one for every session and every second one, so that nobody in here ever waits for a connection.
 */
const SESSIONS = 4;
const LONG_SESSIONS = 2;
/** Connections of the pool that changes of finance have for themselves. */
export const FINANCE_CONNECTIONS = SESSIONS + LONG_SESSIONS;

/** `long`: makes an invoice, and may take a second connection from the same pool. */
export type SessionSize = 'short' | 'long';

interface Waits {
  all: Semaphore;
  long: Semaphore;
  /** Whoever waits for a tenant of this process waits here, first come first served. */
  lines: Map<string, Promise<unknown>>;
}

const waitsOf = new WeakMap<Pool, Waits>();

/**
 * Runs one thing at a time per tenant, also across processes: what invoices are made from changes only while none is
 * being made. The lock is taken before any transaction begins, for a snapshot must not be older than it (measured: with
 * the lock inside, three invoices for one tenant). Whoever waits holds no connection; where the lock stays taken for
 * too long, rejects with `LockTimeout`.
 */
export async function withInvoiceSession<T>(
  pool: Pool,
  tenant: string,
  work: (session: InvoiceSession) => Promise<T>,
  size: SessionSize = 'short',
): Promise<T> {
  const { lines } = waitsFor(pool);
  const turn = (lines.get(tenant) ?? Promise.resolve()).then(() => onceFree(pool, tenant, work, size));
  const settled = turn.then(
    () => undefined,
    () => undefined,
  );
  lines.set(tenant, settled);
  try {
    return await turn;
  } finally {
    if (lines.get(tenant) === settled) lines.delete(tenant);
  }
}

function waitsFor(pool: Pool): Waits {
  const known = waitsOf.get(pool);
  if (known !== undefined) return known;
  const made = {
    all: createSemaphore(SESSIONS),
    long: createSemaphore(LONG_SESSIONS),
    lines: new Map<string, Promise<unknown>>(),
  };
  waitsOf.set(pool, made);
  return made;
}

/** Another process kept the lock for too long. Callers see what they see of PostgreSQL's own `lock_timeout`. */
class LockTimeout extends Error {
  override name = 'LockTimeout';
  readonly code = '55P03';
}

/** Longer than an invoice of some million windows takes. */
const PATIENCE_MS = 30_000;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 200;

/** Tries, for another process may hold the tenant: waiting inside PostgreSQL would keep a connection from others. */
async function onceFree<T>(
  pool: Pool,
  tenant: string,
  work: (session: InvoiceSession) => Promise<T>,
  size: SessionSize,
): Promise<T> {
  const never = new AbortController().signal;
  const deadline = performance.now() + PATIENCE_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const tried = await inSession(pool, size, (session) => ifFree(session, tenant, work));
    if (tried.held) return tried.value;
    if (performance.now() > deadline)
      throw new LockTimeout(`another process is at the invoices of ${tenant}`);
    await pause(pauseMs, never);
  }
}

async function ifFree<T>(
  session: InvoiceSession,
  tenant: string,
  work: (session: InvoiceSession) => Promise<T>,
): Promise<{ held: true; value: T } | { held: false }> {
  const { free } = await takeFree(session, [tenant]);
  if (free.length === 0) return { held: false };
  const value = await work(session);
  await leave(session, free);
  return { held: true, value };
}

/**
 * The same for many tenants at once, with whom no invoice is being made or what it is made from changed just now: the
 * work is told whom it has, and who was `busy`.
 */
export async function withFreeTenants<T>(
  pool: Pool,
  tenants: readonly string[],
  work: (session: InvoiceSession, free: readonly string[], busy: readonly string[]) => Promise<T>,
): Promise<T> {
  return await inSession(pool, 'long', async (session) => {
    const { free, busy } = await takeFree(session, tenants);
    const value = await work(session, free, busy);
    await leave(session, free);
    return value;
  });
}

async function takeFree({ db }: InvoiceSession, tenants: readonly string[]) {
  const { rows } = await sql<{ tenant: string; ours: boolean }>`
    SELECT tenant, pg_try_advisory_lock(${sql.lit(LOCK_SPACES.tenantInvoices)}, hashtext(tenant)) AS ours
    FROM unnest(${[...tenants]}::text[]) AS tenant`.execute(db);
  const named = (wanted: boolean) => rows.filter(({ ours }) => ours === wanted).map(({ tenant }) => tenant);
  return { free: named(true), busy: named(false) };
}

async function leave({ db }: InvoiceSession, tenants: readonly string[]): Promise<void> {
  await sql`
    SELECT pg_advisory_unlock(${sql.lit(LOCK_SPACES.tenantInvoices)}, hashtext(tenant))
    FROM unnest(${[...tenants]}::text[]) AS tenant`.execute(db);
}

/** Lends a connection of the pool of finance, for a change that is about no single tenant. */
export async function inSession<T>(
  pool: Pool,
  size: SessionSize,
  work: (session: InvoiceSession) => Promise<T>,
): Promise<T> {
  const { all, long } = waitsFor(pool);
  // Closing the connection of a failure also lets go of the lock.
  const lent = () => withConnection({ pool }, (client) => work({ client, db: onConnection(client) }));
  // The rarer permit first: whoever waits for it takes none from short ones.
  return size === 'long' ? await long.run(() => all.run(lent)) : await all.run(lent);
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

/** Holds the versions of a plan still, for what is made from them. Taken after the tenant's lock. */
export async function sharePlan(transaction: Transaction<Tables>, plan: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock_shared(${sql.lit(LOCK_SPACES.plan)}, hashtext(${plan}))`.execute(
    transaction,
  );
}

/** The same, to change them: nobody subscribes to the plan or is invoiced by it meanwhile. */
export async function lockPlan(transaction: Transaction<Tables>, plan: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${sql.lit(LOCK_SPACES.plan)}, hashtext(${plan}))`.execute(
    transaction,
  );
}
