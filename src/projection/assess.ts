import { type Judgement, judge } from '../domain/effective.ts';
import { EVENT_CLASS, type EventClass, isMessage } from '../domain/event.ts';
import { type RuleTimeline, ruleAt } from '../domain/rule.ts';
import { refOf, type StoredEvent } from './relate.ts';

/** A message that joins or leaves the count of messages. */
export interface MessageDelta {
  at: number;
  class: EventClass;
  count: 1 | -1;
}

/** What new events change in one conversation, before any window is looked at. */
export interface Assessment {
  /** New messages that count, with their delivery. */
  fresh: FoldableEvent[];
  /** Instants (ms) of stored messages whose effect changed. */
  changed: number[];
  messages: MessageDelta[];
}

export type FoldableEvent = StoredEvent & { delivered: boolean };

/** Whether the simple path holds: under `fixed` a new message needs no more than the last window. */
export function isPlain(rules: RuleTimeline): boolean {
  return rules.every((entry) => entry.rule === 'fixed');
}

/** Whether any template waits for its receipt under these rules. */
export function waitsForDelivery(rules: RuleTimeline): boolean {
  return rules.some((entry) => entry.activeWhen === 'delivered');
}

/** Facts of one conversation as the judge wants them: a sent message is named by its `ref` or its own key. */
export function judgeEvents(events: readonly StoredEvent[]): Judgement {
  return judge(events.map(asFact));
}

export function asFact(event: StoredEvent): { key: string; ref: string | null; class: EventClass } {
  return { key: event.key, ref: refOf(event), class: event.class };
}

/**
 * Compares what the stored events meant before with what they mean together with the fresh ones. `stored` holds
 * everything that bears on either (see `completeGroups`), `fresh` no repeats.
 */
export function assess(
  stored: readonly StoredEvent[],
  fresh: readonly StoredEvent[],
  rules: RuleTimeline,
): Assessment {
  const before = judgeEvents(stored);
  const after = judgeEvents([...stored, ...fresh]);
  const changed: number[] = [];
  const messages: MessageDelta[] = [];
  const plain = isPlain(rules);
  for (const event of stored) {
    if (!isMessage(event.class)) continue;
    const fact = asFact(event);
    const [was, is] = [before.fate(fact), after.fate(fact)];
    if (was !== 'voided' && is === 'voided') messages.push({ at: event.at, class: event.class, count: -1 });
    const countedBefore = was === 'effective';
    const countsNow = is === 'effective';
    const opensNothing = plain && event.class === EVENT_CLASS.freeText;
    if (countedBefore !== countsNow && !opensNothing) changed.push(event.at);
    else if (countsNow && deliveryMatters(event, rules) && before.delivered(fact) !== after.delivered(fact)) {
      changed.push(event.at);
    }
  }
  const foldable: FoldableEvent[] = [];
  for (const event of fresh) {
    if (!isMessage(event.class)) continue;
    const fact = asFact(event);
    const fate = after.fate(fact);
    if (fate !== 'voided') messages.push({ at: event.at, class: event.class, count: 1 });
    if (fate !== 'effective' || (plain && event.class === EVENT_CLASS.freeText)) continue;
    foldable.push(Object.assign(event, { delivered: after.delivered(fact) }));
  }
  return { fresh: foldable, changed, messages };
}

function deliveryMatters(event: StoredEvent, rules: RuleTimeline): boolean {
  return event.class === EVENT_CLASS.template && ruleAt(rules, event.at).activeWhen === 'delivered';
}
