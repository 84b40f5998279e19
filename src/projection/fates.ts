import { sql } from 'kysely';
import { type Fact, type Fate, type Judgement, judge } from '../domain/effective.ts';
import {
  compareCanonical,
  EVENT_CLASS,
  type EventClass,
  isMessage,
  isReceipt,
  isSent,
} from '../domain/event.ts';
import { EVENT_COLUMNS, type FullEvent } from './read/events.ts';
import type { ReadSnapshot } from './read/snapshot.ts';
import { type FoldableEvent, refOf, type StoredEvent } from './tables/events.ts';

/** The event as the judge wants it: a sent message is named by its `ref` or its own key. */
function factOf(event: Pick<FullEvent, 'key' | 'ref' | 'class'>): Fact {
  const ref = event.ref ?? (isSent(event.class) ? event.key : null);
  return { key: event.key, ref, class: event.class };
}

/**
 * The events together with all that decides their fate and all that they name: receipts and voids of messages, voids
 * of receipts, messages of receipts, targets of voids. With `until` only what occurred by that instant (ms). Two
 * look-ups: what a void of a void says has no effect.
 */
export async function withRelatives(
  snapshot: ReadSnapshot,
  events: readonly FullEvent[],
  until: number | null = null,
): Promise<FullEvent[]> {
  const known = new Map(events.map((event) => [event.conversation + event.key, event]));
  const receipts: FullEvent[] = [];
  for (const found of await bearing(snapshot, events, until)) {
    if (known.has(found.conversation + found.key)) continue;
    known.set(found.conversation + found.key, found);
    if (isReceipt(found.class)) receipts.push(found);
  }
  for (const found of await bearing(
    snapshot,
    receipts.map((receipt) => ({ ...receipt, ref: null })),
    until,
  ))
    known.set(found.conversation + found.key, known.get(found.conversation + found.key) ?? found);
  return [...known.values()];
}

/** Events that bear or name a key that one of the given events bears or names. */
async function bearing(
  { db, schema }: ReadSnapshot,
  events: readonly FullEvent[],
  until: number | null,
): Promise<FullEvent[]> {
  if (events.length === 0) return [];
  const names = new Map<string, { conversation: string; key: string }>();
  for (const { conversation, key, ref } of events) {
    names.set(conversation + key, { conversation, key });
    if (ref !== null) names.set(conversation + ref, { conversation, key: ref });
  }
  const pairs = [...names.values()];
  const table = sql.id(schema, 'events');
  const occurred = until === null ? sql`` : sql`AND e.at <= ${until}`;
  const { rows } = await sql<FullEvent>`
    WITH k AS MATERIALIZED (SELECT * FROM unnest(${pairs.map((pair) => pair.conversation)}::uuid[],
      ${pairs.map((pair) => pair.key)}::uuid[]) AS k(conversation, key))
    SELECT ${EVENT_COLUMNS} FROM k JOIN ${table} e ON e.conversation = k.conversation AND e.key = k.key ${occurred}
    UNION ALL
    SELECT ${EVENT_COLUMNS} FROM k JOIN ${table} e ON e.conversation = k.conversation AND e.ref = k.key
      AND e.ref IS NOT NULL ${occurred}`.execute(db);
  return rows;
}

/** What became of events, given all that bears on them (`withRelatives`). They may be of several conversations. */
export interface Verdicts {
  fate(event: FullEvent): Fate;
  delivered(event: FullEvent): boolean;
  /** Whether a receipt or void names something it can apply to; true for everything else. */
  applies(event: FullEvent): boolean;
  /** The receipts and voids that made the event's fate what it is; none where nothing was against it. */
  reasons(event: FullEvent): FullEvent[];
}

export function verdictsOf(events: readonly FullEvent[]): Verdicts {
  const conversations = new Map(
    Array.from(
      Map.groupBy(events, (event) => event.conversation),
      ([conversation, own]) => [conversation, judgeConversation(own)],
    ),
  );
  const of = (event: FullEvent) => {
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

function judgeConversation(events: readonly FullEvent[]): Verdicts {
  const judgement = judge(events.map(factOf));
  const fate = (event: FullEvent) => judgement.fate(factOf(event));
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

/** Facts of one conversation as the judge wants them: a sent message is named by its `ref` or its own key. */
export function judgeEvents(events: readonly StoredEvent[]): Judgement {
  return judge(events.map(asFact));
}

export function asFact(event: StoredEvent): { key: string; ref: string | null; class: EventClass } {
  return { key: event.key, ref: refOf(event), class: event.class };
}

/** The effective messages among the events of one conversation, in canonical order. */
export function effectiveMessages(
  events: readonly StoredEvent[],
  judgement: Judgement = judgeEvents(events),
): FoldableEvent[] {
  const messages: FoldableEvent[] = [];
  for (const event of events) {
    if (event.class > EVENT_CLASS.freeText) continue;
    const fact = asFact(event);
    if (judgement.fate(fact) !== 'effective') continue;
    messages.push(Object.assign(event, { delivered: judgement.delivered(fact) }));
  }
  return messages.sort(compareCanonical);
}
