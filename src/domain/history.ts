import type { Conversation } from './conversation.ts';
import { effectiveMessages, refOf } from './effective.ts';
import { classOf, EVENT_CLASS, type Event, type Ordered } from './event.ts';
import type { RuleTimeline } from './rule.ts';
import { type FoldMessage, fold, type Window } from './window.ts';

/** A message of the fold that still knows its event. */
type HistoryMessage = FoldMessage & { event: Event };

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
  const messages = effectiveMessages(standing(all).map((event) => ({ ...factOf(event), ...orderOf(event) })));
  const { windows, orphans } = fold(channel, messages, rulesOf(tenant));
  return { conversation: { tenant, channel, account, contact }, windows, orphans };
}

/** The events of one conversation without repeats and conflicts: the first of an id stands. */
export function standing(events: Iterable<Event>): Event[] {
  const byId = new Map<string, Event>();
  for (const event of events) if (!byId.has(event.id)) byId.set(event.id, event);
  return [...byId.values()];
}

/** The event as a fact for the judge, by plain ids. */
export function factOf(event: Event) {
  const eventClass = classOf(event.type, event.template !== undefined);
  const named = eventClass === EVENT_CLASS.void ? event.target : event.message;
  const fact = { key: event.id, ref: named ?? null, class: eventClass };
  return { ...fact, ref: refOf(fact), event };
}

export function orderOf(event: Event): Ordered {
  return { at: event.occurredAt, class: classOf(event.type, event.template !== undefined), id: event.id };
}
