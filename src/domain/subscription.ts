/** Which plan a tenant has in which period. Periods are ids like `2026-11`, which sort as text. */

import { canonicalJson } from './canonical-json.ts';
import type { Discount, Overrides } from './plan.ts';

export interface Subscription {
  plan: string;
  from: string;
  /** The first period no longer covered; null: open. */
  until: string | null;
  /** What the tenant has in another way than the plan says, and is let off; null: nothing. */
  overrides: Overrides | null;
  discount: Discount | null;
}

/** What stands against a new timeline. */
export type Objection =
  | { kind: 'empty'; subscription: Subscription }
  | { kind: 'overlap'; subscriptions: [Subscription, Subscription] }
  | { kind: 'period-final'; periods: string[] }
  | { kind: 'manual-lines'; periods: string[] };

/** The subscription that covers a period, if any. */
export function subscriptionAt(timeline: readonly Subscription[], period: string): Subscription | null {
  return timeline.find(({ from, until }) => from <= period && (until === null || period < until)) ?? null;
}

/** The timeline with a subscription put in the place of the one with the same `from`. */
export function withSubscription(timeline: readonly Subscription[], entry: Subscription): Subscription[] {
  return [...withoutSubscription(timeline, entry.from), entry].sort((a, b) => (a.from < b.from ? -1 : 1));
}

export function withoutSubscription(timeline: readonly Subscription[], from: string): Subscription[] {
  return timeline.filter((entry) => entry.from !== from);
}

/**
 * Whether a timeline may replace another: no empty spans, no overlaps, what is agreed for every final period stays, also
 * where it is nothing (an invoice of adjustments only), and no period with manual lines is left without a plan.
 */
export function objection(
  before: readonly Subscription[],
  after: readonly Subscription[],
  finals: Iterable<string>,
  manual: Iterable<string>,
): Objection | null {
  const ordered = after.toSorted((a, b) => (a.from < b.from ? -1 : 1));
  for (const [i, entry] of ordered.entries()) {
    if (entry.until !== null && entry.until <= entry.from) return { kind: 'empty', subscription: entry };
    const next = ordered[i + 1];
    if (next !== undefined && (entry.until === null || next.from < entry.until)) {
      return { kind: 'overlap', subscriptions: [entry, next] };
    }
  }
  const planOf = (timeline: readonly Subscription[], period: string) =>
    subscriptionAt(timeline, period)?.plan;
  const periods = [...finals].filter((period) => agreed(before, period) !== agreed(after, period));
  if (periods.length > 0) return { kind: 'period-final', periods: periods.sort() };
  const left = [...manual].filter(
    (period) => planOf(before, period) !== undefined && planOf(after, period) === undefined,
  );
  return left.length === 0 ? null : { kind: 'manual-lines', periods: left.sort() };
}

/** All that decides what a period costs, as text. */
function agreed(timeline: readonly Subscription[], period: string): string {
  const found = subscriptionAt(timeline, period);
  if (found === null) return '';
  const { plan, overrides, discount } = found;
  return canonicalJson({ plan, overrides, discount });
}
