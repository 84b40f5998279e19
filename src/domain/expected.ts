/** What a period comes to at its end if it goes on as it began: an estimate for people, never what is invoiced. */

import { minorDigits } from './currency.ts';
import { formatAmount, readAmount } from './money.ts';
import type { PlanTerms } from './plan.ts';
import { rate, type WindowCount } from './rate.ts';

/** Instants in ms; `end` is exclusive. */
interface Running {
  start: number;
  end: number;
  now: number;
}

/** Before a day has passed the pace says nothing. */
const DAY_MS = 86_400_000;

/** Of a count so far; null: the period is over, or has run for less than a day. */
export function expectedCount(count: number, { start, end, now }: Running): number | null {
  if (now >= end || now < start + DAY_MS) return null;
  return Math.round((count * (end - start)) / (now - start));
}

/**
 * Of a total so far (decimal): what the windows still to come add to it under these terms. Adjustments and manual lines
 * stay as they are.
 */
export function expectedTotal(
  total: string,
  terms: PlanTerms,
  counts: readonly WindowCount[],
  running: Running,
): string | null {
  const expected = counts.map(({ windows, ...rest }) => ({
    ...rest,
    windows: expectedCount(windows, running),
  }));
  if (expected.some(({ windows }) => windows === null) || expectedCount(0, running) === null) return null;
  const digits = minorDigits(terms.currency);
  const sum = (of: readonly WindowCount[]) =>
    rate(terms, of).reduce((all, { amount }) => all + readAmount(amount, digits), 0n);
  const later = expected.map((count) => ({ ...count, windows: count.windows ?? 0 }));
  return formatAmount(readAmount(total, digits) + sum(later) - sum(counts), digits);
}
