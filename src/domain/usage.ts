import type { PlanTerms } from './plan.ts';
import type { WindowCount } from './rate.ts';
import type { WindowKind } from './window.ts';

/** Arithmetic of usage: what the counted windows of a period amount to, and what they mean under a plan. */
export interface WindowTotals {
  receptive: number;
  active: number;
}

export function totalOf(counts: Iterable<WindowTotals>): WindowTotals {
  const total = { receptive: 0, active: 0 };
  for (const { receptive, active } of counts) {
    total.receptive += receptive;
    total.active += active;
  }
  return total;
}

export function windowsOfKind(kind: WindowKind, counts: Iterable<WindowCount>): number {
  let total = 0;
  for (const count of counts) if (count.kind === kind) total += count.windows;
  return total;
}

/** What a period's receptive windows mean under a plan's terms for them; all null without a plan. */
export function receptiveUsage(terms: PlanTerms['receptive'] | null, windows: number) {
  if (terms === null)
    return { windows, allowance: null, remaining: null, overage: null, limit: null, overLimit: false };
  const { allowance, limit } = terms;
  return {
    windows,
    allowance,
    remaining: Math.max(0, allowance - windows),
    overage: Math.max(0, windows - allowance),
    limit,
    overLimit: limit !== null && windows > limit,
  };
}
