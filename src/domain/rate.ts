import { normaliseName } from './conversation.ts';
import { minorDigits } from './currency.ts';
import { formatAmount, formatPrice, multiply, readAmount, readPrice, shareOf } from './money.ts';
import type { PlanTerms, Tier } from './plan.ts';
import type { WindowKind } from './window.ts';

/** How many windows of a period have this kind and category; receptive ones have no category. */
export interface WindowCount {
  kind: WindowKind;
  category: string | null;
  windows: number;
}

/**
 * The windows that fill one allowance and its tiers together, in the order (openedAt, id): those of `kind`, of the
 * categories `only` where they are set, and of none in `except`.
 */
export interface Pool {
  kind: WindowKind;
  only: readonly string[] | null;
  except: readonly string[];
}

/** Windows number `from` (counted from 0) up to and without `to` of a pool in the order (openedAt, id). */
export interface Range {
  pool: Pool;
  from: number;
  to: number;
}

/** Why a line says what it says; tiers count units from 1, the receptive ones beyond the allowance. */
export type RatedDetail =
  | { allowance: number }
  | { tier: number; from: number; upTo: number | null }
  | { minimum: string; charged: string }
  | { percent: string; of: string };

/** One line of a rated period. `range` is what is behind it; null: no windows. Quantity is whole, money is decimal. */
export interface RatedLine {
  /** The same in every draft: the code, and the number of the tier. */
  id: string;
  code: string;
  quantity: number;
  unitPrice: string;
  amount: string;
  detail: RatedDetail | null;
  range: Range | null;
}

/**
 * Prices the windows of a period. Contract section 3, Finance: graduated tiers, one line per tier reached, each
 * rounded once; active windows never use the allowance; a discount last; a line with nothing to say is left out.
 */
export function rate(terms: PlanTerms, counts: readonly WindowCount[]): RatedLine[] {
  const digits = minorDigits(terms.currency);
  const { allowance, overage } = terms.receptive;
  const receptive: Pool = { kind: 'receptive', only: null, except: [] };
  const received = windowsIn(receptive, counts);
  const lines = [
    ...fixedLine('monthly-fee', readAmount(terms.monthlyFee, digits), digits, null),
    ...includedLine(receptive, Math.min(received, allowance), allowance, digits),
    ...tierLines('receptive.overage', receptive, allowance, received, overage, digits),
    ...activePools(terms).flatMap(({ code, pool, tiers }) =>
      tierLines(code, pool, 0, windowsIn(pool, counts), tiers, digits),
    ),
  ];
  const charged = sum(lines, digits);
  const missing = readAmount(terms.minimum, digits) - charged;
  const detail = { minimum: terms.minimum, charged: formatAmount(charged, digits) };
  if (missing > 0n) lines.push(...fixedLine('minimum', missing, digits, detail));
  return [...lines, ...discountLine(terms, sum(lines, digits), digits)];
}

/** What a tenant is let off of all that, rounded once: the discount is a share of a sum that is in minor units. */
function discountLine({ discount }: PlanTerms, charged: bigint, digits: number): RatedLine[] {
  if (discount === undefined) return [];
  const off = shareOf(charged, readPrice(discount.percent));
  const detail = { percent: discount.percent, of: formatAmount(charged, digits) };
  return fixedLine('discount', -off, digits, detail);
}

/** The sum of some lines' amounts, in minor units of `digits` decimals. */
export function sum(lines: Iterable<{ amount: string }>, digits: number): bigint {
  let total = 0n;
  for (const { amount } of lines) total += readAmount(amount, digits);
  return total;
}

/** The shared pool first, then the categories with tiers of their own by name: jsonb does not keep a plan's order. */
function activePools(terms: PlanTerms): { code: string; pool: Pool; tiers: Tier[] }[] {
  const { default: shared, ...own } = terms.active;
  const pools = Object.keys(own)
    .sort()
    .map((category) => ({
      code: `active.${category}`,
      pool: { kind: 'active' as const, only: spellings(category, own), except: [] },
      tiers: own[category] ?? [],
    }));
  const except = pools.flatMap(({ pool }) => pool.only);
  return [{ code: 'active', pool: { kind: 'active', only: null, except }, tiers: shared }, ...pools];
}

/**
 * Versions from before categories were lower-cased may say `MARKETING`: that is what windows of that time have, and
 * `marketing` what later ones have.
 */
function spellings(category: string, own: object): string[] {
  const name = normaliseName(category);
  const first = Object.keys(own)
    .filter((other) => normaliseName(other) === name)
    .sort((a, b) => Number(b === name) - Number(a === name) || (a < b ? -1 : 1))[0];
  return name === category || first !== category ? [category] : [category, name];
}

/** Whether a window of this kind and category is in a pool. */
export function isIn(pool: Pool, kind: WindowKind, category: string | null): boolean {
  if (kind !== pool.kind) return false;
  if (pool.only !== null) return category !== null && pool.only.includes(category);
  return category === null || !pool.except.includes(category);
}

/** Which of some ranges each window falls in, as its index; -1: in none. `windows` in the order (openedAt, id). */
export function rangeOfEach(
  ranges: readonly Range[],
  windows: readonly Pick<WindowCount, 'kind' | 'category'>[],
): number[] {
  const pools = [...new Set(ranges.map(({ pool }) => pool))].map((pool) => ({ pool, seen: 0 }));
  return windows.map(({ kind, category }) => {
    const own = pools.find(({ pool }) => isIn(pool, kind, category));
    if (own === undefined) return -1;
    const number = own.seen++;
    return ranges.findIndex(({ pool, from, to }) => pool === own.pool && number >= from && number < to);
  });
}

function windowsIn(pool: Pool, counts: readonly WindowCount[]): number {
  let total = 0;
  for (const { kind, category, windows } of counts) if (isIn(pool, kind, category)) total += windows;
  return total;
}

function includedLine(pool: Pool, quantity: number, allowance: number, digits: number): RatedLine[] {
  if (quantity === 0) return [];
  return [
    {
      id: 'receptive.included:1',
      code: 'receptive.included',
      quantity,
      unitPrice: formatPrice(0n, digits),
      amount: formatAmount(0n, digits),
      detail: { allowance },
      range: { pool, from: 0, to: quantity },
    },
  ];
}

/** The lines of the tiers that a pool's windows from number `start` (counted from 0) up to `end` reach. */
function tierLines(
  code: string,
  pool: Pool,
  start: number,
  end: number,
  tiers: readonly Tier[],
  digits: number,
) {
  const lines: RatedLine[] = [];
  let from = start;
  for (const [i, { upTo, unitPrice }] of tiers.entries()) {
    const to = upTo === null ? end : Math.min(end, start + upTo);
    if (to <= from) break;
    const price = readPrice(unitPrice);
    lines.push({
      id: `${code}:${i + 1}`,
      code,
      quantity: to - from,
      unitPrice: formatPrice(price, digits),
      amount: formatAmount(multiply(to - from, price, digits), digits),
      detail: { tier: i + 1, from: from - start + 1, upTo },
      range: { pool, from, to },
    });
    from = to;
  }
  return lines;
}

/** A line for an amount owed once, however many windows there are; none for 0. */
function fixedLine(code: string, minor: bigint, digits: number, detail: RatedDetail | null): RatedLine[] {
  if (minor === 0n) return [];
  const amount = formatAmount(minor, digits);
  return [{ id: `${code}:1`, code, quantity: 1, unitPrice: amount, amount, detail, range: null }];
}
