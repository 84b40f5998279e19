import type { Kysely, Selectable } from 'kysely';
import type { InvoiceLinesTable, InvoicesTable } from '../store/finance-tables.ts';
import type { Tables } from '../store/tables.ts';
import type { Invoice, Line } from './invoice.ts';

type InvoiceRow = Selectable<InvoicesTable>;

/** The standing invoice of a period; null where it is not final. */
export async function standingInvoice(
  db: Kysely<Tables>,
  tenant: string,
  period: string,
): Promise<Invoice | null> {
  const row = await db
    .selectFrom('billing.invoices')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('period', '=', period)
    .where('status', '=', 'final')
    .executeTakeFirst();
  return row === undefined ? null : ((await withLines(db, [row]))[0] ?? null);
}

/** An invoice by its number, voided or not. */
export async function numberedInvoice(db: Kysely<Tables>, number: string): Promise<Invoice | null> {
  const row = await db
    .selectFrom('billing.invoices')
    .selectAll()
    .where('number', '=', number)
    .executeTakeFirst();
  return row === undefined ? null : ((await withLines(db, [row]))[0] ?? null);
}

/** Adds their lines to rows of invoices, none of them pending; the order stays. */
export async function withLines(db: Kysely<Tables>, rows: readonly InvoiceRow[]): Promise<Invoice[]> {
  if (rows.length === 0) return [];
  const lines = await db
    .selectFrom('billing.invoice_lines')
    .selectAll()
    .where(
      'invoice',
      'in',
      rows.map(({ id }) => id),
    )
    .orderBy('invoice')
    .orderBy('line')
    .execute();
  const byInvoice = Map.groupBy(lines, ({ invoice }) => invoice);
  return rows.map((row) => toInvoice(row, (byInvoice.get(row.id) ?? []).map(toLine)));
}

function toInvoice(row: InvoiceRow, lines: Line[]): Invoice {
  return {
    key: row.id,
    number: row.number,
    tenant: row.tenant,
    reference: row.reference,
    period: { id: row.period, start: row.start_at, end: row.end_at, timeZone: row.time_zone },
    status: row.status === 'void' ? 'void' : 'final',
    currency: row.currency,
    plan: row.plan === null || row.plan_from === null ? null : { id: row.plan, from: row.plan_from },
    lines,
    total: row.total,
    finalizedAt: row.finalized_at,
    voidedAt: row.voided_at,
    voidReason: row.void_reason,
    replaces: row.replaces,
    positions: row.as_of,
    digest: row.digest,
  };
}

function toLine(row: Selectable<InvoiceLinesTable>): Line {
  const { id, code, description, quantity, amount, detail } = row;
  const period = { id: row.period, start: row.start_at, end: row.end_at, timeZone: row.time_zone };
  return { id, code, description, period, quantity, unitPrice: row.unit_price, amount, detail };
}
