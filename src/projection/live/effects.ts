import { judge } from '../../domain/effective.ts';
import { EVENT_CLASS, isMessage } from '../../domain/event.ts';
import { type RuleTimeline, ruleAt } from '../../domain/rule.ts';
import type { FoldableEvent, StoredEvent } from '../tables/events.ts';
import type { MessageDelta } from '../tables/tallies.ts';

/** What new events change in one conversation, before any window is looked at. */
export interface Effects {
  /** New messages that count, with their delivery. */
  fresh: FoldableEvent[];
  /** Instants (ms) of stored messages whose effect changed. */
  changed: number[];
  messages: MessageDelta[];
}

/** Whether the simple path holds: under `fixed` a new message needs no more than the last window. */
export function isFixedOnly(rules: RuleTimeline): boolean {
  return rules.every((entry) => entry.rule === 'fixed');
}

/** Whether any template waits for its receipt under these rules. */
export function waitsForDelivery(rules: RuleTimeline): boolean {
  return rules.some((entry) => entry.activeWhen === 'delivered');
}

/**
 * Compares what the stored events meant before with what they mean together with the fresh ones. `stored` holds
 * everything that bears on either (see `gatherRelated`), `fresh` no repeats.
 */
export function effectsOf(
  stored: readonly StoredEvent[],
  fresh: readonly StoredEvent[],
  rules: RuleTimeline,
): Effects {
  const before = judge(stored);
  const after = judge([...stored, ...fresh]);
  const changed: number[] = [];
  const messages: MessageDelta[] = [];
  const plain = isFixedOnly(rules);
  for (const event of stored) {
    if (!isMessage(event.class)) continue;
    const [was, is] = [before.fate(event), after.fate(event)];
    if (was !== 'voided' && is === 'voided') messages.push({ at: event.at, class: event.class, count: -1 });
    const countedBefore = was === 'effective';
    const countsNow = is === 'effective';
    const opensNothing = plain && event.class === EVENT_CLASS.freeText;
    if (countedBefore !== countsNow && !opensNothing) changed.push(event.at);
    else if (
      countsNow &&
      deliveryMatters(event, rules) &&
      before.delivered(event) !== after.delivered(event)
    ) {
      changed.push(event.at);
    }
  }
  const foldable: FoldableEvent[] = [];
  for (const event of fresh) {
    if (!isMessage(event.class)) continue;
    const fate = after.fate(event);
    if (fate !== 'voided') messages.push({ at: event.at, class: event.class, count: 1 });
    if (fate !== 'effective' || (plain && event.class === EVENT_CLASS.freeText)) continue;
    foldable.push(Object.assign(event, { delivered: after.delivered(event) }));
  }
  return { fresh: foldable, changed, messages };
}

function deliveryMatters(event: StoredEvent, rules: RuleTimeline): boolean {
  return event.class === EVENT_CLASS.template && ruleAt(rules, event.at).activeWhen === 'delivered';
}
