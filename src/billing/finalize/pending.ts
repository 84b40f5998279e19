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

/** An invoice that is complete but for its number. */
export interface Pending {
  key: number;
  draft: DraftInvoice;
}

/** Writes invoices of different tenants that nobody sees yet, with their lines and without their windows. */
export async function insertPending(
  db: Kysely<Tables>,
  drafts: readonly DraftInvoice[],
  positions: readonly CoveredPosition[],
): Promise<Pending[]> {
  if (drafts.length === 0) return [];
  const rows = await db
    .insertInto('billing.invoices')
    .values(drafts.map((draft) => pendingRow(draft, positions)))
    .returning(['id', 'tenant'])
    .execute();
  const keys = new Map(rows.map(({ id, tenant }) => [tenant, id]));
  const pending = drafts.map((draft) => ({ key: keys.get(draft.invoice.tenant) ?? 0, draft }));
  await insertLines(db, pending);
  return pending;
}

function pendingRow({ invoice, version, counts }: DraftInvoice, positions: readonly CoveredPosition[]) {
  const charged = version === null ? [] : counts;
  const { id: period, start, end, timeZone } = invoice.period;
  return {
    tenant: invoice.tenant,
    period,
    status: 'pending' as const,
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
  };
}

/** Lines in one statement; far below PostgreSQL's 65,535 parameters. */
const LINES_AT_ONCE = 1_000;

async function insertLines(db: Kysely<Tables>, pending: readonly Pending[]) {
  const rows = pending.flatMap(({ key, draft: { invoice } }) =>
    invoice.lines.map(({ period, unitPrice, detail, ...line }, i) => ({
      ...line,
      invoice: key,
      line: i,
      period: period.id,
      start_at: period.start,
      end_at: period.end,
      time_zone: period.timeZone,
      unit_price: unitPrice,
      detail: detail === null ? null : JSON.stringify(detail),
    })),
  );
  for (let i = 0; i < rows.length; i += LINES_AT_ONCE)
    await db
      .insertInto('billing.invoice_lines')
      .values(rows.slice(i, i + LINES_AT_ONCE))
      .execute();
}

/** An invoice that charges windows, and the sets of them that its own lines charge, numbered from 0. */
interface Charging extends Pending {
  range: WindowRange;
  sets: readonly LineSet[];
}

async function insertSets(db: Kysely<Tables>, charging: readonly Charging[]): Promise<void> {
  const rows = charging.flatMap(({ key, range, sets }) =>
    sets.map(({ line, code }, set) => ({ invoice: key, set, period: range.span.id, code, weight: 1, line })),
  );
  for (let i = 0; i < rows.length; i += LINES_AT_ONCE)
    await db
      .insertInto('billing.billed_sets')
      .values(rows.slice(i, i + LINES_AT_ONCE))
      .execute();
}

/** Copies the windows of the period, each with its set. A window that no line charges makes it fail. */
function copyWindows(schema: string, { key, range, sets }: Charging): RawBuilder<Record<string, never>> {
  return sql`
    INSERT INTO billing.billed_windows (invoice, opened_at, closes_at, "offset", conversation, opener, set, kind,
      partition, channel, account, contact, opened_by, rule, origin, category, campaign)
    SELECT ${key}::bigint, w.opened_at, w.closes_at, w."offset", w.conversation, w.opener,
      (${setOf(sets, (_, i) => sql`${sql.lit(i)}`)})::smallint, w.kind, w.partition, w.channel, w.account, c.contact,
      w.opened_by, w.rule, w.origin, w.category, w.campaign
    FROM ${sql.id(schema, 'windows')} w JOIN ${sql.id(schema, 'conversations')} c USING (conversation)
    WHERE ${inRange(range)}`;
}

/** What attempts that did not get to their end left behind. */
export async function discardPending(db: Kysely<Tables>, tenants: readonly string[]): Promise<void> {
  const pending = await db
    .selectFrom('billing.invoices')
    .select('id')
    .where('tenant', 'in', [...tenants])
    .where('status', '=', 'pending')
    .execute();
  if (pending.length === 0) return;
  const keys = pending.map(({ id }) => id);
  await db.deleteFrom('billing.billed_windows').where('invoice', 'in', keys).execute();
  await db.deleteFrom('billing.invoices').where('id', 'in', keys).execute();
}

/**
 * Copies the windows of their periods into invoices, while a second connection takes their digests from the same view:
 * either takes about as long, so it takes half as long together. Resolves with the digests, by the keys of the invoices.
 */
export async function takeWindows(
  session: InvoiceSession,
  pool: Pool,
  view: ReadSnapshot,
  pending: readonly Pending[],
): Promise<Map<number, string>> {
  const { db } = session;
  const digests = new Map(pending.map(({ key }) => [key, NO_WINDOWS]));
  const charging: Charging[] = [];
  for (const one of pending) {
    const { invoice, version, lines } = one.draft;
    if (version === null) continue;
    const range = { tenant: invoice.tenant, span: invoice.period };
    charging.push({ ...one, range, sets: await lineSets(view, range, lines) });
  }
  if (charging.length > 0) {
    await insertSets(db, charging);
    const { rows } = await sql<{ id: string }>`SELECT pg_export_snapshot() AS id`.execute(db);
    const ranges = charging.map(({ range }) => range);
    const [, marks] = await bothOf(
      copyAll(session, view, charging),
      marksOf(pool, rows[0]?.id ?? '', ranges),
    );
    const periods = charging.map(({ key, range }, i) => {
      const { digest = '', fingerprint = '' } = marks[i] ?? {};
      digests.set(key, digest);
      return { invoice: key, period: range.span.id, fingerprint };
    });
    await db.insertInto('billing.invoice_periods').values(periods).execute();
  }
  await sql`
    UPDATE billing.invoices i SET digest = v.digest
    FROM unnest(${[...digests.keys()]}::bigint[], ${[...digests.values()]}::text[]) AS v(id, digest)
    WHERE i.id = v.id`.execute(db);
  return digests;
}

const NO_WINDOWS = hash('sha256', '[]');

async function copyAll(
  session: InvoiceSession,
  { schema }: ReadSnapshot,
  charging: readonly Charging[],
): Promise<void> {
  for (const one of charging) {
    const { rowCount } = await runLong(session, copyWindows(schema, one));
    const counted = one.draft.counts.reduce((total, count) => total + count.windows, 0);
    const { tenant, span } = one.range;
    if (rowCount !== counted)
      throw new Error(`${tenant} has ${rowCount} windows in ${span.id}, not ${counted} as counted`);
  }
}

/** A million windows; more are sorted on disk, which takes half as long again (measured). Used only as far as needed. */
const ENOUGH_TO_SORT_MB = 384;

/** Digest and fingerprint of each range. Reads in a view that another transaction exported, on a connection of its own. */
async function marksOf(
  pool: Pool,
  snapshot: string,
  ranges: readonly WindowRange[],
): Promise<{ digest: string; fingerprint: string }[]> {
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
        const taken: { digest: string; fingerprint: string }[] = [];
        for (const range of ranges)
          taken.push({
            digest: await digestWindows(client, transaction, view.schema, range),
            fingerprint: await fingerprint(view, range),
          });
        return taken;
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
