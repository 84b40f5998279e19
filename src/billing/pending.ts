import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { PartitionRange } from '../log/log.ts';
import type { CoveredPosition } from '../store/finance-tables.ts';
import type { ReadSnapshot } from '../store/read/snapshot.ts';
import type { Tables } from '../store/tables.ts';
import type { DraftInvoice } from './drafts.ts';
import type { LineSet } from './line-sets.ts';
import { inRange, setOf } from './line-sets.ts';

/** Where the projection stands in a view, against the log as it was at the request. */
export async function coverage(
  { projection }: ReadSnapshot,
  ends: readonly PartitionRange[],
): Promise<{ positions: CoveredPosition[]; behind: number }> {
  const rows = await projection.selectFrom('positions').select(['partition', 'next', 'chain']).execute();
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
  const windows = (kind: string) =>
    charged.reduce((total, count) => total + (count.kind === kind ? count.windows : 0), 0);
  const { plan: _plan, from: _from, ...terms } = version ?? {};
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
      currency: invoice.currency,
      plan: invoice.plan?.id ?? null,
      plan_from: invoice.plan?.from ?? null,
      terms: version === null ? null : JSON.stringify(terms),
      total: invoice.total,
      receptive: windows('receptive'),
      active: windows('active'),
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
export async function insertSets(
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
export function copyWindows(
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
