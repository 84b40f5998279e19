/** What a payload of the WhatsApp Cloud API's webhook says: its parts, one by one, each to an event or to why it is none. */

import { normaliseParty } from '../../domain/conversation.ts';
import { type Said, say } from '../../domain/sentences.ts';
import { isObject } from '../event-fields.ts';
import { eventOf, type Part, type Reading, type SeenLink, type UnmappedReason } from './part.ts';

/** How a connection wants payloads to be read. */
export interface Mapping {
  /** Whether sent messages are posted by whoever sends them, or taken from the status `sent`. */
  sends: 'posted' | 'from-status';
  /** By id of the business account (WABA), id of the phone number, or the number itself in any form. */
  tenants: Readonly<Record<string, string>>;
  /** Whose all else is; null: nobody's. */
  tenant: string | null;
}

/** A part that became an event. */
interface MappedPart {
  /** JSON pointer into the payload. */
  pointer: string;
  /** As contract section 2 has it; not checked yet. */
  event: Record<string, unknown>;
  /** The payload as though this part had come alone. */
  alone(): unknown;
}

interface UnmappedPart {
  pointer: string;
  reason: UnmappedReason;
  detail: Said;
  alone(): unknown;
}

export interface MappedPayload {
  events: MappedPart[];
  /** What is no event and should be none. */
  skipped: { pointer: string; detail: string }[];
  unmapped: UnmappedPart[];
  links: SeenLink[];
}

/** Reads payloads of one connection. Whatever JSON comes, each of its parts ends in one of the lists. */
export type PayloadReader = (payload: unknown) => MappedPayload;

export function payloadReader(mapping: Mapping): PayloadReader {
  const tenantOf = tenantFinder(mapping);
  return (payload) => {
    const found: MappedPayload = { events: [], skipped: [], unmapped: [], links: [] };
    if (isCrowded(payload)) {
      const detail = say('has more than {most} items in its lists', { most: MOST_ITEMS });
      found.unmapped.push({ pointer: '', reason: 'unknown-form', detail, alone: () => payload });
      return found;
    }
    const changes = changesIn(payload);
    if (changes === null) {
      const detail = say('is no payload of the WhatsApp Cloud API: object is not whatsapp_business_account');
      found.unmapped.push({ pointer: '', reason: 'unknown-form', detail, alone: () => payload });
      return found;
    }
    for (const change of changes) {
      const parts = partsOf(change);
      if (parts.length === 0) noteEmpty(found, change);
      for (const part of parts) note(found, part, eventOf(part, tenantOf(change), mapping.sends));
    }
    return found;
  };
}

/** Of all lists of a payload: Meta sends up to some 1,000 messages at once, and 3 MiB hold a million of nothing. */
const MOST_ITEMS = 20_000;

/** Each part is told by itself, so what is told of a payload grows with its items, not with its bytes. */
function isCrowded(payload: unknown): boolean {
  const left: unknown[] = [payload];
  let items = 0;
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) items += value.length;
    if (items > MOST_ITEMS) return true;
    for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) left.push(part);
  }
  return false;
}

function note(found: MappedPayload, part: Part, reading: Reading): void {
  const { pointer, alone } = part;
  switch (reading.kind) {
    case 'event':
      found.events.push({ pointer, event: reading.event, alone });
      if (reading.link !== null) found.links.push(reading.link);
      return;
    case 'skipped':
      found.skipped.push({ pointer, detail: reading.detail });
      return;
    case 'unmapped':
      found.unmapped.push({ pointer, reason: reading.reason, detail: reading.detail, alone });
      return;
    default:
      reading satisfies never;
  }
}

/** Fields that tell of other things than messages are many; this one is all about them. */
function noteEmpty(found: MappedPayload, { pointer, field, value, around }: Change): void {
  const detail = say('{field} has no messages', { field: JSON.stringify(field) ?? 'the entry' });
  if (field !== 'messages' || value.errors !== undefined) found.skipped.push({ pointer, detail });
  else found.unmapped.push({ pointer, reason: 'unknown-form', detail, alone: () => around(value) });
}

/** A change of an entry: messages of one phone number. */
interface Change {
  pointer: string;
  account: unknown;
  field: unknown;
  value: Record<string, unknown>;
  /** The payload with another value in this change, and without all others. */
  around(value: Record<string, unknown>): unknown;
}

/** Null: nothing that Meta sends for WhatsApp. An entry without changes is one without messages. */
function changesIn(payload: unknown): Change[] | null {
  if (!isObject(payload) || payload.object !== 'whatsapp_business_account') return null;
  const { object, entry: entries } = payload;
  if (!Array.isArray(entries)) return null;
  return entries.flatMap((entry: unknown, i) => {
    const { changes, ...rest } = isObject(entry) ? entry : {};
    return (Array.isArray(changes) ? changes : [null]).map((change: unknown, j): Change => {
      const { field, value } = isObject(change) ? change : {};
      return {
        pointer: Array.isArray(changes) ? `/entry/${i}/changes/${j}` : `/entry/${i}`,
        account: rest.id,
        field,
        value: isObject(value) ? value : {},
        around: (alone) => ({ object, entry: [{ ...rest, changes: [{ field, value: alone }] }] }),
      };
    });
  });
}

function tenantFinder({ tenants, tenant }: Mapping): (change: Change) => string | null {
  const byId = new Map(Object.entries(tenants));
  const byNumber = new Map(
    Object.entries(tenants).map(([name, whose]) => [normaliseParty('whatsapp', name), whose]),
  );
  // What says more comes first: an account has many numbers.
  return ({ account, value: { metadata } }) => {
    const { phone_number_id: id, display_phone_number: number } = isObject(metadata) ? metadata : {};
    const named = typeof number === 'string' ? byNumber.get(normaliseParty('whatsapp', number)) : undefined;
    return byId.get(String(id)) ?? named ?? byId.get(String(account)) ?? tenant;
  };
}

/** Where in a value which parts stand. */
const LISTS = {
  messages: 'message',
  statuses: 'status',
  message_echoes: 'echo',
  calls: 'call',
} as const;

const ECHO_FIELDS: readonly unknown[] = ['smb_message_echoes', 'message_echoes'];

function partsOf({ pointer, field, value, around }: Change): Part[] {
  const shared = {
    messaging_product: value.messaging_product,
    metadata: value.metadata,
    contacts: value.contacts,
  };
  const lists = Object.entries(LISTS).flatMap(([name, usual]) => {
    const kind = kindIn(field, usual);
    return listIn(value[name]).map(
      (item, i): Part => ({
        ...{ pointer: `${pointer}/value/${name}/${i}`, kind, item, value, thread: null },
        alone: () => around({ ...shared, [name]: [item] }),
      }),
    );
  });
  return [...lists, ...historyOf({ pointer, value, around }, shared)];
}

function kindIn(field: unknown, usual: Part['kind']): Part['kind'] {
  if (field === 'history') return 'history';
  return usual === 'message' && ECHO_FIELDS.includes(field) ? 'echo' : usual;
}

/** Messages of before, by chunk and by whom they were exchanged with. */
function historyOf(
  { pointer, value, around }: Pick<Change, 'pointer' | 'value' | 'around'>,
  shared: object,
): Part[] {
  return listIn(value.history).flatMap((chunk, i) => {
    const { threads, ...rest } = isObject(chunk) ? chunk : {};
    return listIn(threads).flatMap((thread, j) => {
      const { messages, ...whose } = isObject(thread) ? thread : {};
      return listIn(messages).map(
        (item, k): Part => ({
          pointer: `${pointer}/value/history/${i}/threads/${j}/messages/${k}`,
          ...{ kind: 'history', item, value, thread: whose },
          alone: () =>
            around({ ...shared, history: [{ ...rest, threads: [{ ...whose, messages: [item] }] }] }),
        }),
      );
    });
  });
}

function listIn(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
