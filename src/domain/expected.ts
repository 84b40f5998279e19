/** What a period comes to at its end if it goes on as it began: an estimate for people, never what is invoiced. */

import { minorDigits } from './currency.ts';
import { formatAmount, readAmount } from './money.ts';
import type { PlanTerms } from './plan.ts';
import { rate, type WindowCount } from './rate.ts';
import type { WindowKind } from './window.ts';

/** Instants in ms; `end` is exclusive. */
interface Running {
  start: number;
  end: number;
  now: number;
}

export interface Expected {
  /** Decimal. */
  total: string;
  receptive: number;
  active: number;
}

/** Before a day has passed the pace says nothing. */
const DAY_MS = 86_400_000;

/**
 * Each count goes on at its pace, and the windows still to come add to the total so far (decimal) what they cost under
 * these terms; adjustments and manual lines stay as they are. null: the period is over, or has run for less than a day.
 */
export function expectedAtEnd(
  total: string,
  terms: PlanTerms,
  counts: readonly WindowCount[],
  { start, end, now }: Running,
): Expected | null {
  if (now >= end || now < start + DAY_MS) return null;
  const later = counts.map((count) => ({
    ...count,
    windows: Math.round((count.windows * (end - start)) / (now - start)),
  }));
  const digits = minorDigits(terms.currency);
  const sum = (of: readonly WindowCount[]) =>
    rate(terms, of).reduce((all, { amount }) => all + readAmount(amount, digits), 0n);
  const windows = (kind: WindowKind) =>
    later.reduce((all, count) => all + (count.kind === kind ? count.windows : 0), 0);
  return {
    total: formatAmount(readAmount(total, digits) + sum(later) - sum(counts), digits),
    receptive: windows('receptive'),
    active: windows('active'),
  };
}
