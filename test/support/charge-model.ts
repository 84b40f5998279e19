import type { Discount, Overrides, PlanTerms, Tier } from '../../src/domain/plan.ts';
import type { BillableWindow } from './billed.ts';

const MILLION = 1_000_000n;

/** A plan as all tenants have it, and what one tenant has in another way. */
export interface Agreement {
  plan: PlanTerms;
  overrides: Overrides | null;
  discount: Discount | null;
}

/** In millionths of the currency unit. */
export interface Cost {
  quantity: number;
  amount: bigint;
}

/**
 * What the windows of a period cost by code: counted window by window, as the contract says it in words. It shares no
 * code with the product, which reckons in ranges and minor units. What has neither quantity nor amount is left out.
 */
export function costsOf(
  agreement: Agreement | null,
  windows: readonly BillableWindow[],
  digits: number,
): Map<string, Cost> {
  const costs = new Map<string, Cost>();
  if (agreement === null) return costs;
  const { plan, overrides, discount } = agreement;
  const monthlyFee = overrides?.monthlyFee ?? plan.monthlyFee;
  const minimum = overrides?.minimum ?? plan.minimum;
  const receptive = overrides?.receptive ?? plan.receptive;
  const active = overrides?.active ?? plan.active;
  const add = (code: string, quantity: number, amount: bigint) => {
    if (quantity !== 0 || amount !== 0n) costs.set(code, { quantity, amount });
  };
  /** Owed once, whatever the windows. */
  const once = (code: string, amount: bigint) => add(code, amount === 0n ? 0 : 1, amount);
  once('monthly-fee', millionths(monthlyFee));
  const received = windows.filter(({ kind }) => kind === 'receptive').length;
  const beyond = Math.max(0, received - receptive.allowance);
  add('receptive.included', received - beyond, 0n);
  add('receptive.overage', beyond, tiered(receptive.overage, beyond, digits));
  const own = Object.keys(active).filter((name) => name !== 'default');
  for (const pool of ['default', ...own]) {
    const sent = windows.filter(
      ({ kind, category }) =>
        kind === 'active' && (own.find((name) => name === category) ?? 'default') === pool,
    ).length;
    add(pool === 'default' ? 'active' : `active.${pool}`, sent, tiered(active[pool] ?? [], sent, digits));
  }
  const lacking = millionths(minimum) - totalOf(costs);
  if (lacking > 0n) once('minimum', lacking);
  if (discount !== null)
    once('discount', -rounded(totalOf(costs) * millionths(discount.percent), 100n * MILLION, digits));
  return costs;
}

function totalOf(costs: ReadonlyMap<string, Cost>): bigint {
  return [...costs.values()].reduce((total, { amount }) => total + amount, 0n);
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
