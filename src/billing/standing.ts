import { type Kysely, sql } from 'kysely';
import type { Charge } from '../domain/adjustment.ts';
import type { PlanTerms } from '../domain/plan.ts';
import type { Tables } from '../store/tables.ts';
import { type PeriodSpan, type Slot, slotKey } from './invoice.ts';

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
    .where('tenant', 'in', [...new Set(tenants)])
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

/** Periods of a tenant with a final invoice, ascending. */
export async function finalPeriods(db: Kysely<Tables>, tenant: string): Promise<string[]> {
  return (await standingInvoices(db, [tenant])).map(({ period }) => period.id);
}

/** The currency of a tenant's standing invoices; null where there are none. */
export async function standingCurrency(db: Kysely<Tables>, tenant: string): Promise<string | null> {
  return (await standingInvoices(db, [tenant]))[0]?.currency ?? null;
}

/** What standing invoices charge and give back for periods, by `slotKey`: lines with the codes they have there. */
export async function chargesFor(
  db: Kysely<Tables>,
  slots: readonly Slot[],
): Promise<Map<string, (Charge & { period: string })[]>> {
  if (slots.length === 0) return new Map();
  const { rows } = await sql<Charge & { tenant: string; period: string }>`
    SELECT i.tenant, l.period, l.code, l.quantity, l.unit_price AS "unitPrice", l.amount
    FROM unnest(${slots.map(({ tenant }) => tenant)}::text[], ${slots.map(({ period }) => period)}::text[])
      AS s(tenant, period)
    JOIN billing.invoices i ON i.tenant = s.tenant AND i.status = 'final'
    JOIN billing.invoice_lines l ON l.invoice = i.id AND l.period = s.period`.execute(db);
  return Map.groupBy(rows, slotKey);
}

/** The number of the invoice that was voided last in each period, by `slotKey`. */
export async function lastVoided(db: Kysely<Tables>, slots: readonly Slot[]): Promise<Map<string, string>> {
  if (slots.length === 0) return new Map();
  const { rows } = await sql<Slot & { number: string }>`
    SELECT DISTINCT ON (i.tenant, i.period) i.tenant, i.period, i.number
    FROM unnest(${slots.map(({ tenant }) => tenant)}::text[], ${slots.map(({ period }) => period)}::text[])
      AS s(tenant, period)
    JOIN billing.invoices i ON i.tenant = s.tenant AND i.period = s.period AND i.status = 'void'
    ORDER BY i.tenant, i.period, i.id DESC`.execute(db);
  return new Map(rows.map((row) => [slotKey(row), row.number]));
}
