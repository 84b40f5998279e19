/** Which rule judges a conversation, by instant. Contract section 1, "Rules are named and set per tenant". */

import { isoInstant } from './instant.ts';

export const RULE_NAMES = ['fixed', 'fixed-tail', 'sliding'] as const;
export type RuleName = (typeof RULE_NAMES)[number];

export const ACTIVE_WHEN = ['sent', 'delivered'] as const;
type ActiveWhen = (typeof ACTIVE_WHEN)[number];

export interface Rule {
  rule: RuleName;
  /** Length of a window in hours. */
  hours: number;
  activeWhen: ActiveWhen;
}

/** A rule and the instant (ms) it applies from; null: since ever. */
export interface RuleEntry extends Rule {
  from: number | null;
}

/** Ascending by `from`; the first entry has `from: null`. */
export type RuleTimeline = readonly [RuleEntry, ...RuleEntry[]];

/** A timeline as answers and the audit show it. */
export function showRules(rules: RuleTimeline) {
  return rules.map(({ from, ...rule }) => ({ from: from === null ? null : isoInstant(from), ...rule }));
}

export const HOUR_MS = 3_600_000;
export const DEFAULT_RULE: Rule = { rule: 'fixed', hours: 24, activeWhen: 'sent' };
export const DEFAULT_RULES: RuleTimeline = [{ from: null, ...DEFAULT_RULE }];

/** The rule in force at an instant (ms): the last entry that starts at or before it. */
export function ruleAt(rules: RuleTimeline, at: number): Rule {
  let found: Rule = rules[0];
  for (const entry of rules) {
    if (entry.from !== null && entry.from > at) break;
    found = entry;
  }
  return found;
}

/** Whether the simple path holds: under `fixed` a new message needs no more than the last window. */
export function isFixedOnly(rules: RuleTimeline): boolean {
  return rules.every((entry) => entry.rule === 'fixed');
}

/** Whether free text may open a window under these rules, for which the contact's latest message counts. */
export function mayHaveTail(rules: RuleTimeline): boolean {
  return rules.some((entry) => entry.rule === 'fixed-tail');
}

/** Whether any template waits for its receipt under these rules. */
export function waitsForDelivery(rules: RuleTimeline): boolean {
  return rules.some((entry) => entry.activeWhen === 'delivered');
}

/** Rules to judge by in place of the tenants' own: those of tenants by name, and of every other (null: its own). */
export interface OtherRules {
  all: RuleTimeline | null;
  tenants: Readonly<Record<string, RuleTimeline>>;
}

/** The rules that a tenant has among others; null: its own. */
export function otherRulesOf({ all, tenants }: OtherRules, tenant: string): RuleTimeline | null {
  return Object.hasOwn(tenants, tenant) ? (tenants[tenant] ?? all) : all;
}
