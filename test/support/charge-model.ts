import type { PlanTerms, Tier } from '../../src/domain/plan.ts';
import type { BillableWindow } from './billed.ts';

const MILLION = 1_000_000n;

/**
 * What the windows of a period cost, in millionths of the currency unit: counted window by window, as the contract says
 * it in words. It shares no code with the product, which reckons in ranges and minor units.
 */
export function costOf(terms: PlanTerms | null, windows: readonly BillableWindow[], digits: number): bigint {
  if (terms === null) return 0n;
  const own = Object.keys(terms.active).filter((name) => name !== 'default');
  const poolOf = (category: string | null) =>
    category !== null && own.includes(category) ? category : 'default';
  const received = windows.filter(({ kind }) => kind === 'receptive').length;
  let cost = millionths(terms.monthlyFee);
  cost += tiered(terms.receptive.overage, Math.max(0, received - terms.receptive.allowance), digits);
  for (const pool of ['default', ...own]) {
    const sent = windows.filter(
      ({ kind, category }) => kind === 'active' && poolOf(category) === pool,
    ).length;
    cost += tiered(terms.active[pool] ?? [], sent, digits);
  }
  const minimum = millionths(terms.minimum);
  if (cost < minimum) cost = minimum;
  if (terms.discount === undefined) return cost;
  return cost - rounded(cost * millionths(terms.discount.percent), 100n * MILLION, digits);
}

/** Unit after unit; what stands in one tier is one line, and rounded once. */
function tiered(tiers: readonly Tier[], units: number, digits: number): bigint {
  const perTier = tiers.map(() => 0n);
  for (let unit = 1; unit <= units; unit++) {
    const tier = tiers.findIndex(({ upTo }) => upTo === null || unit <= upTo);
    perTier[tier] = (perTier[tier] ?? 0n) + millionths(tiers[tier]?.unitPrice ?? '');
  }
  return perTier.reduce((total, exact) => total + rounded(exact, 1n, digits), 0n);
}

/** `exact / by` (not below zero) to the minor unit, a half up. */
function rounded(exact: bigint, by: bigint, digits: number): bigint {
  const unit = 10n ** BigInt(6 - digits);
  const [whole, rest] = [exact / (by * unit), exact % (by * unit)];
  return (rest * 2n >= by * unit ? whole + 1n : whole) * unit;
}

/** A decimal that may be negative. */
export function millionths(text: string): bigint {
  const [whole = '', fraction = ''] = text.replace('-', '').split('.');
  const size = BigInt(whole) * MILLION + BigInt(fraction.padEnd(6, '0'));
  return text.startsWith('-') ? -size : size;
}
