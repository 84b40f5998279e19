import { adjustedCode, type Charge, compareCodes } from './adjustment.ts';
import { isCredit } from './credit.ts';
import { minorDigits } from './currency.ts';
import { formatAmount, readAmount } from './money.ts';

interface Charged {
  quantity: number;
  amount: string;
}

/** What is charged under one code, tiers summed, by the live projection and by another one. */
interface ComparedLine {
  code: string;
  live: Charged;
  rebuilt: Charged;
  /** `rebuilt` minus `live`. */
  difference: string;
}

/** What one period costs by the windows of two projections. Money is decimal strings. */
export interface ComparedCharges {
  currency: string;
  live: string;
  rebuilt: string;
  difference: string;
  /** In the order of an invoice. */
  lines: ComparedLine[];
}

/** The same with what was invoiced for the period, where it is final. */
export interface ComparedMoney extends ComparedCharges {
  /** null: a draft. */
  invoiced: Invoiced | null;
}

interface Invoiced {
  number: string;
  /** By all standing invoices so far. */
  total: string;
  /** What a later invoice would add, once the rebuilt projection is live; by code, where there is a difference. */
  adjustment: string;
  lines: Charge[];
}

/** Compares the lines of two computations of one period, code by code; totals are the sums of the lines. */
export function compareCharges(
  currency: string,
  live: readonly Charge[],
  rebuilt: readonly Charge[],
): ComparedCharges {
  const digits = minorDigits(currency);
  const codes = new Set([...live, ...rebuilt].map(({ code }) => code));
  const before = byCode(live, digits);
  const after = byCode(rebuilt, digits);
  const show = (minor: bigint) => formatAmount(minor, digits);
  const lines = [...codes].sort(compareCodes).map((code): ComparedLine => {
    const [ours = NOTHING, theirs = NOTHING] = [before.get(code), after.get(code)];
    return {
      code,
      live: { quantity: ours.quantity, amount: show(ours.amount) },
      rebuilt: { quantity: theirs.quantity, amount: show(theirs.amount) },
      difference: show(theirs.amount - ours.amount),
    };
  });
  const [ours, theirs] = [total(before), total(after)];
  return { currency, live: show(ours), rebuilt: show(theirs), difference: show(theirs - ours), lines };
}

interface Sum {
  quantity: number;
  /** Minor units. */
  amount: bigint;
}

const NOTHING: Sum = { quantity: 0, amount: 0n };

function byCode(lines: readonly Charge[], digits: number): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const { code, quantity, amount } of lines) {
    const sum = sums.get(code) ?? NOTHING;
    sums.set(code, {
      quantity: sum.quantity + quantity,
      amount: sum.amount + readAmount(amount, digits),
    });
  }
  return sums;
}

function total(sums: ReadonlyMap<string, Sum>): bigint {
  return [...sums.values()].reduce((all, { amount }) => all + amount, 0n);
}

/**
 * Totals of many periods by currency, each charge once: adjustments are left out, for they repeat earlier periods, and
 * credit, for it only moves what is charged.
 */
export function totalCharges(periods: readonly ComparedCharges[]): Omit<ComparedCharges, 'lines'>[] {
  const byCurrency = Map.groupBy(periods, ({ currency }) => currency);
  return [...byCurrency]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, own]) => {
      const lines = own
        .flatMap((period) => period.lines)
        .filter(({ code }) => adjustedCode(code) === null && !isCredit(code));
      const side = (name: 'live' | 'rebuilt') =>
        lines.map(({ code, [name]: charged }): Charge => ({ code, unitPrice: null, ...charged }));
      const { lines: _, ...totals } = compareCharges(currency, side('live'), side('rebuilt'));
      return totals;
    });
}
