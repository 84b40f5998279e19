import { hash } from 'node:crypto';
import { sql } from 'kysely';
import type { Pool } from 'pg';
import { onConnection } from '../store/one-connection.ts';
import type { ReadSnapshot } from '../store/read/snapshot.ts';
import { digestWindows } from './digest.ts';
import type { DraftInvoice } from './drafts.ts';
import { fingerprint } from './fingerprint.ts';
import { lineSets, type WindowRange } from './line-sets.ts';
import { copyWindows, insertSets } from './pending.ts';
import { allowLongStatements, type InvoiceSession, runLong } from './session.ts';
import { viewIn } from './view.ts';

/**
 * Copies the windows of the period into the invoice, while a second connection takes their digest from the same view:
 * either takes about as long, so it takes half as long together.
 */
export async function takeWindows(
  session: InvoiceSession,
  pool: Pool,
  view: ReadSnapshot,
  { invoice, version, lines, counts }: DraftInvoice,
  key: number,
): Promise<void> {
  const { db } = session;
  if (version === null) {
    await db
      .updateTable('billing.invoices')
      .set({ digest: hash('sha256', '[]') })
      .where('id', '=', key)
      .execute();
    return;
  }
  const range = { tenant: invoice.tenant, span: invoice.period };
  const sets = await lineSets(view, range, lines);
  await insertSets(db, key, invoice.period.id, sets);
  const { rows } = await sql<{ id: string }>`SELECT pg_export_snapshot() AS id`.execute(db);
  const [copied, marks] = await bothOf(
    runLong(session, copyWindows(key, view.schema, invoice, sets)),
    marksOf(pool, rows[0]?.id ?? '', range),
  );
  const counted = counts.reduce((total, count) => total + count.windows, 0);
  if (copied.rowCount !== counted)
    throw new Error(
      `${range.tenant} has ${copied.rowCount} windows in ${range.span.id}, not ${counted} as counted`,
    );
  await db
    .insertInto('billing.invoice_periods')
    .values({ invoice: key, period: range.span.id, fingerprint: marks.fingerprint })
    .execute();
  await db.updateTable('billing.invoices').set({ digest: marks.digest }).where('id', '=', key).execute();
}

/** A million windows; more are sorted on disk, which takes half as long again (measured). Used only as far as needed. */
const ENOUGH_TO_SORT_MB = 384;

/** Reads in a view that another transaction exported, over a connection of its own. */
async function marksOf(
  pool: Pool,
  snapshot: string,
  range: WindowRange,
): Promise<{ digest: string; fingerprint: string }> {
  const client = await pool.connect();
  let failed = true;
  try {
    const marks = await onConnection(client)
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(async (transaction) => {
        await sql`SET TRANSACTION SNAPSHOT ${sql.lit(snapshot)}`.execute(transaction);
        await allowLongStatements(transaction, ENOUGH_TO_SORT_MB);
        const view = await viewIn(transaction);
        const digest = await digestWindows(client, transaction, view.schema, range);
        return { digest, fingerprint: await fingerprint(view, range) };
      });
    failed = false;
    return marks;
  } finally {
    client.release(failed);
  }
}

/** Waits for both, also where one fails: neither may go on behind the back of whoever handles the failure. */
async function bothOf<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  const [first, second] = await Promise.allSettled([a, b]);
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
  return [first.value, second.value];
}
