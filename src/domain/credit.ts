/** Credit that is carried: what invoices that came to less than zero leave for those that become final after them. */

import { describeCredit, type Language } from './description.ts';
import { formatAmount, readAmount } from './money.ts';

/** What becomes of a total below zero: finance settles it, or the next invoices take it back. */
export const CREDIT_MODES = ['settle', 'carry'] as const;
export type CreditMode = (typeof CREDIT_MODES)[number];

export const CARRIED = 'credit.carried';
export const APPLIED = 'credit.applied';

/** Whether a code moves money between invoices and charges nothing. */
export function isCredit(code: string): boolean {
  return code === CARRIED || code === APPLIED;
}

/** `total`: what the invoice would come to. */
export interface CarriedDetail {
  total: string;
}

/** The invoice and period that the credit comes from, and how much of it is left then. */
export interface AppliedDetail {
  invoice: string;
  period: string;
  left: string;
}

/** A line of a standing invoice that carries credit or takes some back. */
export interface CreditLine {
  /** Of the invoice that it is on. */
  number: string;
  period: string;
  code: string;
  amount: string;
  /** Of what it takes back: the number of the invoice that carried it. */
  source: string | null;
}

/** What became of the credit that one invoice carried: `carried` = `applied` + `left`. Decimal text. */
export interface CarriedCredit {
  invoice: string;
  period: string;
  carried: string;
  applied: string;
  left: string;
  /** The invoices that took some back, in the order of the lines. */
  uses: { invoice: string; period: string; amount: string }[];
}

/**
 * The credit that a tenant's standing invoices carried, in the order of their lines: that in which they became final.
 * Throws where more was taken back than was carried, or from an invoice that carried none.
 */
export function creditOf(lines: readonly CreditLine[], digits: number): CarriedCredit[] {
  const carried = new Map(
    lines
      .filter(({ code }) => code === CARRIED)
      .map((line) => [line.number, { ...line, left: readAmount(line.amount, digits) }]),
  );
  const uses = Map.groupBy(
    lines.filter(({ code }) => code === APPLIED),
    ({ source }) => source ?? '',
  );
  for (const [source, taken] of uses) {
    const from = carried.get(source);
    for (const { number, amount } of taken) {
      if (from !== undefined) from.left += readAmount(amount, digits);
      if (from === undefined || from.left < 0n)
        throw new RangeError(`invoice ${number} takes back credit that ${source} did not carry`);
    }
  }
  return [...carried.values()].map(({ number, period, amount, left }) => ({
    invoice: number,
    period,
    carried: formatAmount(readAmount(amount, digits), digits),
    applied: formatAmount(readAmount(amount, digits) - left, digits),
    left: formatAmount(left, digits),
    uses: (uses.get(number) ?? []).map((use) => ({
      invoice: use.number,
      period: use.period,
      amount: formatAmount(-readAmount(use.amount, digits), digits),
    })),
  }));
}

/** What of the credit of a tenant an invoice may take back, oldest first. */
export type CreditLeft = Pick<CarriedCredit, 'invoice' | 'period' | 'left'>;

/** A line that moves money between invoices. */
export interface MovedCredit {
  id: string;
  code: string;
  description: string;
  quantity: number;
  unitPrice: string;
  amount: string;
  detail: CarriedDetail | AppliedDetail;
}

/**
 * The lines that lift a total below zero to zero, where it is carried, or take credit back from one above it, as much as
 * there is of either. What was carried is owed, and so taken back also from whoever settles what comes now.
 */
export function creditLines(
  total: bigint,
  { mode, left }: { mode: CreditMode; left: readonly CreditLeft[] },
  digits: number,
  language: Language,
): MovedCredit[] {
  if (total < 0n && mode === 'carry') {
    const detail = { total: formatAmount(total, digits) };
    return [moved(`${CARRIED}:1`, CARRIED, -total, digits, describeCredit(null, language), detail)];
  }
  const lines: MovedCredit[] = [];
  let due = total;
  for (const { invoice, period, left: text } of left) {
    const available = readAmount(text, digits);
    let taken = available;
    if (taken > due) taken = due;
    if (taken <= 0n) continue;
    due -= taken;
    const detail = { invoice, period, left: formatAmount(available - taken, digits) };
    const description = describeCredit({ invoice, period }, language);
    lines.push(moved(`${APPLIED}:${invoice}`, APPLIED, -taken, digits, description, detail));
  }
  return lines;
}

function moved(
  id: string,
  code: string,
  minor: bigint,
  digits: number,
  description: string,
  detail: CarriedDetail | AppliedDetail,
): MovedCredit {
  const amount = formatAmount(minor, digits);
  return { id, code, description, quantity: 1, unitPrice: amount, amount, detail };
}
