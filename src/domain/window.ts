import { CUSTOMER_SERVICE_MS, hasCustomerServiceWindow } from './conversation.ts';
import { EVENT_CLASS, type Ordered } from './event.ts';
import { HOUR_MS, type Rule, type RuleTimeline, ruleAt } from './rule.ts';

export type WindowKind = 'receptive' | 'active';

/** A message as the fold sees it: effective, and with its delivery known. */
export interface FoldMessage extends Ordered {
  delivered: boolean;
}

/** The half-open interval [openedAt, closesAt) in ms, and the message that opened it. */
export interface Window<M extends Ordered = Ordered> {
  kind: WindowKind;
  openedAt: number;
  closesAt: number;
  opener: M;
  /** The rule the window keeps to its end. */
  rule: Rule;
}

export interface Folded<M extends Ordered> {
  windows: Window<M>[];
  /** Free texts with no open window. Contract rule 4. */
  orphans: M[];
}

/** Where a fold goes on from, when it does not start with the conversation's first message. */
export interface FoldStart<M extends Ordered> {
  /** The last window opened before the first message. */
  window: Window<M> | null;
  /** Instant (ms) of the contact's latest message so far; null: none within the last 24 h. */
  contactWroteAt: number | null;
}

/**
 * Folds the effective messages of one conversation, in canonical order, into its windows. Contract section 1.
 * With a start, the windows begin with a copy of the start's window, which messages may have moved.
 */
export function fold<M extends FoldMessage>(
  channel: string,
  messages: Iterable<M>,
  rules: RuleTimeline,
  start: FoldStart<M> = { window: null, contactWroteAt: null },
): Folded<M> {
  const windows: Window<M>[] = start.window === null ? [] : [{ ...start.window }];
  const orphans: M[] = [];
  let contactWroteAt = start.contactWroteAt ?? Number.NEGATIVE_INFINITY;
  for (const message of messages) {
    const isReceived = message.class === EVENT_CLASS.received;
    const last = windows.at(-1);
    if (last !== undefined && message.at < last.closesAt) {
      if (isReceived && last.rule.rule === 'sliding') last.closesAt = message.at + last.rule.hours * HOUR_MS;
    } else {
      const rule = ruleAt(rules, message.at);
      const inTail = hasCustomerServiceWindow(channel) && message.at < contactWroteAt + CUSTOMER_SERVICE_MS;
      const kind = opens(message, rule, inTail);
      if (kind === null) {
        if (message.class === EVENT_CLASS.freeText) orphans.push(message);
      } else {
        const closesAt = message.at + rule.hours * HOUR_MS;
        windows.push({ kind, openedAt: message.at, closesAt, opener: message, rule });
      }
    }
    if (isReceived) contactWroteAt = message.at;
  }
  return { windows, orphans };
}

/** What a message with no open window opens, if anything. Contract rules 1, 2, 4 and the table of rules. */
function opens(message: FoldMessage, rule: Rule, inCustomerServiceWindow: boolean): WindowKind | null {
  switch (message.class) {
    case EVENT_CLASS.received:
      return 'receptive';
    case EVENT_CLASS.template:
      return rule.activeWhen === 'sent' || message.delivered ? 'active' : null;
    case EVENT_CLASS.freeText:
      return rule.rule === 'fixed-tail' && inCustomerServiceWindow ? 'receptive' : null;
    default:
      return null;
  }
}
