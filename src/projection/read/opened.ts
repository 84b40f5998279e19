/** Opens the events and windows of an answer: what they keep sealed is read as if it had come in clear. */

import { type Kysely, sql } from 'kysely';
import { EVENT_CLASS, type EventClass, isReceipt, isSent } from '../../domain/event.ts';
import type { EventDetail } from '../../log/record/logged-event.ts';
import type { Who } from '../../log/record/sealed-record.ts';
import { erasedName } from '../../sealing/names.ts';
import type { Tables } from '../../store/tables.ts';
import type { Unsealing } from '../unsealing.ts';
import type { ReadSnapshot } from './snapshot.ts';
import type { StoredWindow, WindowKey } from './windows.ts';

interface Sealed {
  conversation: string;
  key: string;
  ref: string | null;
  class: EventClass;
  id: string;
  detail: string | null;
  metadata: string | null;
  who: Buffer | null;
}

/** The events with their ids, and what else was sealed in its members; `contact` of those that were sealed. */
export async function openEvents<Event extends Sealed>(
  unsealing: Pick<Unsealing, 'open'>,
  events: readonly Event[],
  db?: Kysely<Tables>,
): Promise<(Event & { contact?: string })[]> {
  const sealed = events.flatMap(({ conversation, key, who }) =>
    who === null ? [] : [{ conversation, key, who }],
  );
  const opened = await unsealing.open(sealed, db);
  let next = 0;
  return events.map((event) => {
    if (event.who === null) return event;
    const who = opened[next++] ?? erasedWho(event);
    const { contact, id, metadata, ...personal } = who;
    const clear: EventDetail = event.detail === null ? {} : JSON.parse(event.detail);
    const detail = JSON.stringify({ ...clear, ...personal });
    return {
      ...event,
      ...{ contact, id, detail: detail === '{}' ? null : detail },
      metadata: metadata === undefined ? null : JSON.stringify(metadata),
    };
  });
}

/** What is left of a person whose key was destroyed: hashes. */
function erasedWho({ conversation, key, ref, class: eventClass }: Sealed): Who {
  const names = ref === null ? null : erasedName(ref);
  return {
    contact: erasedName(conversation),
    id: erasedName(key),
    ...(names !== null && (isSent(eventClass) || isReceipt(eventClass)) ? { message: names } : {}),
    ...(names !== null && eventClass === EVENT_CLASS.void ? { target: names } : {}),
  };
}

/** What names an event: where it is kept in clear, and else the sealed block. */
interface Name {
  conversation: string;
  key: string;
  id: string;
  contact: string;
  who: Buffer | null;
}

/** Id and contact of events that are stored, opened; by conversation + key. */
export async function namesOf(
  { db, schema }: ReadSnapshot,
  unsealing: Pick<Unsealing, 'open'>,
  keys: readonly { conversation: string; key: string }[],
): Promise<Map<string, { id: string; contact: string }>> {
  if (keys.length === 0) return new Map();
  const { rows } = await sql<Name>`
    SELECT e.conversation, e.key, e.id, e.who, c.contact
    FROM unnest(${keys.map(({ conversation }) => conversation)}::uuid[], ${keys.map(({ key }) => key)}::uuid[])
      AS k(conversation, key)
    JOIN ${sql.id(schema, 'events')} e ON e.conversation = k.conversation AND e.key = k.key
    JOIN ${sql.id(schema, 'conversations')} c ON c.conversation = k.conversation`.execute(db);
  const blocks = rows.flatMap(({ conversation, key, who }) =>
    who === null ? [] : [{ conversation, key, who }],
  );
  const opened = await unsealing.open(blocks, db);
  const names = new Map<string, { id: string; contact: string }>();
  let next = 0;
  for (const { conversation, key, id, contact, who } of rows) {
    const own = who === null ? { id, contact } : (opened[next++] ?? null);
    if (own !== null) names.set(conversation + key, { id: own.id, contact: own.contact });
  }
  return names;
}

/** The windows with contact and the id of what opened them, which no copy of them keeps. */
export async function openWindows<
  Window extends Pick<StoredWindow, keyof WindowKey | 'contact' | 'openedBy'>,
>(snapshot: ReadSnapshot, unsealing: Pick<Unsealing, 'open'>, windows: readonly Window[]): Promise<Window[]> {
  const sealed = windows.filter(({ contact, openedBy }) => contact === '' || openedBy === '');
  const names = await namesOf(
    snapshot,
    unsealing,
    sealed.map(({ conversation, opener }) => ({ conversation, key: opener })),
  );
  return windows.map((window) => {
    if (window.contact !== '' && window.openedBy !== '') return window;
    const name = names.get(window.conversation + window.opener);
    return {
      ...window,
      contact: window.contact || (name?.contact ?? erasedName(window.conversation)),
      openedBy: window.openedBy || (name?.id ?? erasedName(window.opener)),
    };
  });
}
