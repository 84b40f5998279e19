import { type Charge, type Difference, difference } from './adjustment.ts';
import {
  type AppliedDetail,
  type CarriedDetail,
  type CreditLeft,
  type CreditMode,
  creditLines,
} from './credit.ts';
import { minorDigits } from './currency.ts';
import { describe, describeAdjustment, type Language } from './description.ts';
import { formatAmount } from './money.ts';
import type { PlanTerms, PlanVersion } from './plan.ts';
import { type Range, type RatedDetail, rate, sum, type WindowCount } from './rate.ts';

/** Whom an invoice is made out to. */
export interface BillTo {
  name: string;
  /** CNPJ, CPF, or another country's. */
  taxId: string | null;
  address: string | null;
  email: string | null;
}

export type InvoiceStatus = 'draft' | 'final' | 'void';

export type LineDetail =
  | RatedDetail
  | Pick<Difference, 'computed' | 'invoiced'>
  | { reason: string }
  | CarriedDetail
  | AppliedDetail;

/** A line as an invoice keeps it. `period` is the one it charges: an earlier one for an adjustment. */
export interface InvoiceLine extends Charge {
  id: string;
  description: string;
  period: string;
  detail: LineDetail | null;
}

/** A line of a draft: `range` says which windows are behind it; null: none, or (adjustments) a difference of sets. */
export interface DraftLine extends InvoiceLine {
  range: Range | null;
}

/** A credit or charge that somebody put on a period's invoice; the amount is in the invoice's currency. */
export interface ManualLine {
  id: string;
  description: string;
  amount: string;
  reason: string;
}

/** A final period as it is now, and what standing invoices charged for it. `terms`: as its invoice recorded them. */
export interface FinalPeriod {
  period: string;
  terms: PlanTerms | null;
  counts: readonly WindowCount[];
  charged: readonly Charge[];
}

export interface DraftInput {
  period: string;
  language: Language;
  currency: string;
  /** The plan version in force; null: no subscription. */
  version: PlanVersion | null;
  counts: readonly WindowCount[];
  manual: readonly ManualLine[];
  /** The periods of `carriedBy`, ascending. */
  carried: readonly FinalPeriod[];
  /** What becomes of a total below zero, and what earlier invoices left. */
  credit: { mode: CreditMode; left: readonly CreditLeft[] };
}

export interface Draft {
  plan: { id: string; from: string } | null;
  currency: string;
  lines: DraftLine[];
  total: string;
}

/**
 * The invoice of a period as it would be now. Null: there is none, for want of a subscription, of adjustments and of
 * manual lines; without a subscription there is one of these two only. Credit that is left makes none by itself.
 */
export function draft(input: DraftInput): Draft | null {
  const { period, version, currency, language } = input;
  const adjustments = input.carried.flatMap((earlier) => adjustmentLines(earlier, currency, language));
  if (version === null && adjustments.length === 0 && input.manual.length === 0) return null;
  const digits = minorDigits(currency);
  const charges = [
    ...(version === null ? [] : ratedLines(version, input.counts, period, language)),
    ...input.manual.map((line) => manualLine(line, period)),
    ...adjustments,
  ];
  const credit = creditLines(sum(charges, digits), input.credit, digits, language);
  const lines = [...charges, ...credit.map((line): DraftLine => ({ ...line, period, range: null }))];
  return {
    plan: version === null ? null : { id: version.plan, from: version.from },
    currency,
    lines,
    total: formatAmount(sum(lines, digits), digits),
  };
}

function ratedLines(terms: PlanTerms, counts: readonly WindowCount[], period: string, language: Language) {
  return rate(terms, counts).map((line): DraftLine => {
    return { ...line, period, description: describe(line.code, language) };
  });
}

function adjustmentLines(earlier: FinalPeriod, currency: string, language: Language): DraftLine[] {
  const { period, terms, counts, charged } = earlier;
  const computed = terms === null ? [] : rate(terms, counts);
  return difference(currency, computed, charged).map(({ computed, invoiced, ...line }) => ({
    ...line,
    id: `adjustment.${line.code}:${period}`,
    code: `adjustment.${line.code}`,
    description: describeAdjustment(line.code, period, language),
    period,
    detail: { computed, invoiced },
    range: null,
  }));
}

function manualLine({ id, description, amount, reason }: ManualLine, period: string): DraftLine {
  const money = { quantity: 1, unitPrice: amount, amount };
  return {
    id: `manual:${id}`,
    code: 'manual',
    description,
    period,
    ...money,
    detail: { reason },
    range: null,
  };
}

/** The number of an invoice: a gapless series per calendar year. */
export function formatInvoiceNumber(year: number, sequence: number): string {
  return `${String(year).padStart(4, '0')}-${String(sequence).padStart(6, '0')}`;
}

/** The parts of an invoice number; null where it is none. */
export function parseInvoiceNumber(text: string): { year: number; sequence: number } | null {
  const match = /^(\d{4})-(\d{6}|[1-9]\d{6,8})$/.exec(text);
  return match === null ? null : { year: Number(match[1]), sequence: Number(match[2]) };
}
