import type { Kysely } from 'kysely';
import { windowsOfKind } from '../../domain/usage.ts';
import type { PartitionRange } from '../../log/log.ts';
import type { ReadSnapshot } from '../../projection/read/snapshot.ts';
import { readPositions } from '../../projection/tables/positions.ts';
import type { CoveredPosition } from '../../store/finance-tables.ts';
import type { Tables } from '../../store/tables.ts';
import type { DraftInvoice } from '../drafts.ts';
import { DIGEST_VERSION } from './digest.ts';

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

function pendingRow(
  { invoice, settings, version, counts }: DraftInvoice,
  positions: readonly CoveredPosition[],
) {
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
    credit: settings.credit,
    receptive: windowsOfKind('receptive', charged),
    active: windowsOfKind('active', charged),
    as_of: JSON.stringify(positions),
    replaces: invoice.replaces,
    digest_version: DIGEST_VERSION,
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
