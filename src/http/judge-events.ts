import { type Fate, judge } from '../domain/effective.ts';
import { EVENT_CLASS, isMessage, isReceipt, isSent } from '../domain/event.ts';
import type { StoredEvent } from '../store/read/events.ts';
import { factOf } from '../store/read/relatives.ts';

/** What became of events, given all that bears on them (`withRelatives`). They may be of several conversations. */
export interface Verdicts {
  fate(event: StoredEvent): Fate;
  delivered(event: StoredEvent): boolean;
  /** Whether a receipt or void names something it can apply to; true for everything else. */
  applies(event: StoredEvent): boolean;
  /** The receipts and voids that made the event's fate what it is; none where nothing was against it. */
  reasons(event: StoredEvent): StoredEvent[];
}

export function judgeEvents(events: readonly StoredEvent[]): Verdicts {
  const conversations = new Map(
    Array.from(
      Map.groupBy(events, (event) => event.conversation),
      ([conversation, own]) => [conversation, judgeConversation(own)],
    ),
  );
  const of = (event: StoredEvent) => {
    const found = conversations.get(event.conversation);
    if (found === undefined) throw new Error('an event of a conversation that was not judged');
    return found;
  };
  return {
    fate: (event) => of(event).fate(event),
    delivered: (event) => of(event).delivered(event),
    applies: (event) => of(event).applies(event),
    reasons: (event) => of(event).reasons(event),
  };
}

function judgeConversation(events: readonly StoredEvent[]): Verdicts {
  const judgement = judge(events.map(factOf));
  const fate = (event: StoredEvent) => judgement.fate(factOf(event));
  const sentNames = new Set(events.filter(({ class: c }) => isSent(c)).map((event) => factOf(event).ref));
  const voidable = new Set(events.filter(({ class: c }) => c !== EVENT_CLASS.void).map(({ key }) => key));
  const naming = Map.groupBy(
    events.filter(({ class: c }) => isReceipt(c) || c === EVENT_CLASS.void),
    (event) => event.ref,
  );
  return {
    fate,
    delivered: (event) => judgement.delivered(factOf(event)),
    applies(event) {
      if (isReceipt(event.class)) return sentNames.has(event.ref);
      return event.class !== EVENT_CLASS.void || (event.ref !== null && voidable.has(event.ref));
    },
    reasons(event) {
      if (event.class === EVENT_CLASS.void) return [];
      if (fate(event) === 'voided')
        return (naming.get(event.key) ?? []).filter(({ class: c }) => c === EVENT_CLASS.void);
      if (!isMessage(event.class) || !isSent(event.class)) return [];
      const receipts = (naming.get(factOf(event).ref) ?? []).filter(
        (other) => isReceipt(other.class) && fate(other) === 'effective',
      );
      const failed = receipts.some((receipt) => receipt.class === EVENT_CLASS.failed);
      return failed ? receipts : [];
    },
  };
}
