import type { Conversation } from './conversation.ts';
import { judge } from './effective.ts';
import {
  classOf,
  compareCanonical,
  EVENT_CLASS,
  type Event,
  isMessage,
  isSent,
  type Ordered,
} from './event.ts';
import type { RuleTimeline } from './rule.ts';
import { type FoldMessage, fold, type Window } from './window.ts';

/** A message of the fold that still knows its event. */
export type HistoryMessage = FoldMessage & { event: Event };

export interface ConversationHistory {
  conversation: Conversation;
  windows: Window<HistoryMessage>[];
  orphans: HistoryMessage[];
}

/**
 * Folds whole histories from scratch: the measure that every other way to the windows must agree with. Events come in
 * log order; of several with one id in one conversation the first stands. `rulesOf` gives each tenant's rules.
 */
export function foldHistories(
  events: Iterable<Event>,
  rulesOf: (tenant: string) => RuleTimeline,
): ConversationHistory[] {
  const conversations = Map.groupBy(events, (event) =>
    JSON.stringify([event.tenant, event.channel, event.account, event.contact]),
  );
  return Array.from(conversations.values(), (all) => foldConversation(all, rulesOf));
}

function foldConversation(
  all: readonly Event[],
  rulesOf: (tenant: string) => RuleTimeline,
): ConversationHistory {
  const [first] = all;
  if (first === undefined) throw new RangeError('a conversation has at least one event');
  const { tenant, channel, account, contact } = first;
  const { windows, orphans } = fold(channel, effectiveMessages(standing(all)), rulesOf(tenant));
  return { conversation: { tenant, channel, account, contact }, windows, orphans };
}

/** The events of one conversation without repeats and conflicts: the first of an id stands. */
export function standing(events: Iterable<Event>): Event[] {
  const byId = new Map<string, Event>();
  for (const event of events) if (!byId.has(event.id)) byId.set(event.id, event);
  return [...byId.values()];
}

/** What of one conversation's standing events the fold sees, in canonical order. */
export function effectiveMessages(events: readonly Event[]): HistoryMessage[] {
  const facts = events.map(factOf);
  const judgement = judge(facts);
  return facts
    .filter((fact) => isMessage(fact.class) && judgement.fate(fact) === 'effective')
    .map((fact) => ({ ...orderOf(fact.event), delivered: judgement.delivered(fact), event: fact.event }))
    .sort(compareCanonical);
}

/** The event as a fact for the judge, by plain ids. */
export function factOf(event: Event) {
  const eventClass = classOf(event.type, event.template !== undefined);
  const named = eventClass === EVENT_CLASS.void ? event.target : event.message;
  const ref = named ?? (isSent(eventClass) ? event.id : null);
  return { key: event.id, ref, class: eventClass, event };
}

export function orderOf(event: Event): Ordered {
  return { at: event.occurredAt, class: classOf(event.type, event.template !== undefined), id: event.id };
}
