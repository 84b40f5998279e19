import { APPLIED, CARRIED, isCredit } from './credit.ts';
import { minorDigits } from './currency.ts';
import { formatAmount, formatPrice, readAmount, readPrice } from './money.ts';
import { previousPeriod } from './period.ts';

const PREFIX = 'adjustment.';

/** A line for finance to read, on an invoice or just rated. Its period is the one it charges. */
export interface Charge {
  code: string;
  quantity: number;
  unitPrice: string | null;
  amount: string;
}

/** What a period costs now minus what was invoiced for it, under one code. Every number may be negative. */
export interface Difference extends Charge {
  computed: { quantity: number; amount: string };
  invoiced: { quantity: number; amount: string };
}

/**
 * What standing invoices charged for a period, under the codes it was rated with: its own lines and the adjustments of
 * later invoices. Manual lines and credit are outside the equation.
 */
export function chargedFor(period: string, lines: Iterable<Charge & { period: string }>): Charge[] {
  const charges: Charge[] = [];
  for (const { period: charged, code, quantity, unitPrice, amount } of lines) {
    if (charged !== period || code === 'manual' || isCredit(code)) continue;
    charges.push({ code: adjustedCode(code) ?? code, quantity, unitPrice, amount });
  }
  return charges;
}

/** The code that an `adjustment.<code>` adjusts; null for any other code. */
export function adjustedCode(code: string): string | null {
  return code.startsWith(PREFIX) ? code.slice(PREFIX.length) : null;
}

/**
 * One difference per code whose quantity or amount differs, tiers summed. The amount is a difference of rounded
 * amounts; the price stands only where every line of the code has it. Contract section 3, "Late events".
 */
export function difference(
  currency: string,
  computed: readonly Charge[],
  invoiced: readonly Charge[],
): Difference[] {
  const digits = minorDigits(currency);
  const invoicedByCode = Map.groupBy(invoiced, (line) => line.code);
  const computedByCode = Map.groupBy(computed, (line) => line.code);
  const codes = new Set([...computedByCode.keys(), ...invoicedByCode.keys()]);
  return [...codes].sort(compareCodes).flatMap((code) => {
    const now = total(computedByCode.get(code) ?? [], digits);
    const before = total(invoicedByCode.get(code) ?? [], digits);
    if (now.quantity === before.quantity && now.amount === before.amount) return [];
    const unitPrice = samePrice([...now.lines, ...before.lines]);
    return [
      {
        code,
        quantity: now.quantity - before.quantity,
        unitPrice: unitPrice === null ? null : formatPrice(unitPrice, digits),
        amount: formatAmount(now.amount - before.amount, digits),
        computed: { quantity: now.quantity, amount: formatAmount(now.amount, digits) },
        invoiced: { quantity: before.quantity, amount: formatAmount(before.amount, digits) },
      },
    ];
  });
}

/** The final periods whose differences a not yet final period carries, ascending: the unbroken run before it. */
export function carriedBy(period: string, isFinal: (period: string) => boolean): string[] {
  const periods: string[] = [];
  for (let id = previousPeriod(period); isFinal(id); id = previousPeriod(id)) periods.push(id);
  return periods.reverse();
}

const ORDER = [
  'monthly-fee',
  'receptive.included',
  'receptive.overage',
  'active',
  'minimum',
  'discount',
  'manual',
];

/** The order of codes on an invoice; categories with tiers of their own by name, after the shared `active`. */
export function compareCodes(a: string, b: string): number {
  return place(a) - place(b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** Behind all that is charged, and all adjustments. */
const CREDIT = [CARRIED, APPLIED];

function place(code: string): number {
  if (isCredit(code)) return 2 * ORDER.length + CREDIT.indexOf(code);
  const adjusted = adjustedCode(code);
  if (adjusted !== null) return ORDER.length + place(adjusted);
  return ORDER.indexOf(code.startsWith('active.') ? 'active' : code);
}

function total(lines: readonly Charge[], digits: number) {
  let quantity = 0;
  let amount = 0n;
  for (const line of lines) {
    quantity += line.quantity;
    amount += readAmount(line.amount, digits);
  }
  return { lines, quantity, amount };
}

/** In millionths; null: several prices, or none. */
function samePrice(lines: readonly Charge[]): bigint | null {
  const prices = new Set(lines.map(({ unitPrice }) => (unitPrice === null ? null : readPrice(unitPrice))));
  const [price = null] = prices;
  return prices.size === 1 ? price : null;
}
