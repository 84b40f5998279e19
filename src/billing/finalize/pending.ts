import { hash } from 'node:crypto';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Pool } from 'pg';
import { windowsOfKind } from '../../domain/usage.ts';
import type { PartitionRange } from '../../log/log.ts';
import { type ReadSnapshot, viewIn } from '../../projection/read/snapshot.ts';
import { readPositions } from '../../projection/tables/positions.ts';
import { onConnection } from '../../store/database.ts';
import type { CoveredPosition } from '../../store/finance-tables.ts';
import type { Tables } from '../../store/tables.ts';
import type { DraftInvoice } from '../drafts.ts';
import { fingerprint, inRange, type LineSet, lineSets, setOf, type WindowRange } from '../line-sets.ts';
import { allowLongStatements, type InvoiceSession, runLong } from '../locks.ts';
import { digestWindows } from './digest.ts';

/** Where the projection stands in a view, against the log as it was at the request. */
export async function coverage(
  { projection }: ReadSnapshot,
  ends: readonly PartitionRange[],
): Promise<{ positions: CoveredPosition[]; behind: number }> {
  const rows = await readPositions(projection);
  const found = new Map(rows.map((row) => [row.partition, row]));
  let behind = 0;
  const positions = ends.map(({ partition, end }) => {
    const { next = 0, chain = Buffer.alloc(0) } = found.get(partition) ?? {};
    behind += Math.max(0, end - next);
    return { partition, next, end, chain: chain.toString('hex') };
  });
  return { positions, behind };
}

/** Writes an invoice that nobody sees yet, with its lines and without its windows; resolves with its key. */
export async function insertPending(
  db: Kysely<Tables>,
  { invoice, version, counts }: DraftInvoice,
  positions: readonly CoveredPosition[],
): Promise<number> {
  const charged = version === null ? [] : counts;
  const { id: period, start, end, timeZone } = invoice.period;
  const { id } = await db
    .insertInto('billing.invoices')
    .values({
      tenant: invoice.tenant,
      period,
      status: 'pending',
      start_at: start,
      end_at: end,
      time_zone: timeZone,
      reference: invoice.reference,
      bill_to: invoice.billTo === null ? null : JSON.stringify(invoice.billTo),
      currency: invoice.currency,
      plan: invoice.plan?.id ?? null,
      plan_from: invoice.plan?.from ?? null,
      terms: invoice.terms === null ? null : JSON.stringify(invoice.terms),
      total: invoice.total,
      receptive: windowsOfKind('receptive', charged),
      active: windowsOfKind('active', charged),
      as_of: JSON.stringify(positions),
      replaces: invoice.replaces,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await insertLines(db, id, invoice.lines);
  return id;
}

/** Lines in one statement; far below PostgreSQL's 65,535 parameters. */
const LINES_AT_ONCE = 1_000;

async function insertLines(db: Kysely<Tables>, invoice: number, lines: DraftInvoice['invoice']['lines']) {
  const rows = lines.map(({ period, unitPrice, detail, ...line }, i) => ({
    ...line,
    invoice,
    line: i,
    period: period.id,
    start_at: period.start,
    end_at: period.end,
    time_zone: period.timeZone,
    unit_price: unitPrice,
    detail: detail === null ? null : JSON.stringify(detail),
  }));
  for (let i = 0; i < rows.length; i += LINES_AT_ONCE)
    await db
      .insertInto('billing.invoice_lines')
      .values(rows.slice(i, i + LINES_AT_ONCE))
      .execute();
}

/** The sets of windows that an invoice's own lines charge, numbered from 0. */
async function insertSets(
  db: Kysely<Tables>,
  invoice: number,
  period: string,
  sets: readonly LineSet[],
): Promise<void> {
  if (sets.length === 0) return;
  await db
    .insertInto('billing.billed_sets')
    .values(sets.map(({ line, code }, set) => ({ invoice, set, period, code, weight: 1, line })))
    .execute();
}

/** Copies the windows of the period, each with its set. A window that no line charges makes it fail. */
function copyWindows(
  invoice: number,
  schema: string,
  { tenant, period }: DraftInvoice['invoice'],
  sets: readonly LineSet[],
): RawBuilder<Record<string, never>> {
  return sql`
    INSERT INTO billing.billed_windows (invoice, opened_at, closes_at, "offset", conversation, opener, set, kind,
      partition, channel, account, contact, opened_by, rule, origin, category, campaign)
    SELECT ${invoice}::bigint, w.opened_at, w.closes_at, w."offset", w.conversation, w.opener,
      (${setOf(sets, (_, i) => sql`${sql.lit(i)}`)})::smallint, w.kind, w.partition, w.channel, w.account, c.contact,
      w.opened_by, w.rule, w.origin, w.category, w.campaign
    FROM ${sql.id(schema, 'windows')} w JOIN ${sql.id(schema, 'conversations')} c USING (conversation)
    WHERE ${inRange({ tenant, span: period })}`;
}

/** What an attempt that did not get to its end left behind. */
export async function discardPending(db: Kysely<Tables>, tenant: string): Promise<void> {
  const pending = db
    .selectFrom('billing.invoices')
    .select('id')
    .where('tenant', '=', tenant)
    .where('status', '=', 'pending');
  if ((await pending.execute()).length === 0) return;
  await db.deleteFrom('billing.billed_windows').where('invoice', 'in', pending).execute();
  await db.deleteFrom('billing.invoices').where('id', 'in', pending).execute();
}

/**
 * Copies the windows of the period into the invoice, while a second connection takes their digest from the same view:
 * either takes about as long, so it takes half as long together. Resolves with the digest.
 */
export async function takeWindows(
  session: InvoiceSession,
  pool: Pool,
  view: ReadSnapshot,
  { invoice, version, lines, counts }: DraftInvoice,
  key: number,
): Promise<string> {
  const { db } = session;
  if (version === null) {
    const digest = hash('sha256', '[]');
    await db.updateTable('billing.invoices').set({ digest }).where('id', '=', key).execute();
    return digest;
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
  return marks.digest;
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
