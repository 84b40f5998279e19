import { judge } from '../../domain/effective.ts';
import { EVENT_CLASS, isMessage } from '../../domain/event.ts';
import { isFixedOnly, type RuleTimeline, ruleAt } from '../../domain/rule.ts';
import type { BatchEvent, FoldableEvent, StoredEvent } from '../tables/events.ts';
import type { MessageDelta } from '../tables/tallies.ts';

/** What new events change in one conversation, before any window is looked at. */
export interface Effects {
  /** New messages that count, with their delivery. */
  fresh: FoldableEvent[];
  /** Instants (ms) of stored messages whose effect changed. */
  changed: number[];
  messages: MessageDelta[];
  /** Stored and new events that became voided, of whatever class. */
  voided: { stored: StoredEvent[]; fresh: BatchEvent[] };
}

/**
 * Compares what the stored events meant before with what they mean together with the fresh ones. `stored` holds
 * everything that decides on either (see `attachStored`), `fresh` no repeats.
 */
export function effectsOf(
  stored: readonly StoredEvent[],
  fresh: readonly BatchEvent[],
  rules: RuleTimeline,
): Effects {
  const before = judge(stored);
  const after = judge([...stored, ...fresh]);
  const changed: number[] = [];
  const messages: MessageDelta[] = [];
  const voided: Effects['voided'] = { stored: [], fresh: [] };
  const plain = isFixedOnly(rules);
  for (const event of stored) {
    const [was, is] = [before.fate(event), after.fate(event)];
    if (was !== 'voided' && is === 'voided') voided.stored.push(event);
    if (!isMessage(event.class)) continue;
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
    const fate = after.fate(event);
    if (fate === 'voided') voided.fresh.push(event);
    if (!isMessage(event.class)) continue;
    if (fate !== 'voided') messages.push({ at: event.at, class: event.class, count: 1 });
    if (fate !== 'effective' || (plain && event.class === EVENT_CLASS.freeText)) continue;
    foldable.push(Object.assign(event, { delivered: after.delivered(event) }));
  }
  return { fresh: foldable, changed, messages, voided };
}

function deliveryMatters(event: StoredEvent, rules: RuleTimeline): boolean {
  return event.class === EVENT_CLASS.template && ruleAt(rules, event.at).activeWhen === 'delivered';
}
