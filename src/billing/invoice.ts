import type { BillTo, InvoiceLine, InvoiceStatus } from '../domain/invoice.ts';
import type { Calendar } from '../domain/period.ts';
import type { PlanTerms } from '../domain/plan.ts';
import type { WindowCount } from '../domain/rate.ts';
import type { CoveredPosition } from '../store/finance-tables.ts';

/** A period with its bounds in ms; `end` is exclusive. */
export interface PeriodSpan {
  id: string;
  start: number;
  end: number;
  timeZone: string;
}

/** A line and the period it charges: an earlier one for an adjustment. */
export interface Line extends Omit<InvoiceLine, 'period'> {
  period: PeriodSpan;
}

/** An invoice: a draft as of now, or one that was made. Instants in ms. */
export interface Invoice {
  /** In the database; null: a draft. */
  key: number | null;
  number: string | null;
  tenant: string;
  reference: string | null;
  /** As the tenant had it when the invoice became final. */
  billTo: BillTo | null;
  /** Local dates, as `2026-12-04`: when it became final, and when it is due; null: a draft, or nobody said. */
  issueDate: string | null;
  dueDate: string | null;
  /** What other systems noted. */
  metadata: Record<string, unknown>;
  period: PeriodSpan;
  status: InvoiceStatus;
  currency: string;
  plan: { id: string; from: string } | null;
  /** What the plan says, as its lines were made with it; null: an invoice without a plan. */
  terms: PlanTerms | null;
  lines: Line[];
  total: string;
  finalizedAt: number | null;
  voidedAt: number | null;
  voidReason: string | null;
  /** Of the last change: final, void, or something noted; null: a draft. */
  changedAt: number | null;
  /** Number of the voided invoice whose place it takes. */
  replaces: string | null;
  /** The windows of its own period that a draft was computed from; null: it was made. */
  counts: readonly WindowCount[] | null;
  /** Where the log stood; null: a draft. */
  positions: CoveredPosition[] | null;
  digest: string | null;
}

export function spanOf(calendar: Calendar, period: string): PeriodSpan {
  return { id: period, ...calendar.boundsOf(period) };
}

/** One period of one tenant, to which an invoice may belong. */
export interface Slot {
  tenant: string;
  period: string;
}

export function slotKey({ tenant, period }: Slot): string {
  return `${tenant} ${period}`;
}
