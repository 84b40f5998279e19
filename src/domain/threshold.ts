/** Thresholds: how many windows of a period somebody wants to be told of. Contract section 6. */

import type { PlanTerms } from './plan.ts';
import type { WindowTotals } from './usage.ts';

export const SHARES = ['allowance', 'limit'] as const;
export const COUNTS = ['receptive', 'active'] as const;

/** A share of what the plan allows, or windows of a kind. */
export type Threshold =
  | { of: (typeof SHARES)[number]; percent: number }
  | { of: (typeof COUNTS)[number]; count: number };

/** `since`: the first period that it is judged in, the running one when somebody set it: what is over rings for nobody. */
export type KeptThreshold = Threshold & { since: string };

/** Tells it from all others of a tenant. */
export function thresholdName(threshold: Threshold): string {
  return 'percent' in threshold
    ? `${threshold.of}:${threshold.percent}%`
    : `${threshold.of}:${threshold.count}`;
}

export function kindCounted({ of }: Threshold): keyof WindowTotals {
  return of === 'active' ? 'active' : 'receptive';
}

/** The window that reaches it, counted from 1; null: none can, for there is no plan or no limit. */
export function windowReaching(threshold: Threshold, terms: PlanTerms['receptive'] | null): number | null {
  if ('count' in threshold) return threshold.count;
  const whole = terms?.[threshold.of] ?? null;
  return whole === null ? null : Math.max(1, Math.ceil((whole * threshold.percent) / 100));
}

/** A new list in the place of one: what was in it keeps its `since`. */
export function keptThresholds(
  wanted: readonly KeptThreshold[],
  before: readonly KeptThreshold[],
): KeptThreshold[] {
  const known = new Map(before.map((threshold) => [thresholdName(threshold), threshold.since]));
  return wanted.map((threshold) => ({
    ...threshold,
    since: known.get(thresholdName(threshold)) ?? threshold.since,
  }));
}

/** The thresholds that a period's windows have reached, each with the window that did. */
export function reached(
  thresholds: readonly KeptThreshold[],
  period: string,
  terms: PlanTerms['receptive'] | null,
  windows: WindowTotals,
): { threshold: Threshold; nth: number }[] {
  return thresholds.flatMap(({ since, ...threshold }) => {
    const nth = windowReaching(threshold, terms);
    const isReached = since <= period && nth !== null && windows[kindCounted(threshold)] >= nth;
    return isReached ? [{ threshold, nth }] : [];
  });
}
