/** Finds the events of a page and what became of each. */

import { z } from 'zod';
import { EVENT_CLASS } from '../../domain/event.ts';
import { decodeRecord } from '../../log/record/record.ts';
import { type Verdicts, verdictsOf, withRelatives } from '../../projection/fates.ts';
import {
  type ConversationFilter,
  conversationAhead,
  conversationsFrom,
  type EventPlace,
  eventsAfter,
  inConflict,
  type ListedEvent,
} from '../../projection/read/event-pages.ts';
import { openEvents } from '../../projection/read/opened.ts';
import { conversationsWith, keysOfId } from '../../projection/read/parties.ts';
import type { ReadSnapshot } from '../../projection/read/snapshot.ts';
import { text } from '../../schemas.ts';
import type { AppDeps } from '../deps.ts';
import { toEventItem } from './event-item.ts';

export const EVENT_STATES = ['effective', 'failed', 'voided', 'conflict', 'unmatched'] as const;
type EventState = (typeof EVENT_STATES)[number];

export interface EventSearch extends Omit<ConversationFilter, 'inConflict' | 'keys' | 'conversations'> {
  contact?: string | undefined;
  id?: string | undefined;
  state?: EventState | undefined;
}

const uuid = z.string().regex(/^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/);
/** A place in the list as a cursor keeps it. */
export const placeKey = z.union([
  z.tuple([text(0, 256), uuid]),
  z.tuple([text(0, 256), uuid, z.int(), z.int().min(0).max(3), text(0, 256), z.int()]),
]);

export function placeOf([contact, conversation, at, rank, id, offset]: z.infer<typeof placeKey>): EventPlace {
  const isEvent = at !== undefined && rank !== undefined && id !== undefined && offset !== undefined;
  return { contact, conversation, event: isEvent ? { at, rank, id, offset } : null };
}

export function keyOfPlace({ contact, conversation, event }: EventPlace): (string | number)[] {
  return event === null
    ? [contact, conversation]
    : [contact, conversation, event.at, event.rank, event.id, event.offset];
}

/** Events looked at for one page. A rare state may leave a page short: its cursor still goes on. */
const MOST_EXAMINED = 5_000;
const EVENTS_AT_ONCE = 1_000;
const CONVERSATIONS_AT_ONCE = 200;
/** Conversations in which one page looks for an id: about a second's worth. */
const MOST_CONVERSATIONS = 200_000;

interface FoundEvent {
  event: ListedEvent;
  state: EventState;
}

export interface EventsPage {
  found: FoundEvent[];
  /** Where the next page starts; null: there is none. */
  next: EventPlace | null;
}

/** A page of events by (contact where it is in clear, conversation, canonical order), opened, and where the next one starts. */
export async function searchEvents(
  snapshot: ReadSnapshot,
  { sealing: { hashes }, unsealing }: Pick<AppDeps, 'sealing' | 'unsealing'>,
  { id, contact, ...search }: EventSearch,
  from: EventPlace | null,
  limit: number,
): Promise<EventsPage> {
  const { tenant, channel, state } = search;
  const keys = id === undefined ? null : keysOfId(hashes, id);
  const conversations =
    contact === undefined
      ? undefined
      : await conversationsWith(snapshot, hashes, { tenant, channel, contact });
  const filter = { ...search, conversations, inConflict: state === 'conflict', keys };
  const to = keys === null ? undefined : await conversationAhead(snapshot, tenant, from, MOST_CONVERSATIONS);
  const end: EventPlace | null = to === undefined ? null : { ...to, event: null };
  const found: FoundEvent[] = [];
  let place = from;
  for (let examined = 0; examined < MOST_EXAMINED; ) {
    const conversations = await conversationsFrom(snapshot, filter, place, to, CONVERSATIONS_AT_ONCE);
    const last = conversations.at(-1);
    if (last === undefined) return { found: await openFound(snapshot, unsealing, found), next: end };
    const ids = conversations.map(({ conversation }) => conversation);
    const events = await eventsAfter(snapshot, tenant, ids, keys, place, EVENTS_AT_ONCE);
    for (const item of await statesOf(snapshot, tenant, events)) {
      if (state !== undefined && item.state !== state) continue;
      const previous = found.at(-1);
      if (found.length === limit && previous !== undefined)
        return { found: await openFound(snapshot, unsealing, found), next: placeOfEvent(previous.event) };
      found.push(item);
    }
    examined += events.length;
    const more = events.length === EVENTS_AT_ONCE ? events.at(-1) : undefined;
    if (more !== undefined) place = placeOfEvent(more);
    else if (conversations.length < CONVERSATIONS_AT_ONCE)
      return { found: await openFound(snapshot, unsealing, found), next: end };
    else place = { contact: last.contact, conversation: last.conversation, event: null };
  }
  return { found: await openFound(snapshot, unsealing, found), next: place };
}

/** Of a copy in conflict what its own record says. */
async function openFound(
  { db }: ReadSnapshot,
  unsealing: AppDeps['unsealing'],
  found: readonly FoundEvent[],
): Promise<FoundEvent[]> {
  const events = found.map(({ event }) => {
    const { record, partition, offset, rank, channel, account } = event;
    if (record === null) return event;
    const copy = decodeRecord(record, partition, offset);
    return { ...event, ...copy, ...{ record, rank, channel, account } };
  });
  const opened = await openEvents(unsealing, events, db);
  return found.map(({ state }, i) => ({ event: opened[i] as ListedEvent, state }));
}

function placeOfEvent({ contact, conversation, at, rank, id, offset }: ListedEvent): EventPlace {
  return { contact, conversation, event: { at, rank, id, offset } };
}

async function statesOf(
  snapshot: ReadSnapshot,
  tenant: string,
  events: readonly ListedEvent[],
): Promise<FoundEvent[]> {
  if (events.length === 0) return [];
  const standing = events.filter(({ record }) => record === null);
  const verdicts = verdictsOf(await withRelatives(snapshot, standing));
  const conflicts = await inConflict(snapshot, tenant, standing);
  return events.map((event) => {
    const conflict = event.record !== null || conflicts.has(event.conversation + event.key);
    return { event, state: conflict ? 'conflict' : stateOf(event, verdicts) };
  });
}

/** Contract section 3, "was my event counted?". */
function stateOf(event: ListedEvent, verdicts: Verdicts): EventState {
  const fate = verdicts.fate(event);
  if (fate !== 'effective') return fate;
  return event.class !== EVENT_CLASS.activity && !verdicts.applies(event) ? 'unmatched' : 'effective';
}

/** The event as it was posted. */
export function showFound({ event, state }: FoundEvent) {
  const { channel, account, contact } = event;
  return { ...toEventItem(event), channel, account, contact, state };
}
