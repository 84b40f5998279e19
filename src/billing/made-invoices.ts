import { type Kysely, type Selectable, sql } from 'kysely';
import type { Charge } from '../domain/adjustment.ts';
import type { PlanTerms } from '../domain/plan.ts';
import type { ChainNote } from '../log/transfer/import.ts';
import { anyOf } from '../store/any-of.ts';
import type { InvoiceLinesTable, InvoicesTable } from '../store/finance-tables.ts';
import type { Tables } from '../store/tables.ts';
import { type Invoice, type Line, type PeriodSpan, type Slot, slotKey } from './invoice.ts';

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
    billTo: row.bill_to,
    issueDate: row.issue_date,
    dueDate: row.due_date,
    metadata: row.metadata ?? {},
    period: { id: row.period, start: row.start_at, end: row.end_at, timeZone: row.time_zone },
    status: row.status === 'void' ? 'void' : 'final',
    currency: row.currency,
    plan: row.plan === null || row.plan_from === null ? null : { id: row.plan, from: row.plan_from },
    terms: row.terms,
    lines,
    total: row.total,
    finalizedAt: row.finalized_at,
    voidedAt: row.voided_at,
    voidReason: row.void_reason,
    changedAt: row.changed_at,
    replaces: row.replaces,
    counts: null,
    positions: row.as_of,
    digest: row.digest,
  };
}

function toLine(row: Selectable<InvoiceLinesTable>): Line {
  const { id, code, description, quantity, amount, detail } = row;
  const period = { id: row.period, start: row.start_at, end: row.end_at, timeZone: row.time_zone };
  return { id, code, description, period, quantity, unitPrice: row.unit_price, amount, detail };
}

/** A final invoice that was not voided, as far as later ones need to know it. `finalizedAt` in ms. */
export interface StandingInvoice {
  key: number;
  tenant: string;
  number: string;
  period: PeriodSpan;
  currency: string;
  plan: string | null;
  /** The plan version as its lines were made with it. */
  terms: PlanTerms | null;
  /** Windows that it charges: none without a plan. */
  receptive: number;
  active: number;
  finalizedAt: number;
}

/** The standing invoices of tenants, by tenant and period. */
export async function standingInvoices(
  db: Kysely<Tables>,
  tenants: readonly string[],
): Promise<StandingInvoice[]> {
  if (tenants.length === 0) return [];
  const rows = await db
    .selectFrom('billing.invoices')
    .select([
      'id',
      'tenant',
      'number',
      'period',
      'start_at',
      'end_at',
      'time_zone',
      'currency',
      'plan',
      'terms',
    ])
    .select(['receptive', 'active', 'finalized_at'])
    .where('status', '=', 'final')
    .where('tenant', '=', anyOf(new Set(tenants)))
    .orderBy('tenant')
    .orderBy('period')
    .execute();
  return rows.map(({ id, number, period, start_at, end_at, time_zone, finalized_at, ...row }) => ({
    ...row,
    ...(row.terms === null ? { receptive: 0, active: 0 } : {}),
    key: id,
    number: number ?? '',
    period: { id: period, start: start_at, end: end_at, timeZone: time_zone },
    finalizedAt: finalized_at ?? 0,
  }));
}

/** The numbers of the standing invoices of a period, by tenant. */
export async function standingNumbers(
  db: Kysely<Tables>,
  tenants: readonly string[],
  period: string,
): Promise<Map<string, string>> {
  if (tenants.length === 0) return new Map();
  const rows = await db
    .selectFrom('billing.invoices')
    .select(['tenant', 'number'])
    .where('status', '=', 'final')
    .where('period', '=', period)
    .where('tenant', 'in', [...tenants])
    .execute();
  return new Map(rows.map(({ tenant, number }) => [tenant, number ?? '']));
}

/** Periods of a tenant with a final invoice, ascending. */
export async function finalPeriods(db: Kysely<Tables>, tenant: string): Promise<string[]> {
  return (await standingInvoices(db, [tenant])).map(({ period }) => period.id);
}

/** The currency of a tenant's standing invoices; null where there are none. */
export async function standingCurrency(db: Kysely<Tables>, tenant: string): Promise<string | null> {
  return (await standingInvoices(db, [tenant]))[0]?.currency ?? null;
}

/**
 * What standing invoices charge and give back for periods, by `slotKey`: lines with the codes they have there. Looked up
 * for each: as one join it reads the lines of all invoices there are (of 60,000: 61 ms for 200 periods instead of 13).
 */
export async function chargesFor(
  db: Kysely<Tables>,
  slots: readonly Slot[],
): Promise<Map<string, (Charge & { period: string })[]>> {
  if (slots.length === 0) return new Map();
  const { rows } = await sql<Charge & { tenant: string; period: string }>`
    SELECT s.tenant, s.period, x.code, x.quantity, x.unit_price AS "unitPrice", x.amount
    FROM unnest(${slots.map(({ tenant }) => tenant)}::text[], ${slots.map(({ period }) => period)}::text[])
      AS s(tenant, period)
    CROSS JOIN LATERAL (
      SELECT l.code, l.quantity, l.unit_price, l.amount
      FROM billing.invoices i JOIN billing.invoice_lines l ON l.invoice = i.id AND l.period = s.period
      WHERE i.tenant = s.tenant AND i.status = 'final' OFFSET 0) x`.execute(db);
  return Map.groupBy(rows, slotKey);
}

/** The number of the invoice that was voided last in each period, by `slotKey`. */
export async function lastVoided(db: Kysely<Tables>, slots: readonly Slot[]): Promise<Map<string, string>> {
  if (slots.length === 0) return new Map();
  const { rows } = await sql<Slot & { number: string }>`
    SELECT s.tenant, s.period, x.number
    FROM unnest(${slots.map(({ tenant }) => tenant)}::text[], ${slots.map(({ period }) => period)}::text[])
      AS s(tenant, period)
    CROSS JOIN LATERAL (
      SELECT i.number FROM billing.invoices i
      WHERE i.tenant = s.tenant AND i.period = s.period AND i.status = 'void' ORDER BY i.id DESC LIMIT 1) x`.execute(
    db,
  );
  return new Map(rows.map((row) => [slotKey(row), row.number]));
}

/** How far into the log invoices stand, final or void: of each partition the furthest, which all before it agree with. */
export async function invoiceChainNotes(db: Kysely<Tables>): Promise<ChainNote[]> {
  const { rows } = await sql<ChainNote>`
    SELECT DISTINCT ON (partition) i.number AS invoice, (p->>'partition')::int AS partition,
      (p->>'next')::bigint AS next, decode(p->>'chain', 'hex') AS chain
    FROM billing.invoices i CROSS JOIN LATERAL jsonb_array_elements(i.as_of) p
    WHERE i.status <> 'pending' AND (p->>'next')::bigint > 0
    ORDER BY partition, next DESC, i.id DESC`.execute(db);
  return rows;
}
