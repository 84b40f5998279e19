/** Sums of money that pages show, per currency and exact. */

import { minorDigits } from '../../../domain/currency.ts';
import { formatAmount, readAmount } from '../../../domain/money.ts';
import type { Format } from '../shell/format.ts';

export interface Money {
  amount: string;
  currency: string;
}

/** One sum per currency, in the order in which they first come. */
function sumsOf(amounts: readonly Money[]): Money[] {
  const sums = new Map<string, bigint>();
  for (const { amount, currency } of amounts)
    sums.set(currency, (sums.get(currency) ?? 0n) + readAmount(amount, minorDigits(currency)));
  return [...sums].map(([currency, sum]) => ({ currency, amount: formatAmount(sum, minorDigits(currency)) }));
}

/** The sums as text; a dash where there are none. */
export function sumText(format: Format, amounts: readonly Money[]): string {
  const sums = sumsOf(amounts);
  return sums.length === 0
    ? '–'
    : sums.map(({ amount, currency }) => format.money(amount, currency)).join(' + ');
}

/** In minor units, to put amounts into an order. */
export function sizeOf({ amount, currency }: Money): number {
  return Number(readAmount(amount, minorDigits(currency)));
}
