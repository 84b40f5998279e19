import {
  compareCanonical,
  EVENT_CLASS,
  type EventClass,
  isMessage,
  isReceipt,
  isSent,
  type Ordered,
} from './event.ts';

/**
 * What decides whether a message counts. `key` names the event; `ref` is what it names: the `message` of a sent
 * message or receipt, the target of a void, null otherwise, and of a sent message that is named by its own key. Both are
 * ids or both are hashes of ids.
 */
export interface Fact {
  key: string;
  ref: string | null;
  class: EventClass;
  /** Known to be voided, whether or not a void of it is among the facts. */
  voided?: boolean;
}

/** What a receipt must name to be about this sent message, or what another event names. */
export function refOf({ key, ref, class: eventClass }: Fact): string | null {
  return ref ?? (isSent(eventClass) ? key : null);
}

/** What became of an event. */
export type Fate = 'effective' | 'failed' | 'voided';

export interface Judgement {
  fate(fact: Fact): Fate;
  /** Whether a standing delivered or read receipt names the same message. */
  delivered(fact: Fact): boolean;
  /** What standing receipts say of the messages that have this name. */
  receiptsOf(name: string): { failed: boolean; delivered: boolean };
}

/**
 * Judges the facts of one conversation as a set, so that receipts and voids may come in any order.
 * Contract rule 5: failed without delivered or read never happened; voided never happened; a void cannot be voided.
 */
export function judge(facts: readonly Fact[]): Judgement {
  const targets = new Set<string>();
  for (const fact of facts) {
    if (fact.class === EVENT_CLASS.void && fact.ref !== null) targets.add(fact.ref);
  }
  const isVoided = (fact: Fact) =>
    fact.voided === true || (targets.size > 0 && fact.class !== EVENT_CLASS.void && targets.has(fact.key));
  const failed = new Set<string>();
  const delivered = new Set<string>();
  for (const fact of facts) {
    if (!isReceipt(fact.class) || fact.ref === null || isVoided(fact)) continue;
    (fact.class === EVENT_CLASS.failed ? failed : delivered).add(fact.ref);
  }
  const names = (set: Set<string>, fact: Fact) =>
    set.size > 0 && isSent(fact.class) && set.has(fact.ref ?? fact.key);
  return {
    fate(fact) {
      if (isVoided(fact)) return 'voided';
      return names(failed, fact) && !names(delivered, fact) ? 'failed' : 'effective';
    },
    delivered: (fact) => names(delivered, fact),
    receiptsOf: (name) => ({ failed: failed.has(name), delivered: delivered.has(name) }),
  };
}

/** The effective messages among the events of one conversation, in canonical order. */
export function effectiveMessages<Event extends Fact & Ordered>(
  events: readonly Event[],
  judgement: Judgement = judge(events),
): (Event & { delivered: boolean })[] {
  return events
    .filter((event) => isMessage(event.class) && judgement.fate(event) === 'effective')
    .map((event) => ({ ...event, delivered: judgement.delivered(event) }))
    .sort(compareCanonical);
}
