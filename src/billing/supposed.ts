/** What drafts are made from in place of what the database says: another projection, or how it was before a change. */

import type { ZoneTimeline } from '../domain/period.ts';
import type { PlanVersion } from '../domain/plan.ts';
import type { Subscription } from '../domain/subscription.ts';
import type { ReadSnapshot } from '../projection/read/snapshot.ts';

/** A projection whose windows are counted, live or not. */
export type WindowSource = Pick<ReadSnapshot, 'db' | 'schema'>;

/** What is left out is as the database says. */
export interface Supposed {
  /** Another projection, whose windows are counted. */
  windows?: WindowSource;
  /** The versions of plans. */
  versions?: ReadonlyMap<string, readonly PlanVersion[]>;
  /** All subscriptions of tenants. */
  subscriptions?: ReadonlyMap<string, readonly Subscription[]>;
  /** The zones of tenants. Not beside `windows`. */
  zones?: ReadonlyMap<string, ZoneTimeline>;
}

/** Periods of one tenant, `until` exclusive; null: open. */
export interface Span {
  tenant: string;
  from: string;
  until: string | null;
}

/** What was changed, in which periods, and how it was before; of a dry run how it would be. */
export type Was =
  | (Supposed & { kind: 'plan'; plan: string; from: string; until: string | null })
  | (Supposed & Span & { kind: 'tenant' });
