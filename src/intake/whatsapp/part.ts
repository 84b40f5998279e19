/** What one message, status, echo or call of Meta's webhook becomes. Contract section 5, the table. */

import { isoInstant } from '../../domain/instant.ts';
import { type Said, say } from '../../domain/sentences.ts';
import { isObject, LENGTHS } from '../event-fields.ts';

/** One thing that happened, and what stood around it. */
export interface Part {
  /** JSON pointer into the payload. */
  pointer: string;
  kind: 'message' | 'status' | 'echo' | 'call' | 'history';
  item: unknown;
  /** Of the change that it stands in. */
  value: Record<string, unknown>;
  /** Of a message of before: the thread, without its messages. */
  thread: Record<string, unknown> | null;
  /** The payload as though this part had come alone. */
  alone(): unknown;
}

/** Why a part became no event although it should have. */
export type UnmappedReason = 'no-tenant' | 'unknown-form' | 'rejected';

/** Two names of one person, shown side by side: the user id is an alias of the number. */
export interface SeenLink {
  tenant: string;
  channel: 'whatsapp';
  alias: string;
  contact: string;
}

export type Reading =
  | { kind: 'event'; event: Record<string, unknown>; link: SeenLink | null }
  | { kind: 'skipped'; detail: Said }
  | { kind: 'unmapped'; reason: UnmappedReason; detail: Said };

/** What the item says, before it is known whose and when it is. */
type Meaning =
  | { kind: 'members'; members: Record<string, unknown>; party: Party }
  | Extract<Reading, { kind: 'skipped' | 'unmapped' }>;

/** Whom an item names, by number and by user id (`BR.1349...`). */
interface Party {
  number: unknown;
  userId: unknown;
  /** Whether both are names of one person now; not so where the number is just being changed. */
  isOne: boolean;
}

export function eventOf(part: Part, tenant: string | null, sends: 'posted' | 'from-status'): Reading {
  const { item, value } = part;
  if (!isObject(item)) return unknownForm(say('is no object'));
  const { id } = item;
  if (typeof id !== 'string' || id === '') return unknownForm(say('has no id'));
  const meaning = meaningOf(part, { ...item, id }, sends);
  if (meaning.kind !== 'members') return meaning;
  const occurredAt = instantOf(item.timestamp);
  if (occurredAt === null) return unknownForm(say('has no timestamp in Unix seconds'));
  const account = isObject(value.metadata) ? value.metadata.display_phone_number : undefined;
  if (typeof account !== 'string') return unknownForm(say('has no metadata.display_phone_number'));
  const { contact, alias } = namesOf(meaning.party, value.contacts);
  if (contact === null) return unknownForm(say('names no contact'));
  if (tenant === null)
    return { kind: 'unmapped', reason: 'no-tenant', detail: say('belongs to no tenant of the connection') };
  const event = { ...meaning.members, tenant, channel: 'whatsapp', account, contact, occurredAt };
  const link = alias === null ? null : ({ tenant, channel: 'whatsapp', alias, contact } as const);
  return { kind: 'event', event, link };
}

type Item = Record<string, unknown> & { id: string };

function meaningOf({ kind, thread }: Part, item: Item, sends: 'posted' | 'from-status'): Meaning {
  switch (kind) {
    case 'message':
      return messageMeaning(item);
    case 'status':
      return statusMeaning(item, sends);
    case 'echo':
      return activity(item, 'echo', { number: item.to, userId: item.to_user_id, isOne: true });
    case 'call':
      return callMeaning(item);
    case 'history':
      return activity(item, 'history', partyOfThread(item, thread));
  }
}

/** Types of messages that are none of the contact's, or say something about another one. */
const ACTIVITIES = new Set([
  'reaction',
  'system',
  'edit',
  'revoke',
  'unsupported',
  'request_welcome',
  'ephemeral',
]);

function messageMeaning(item: Item): Meaning {
  const { id, type } = item;
  const party = { number: item.from, userId: item.from_user_id, isOne: type !== 'system' };
  if (typeof type !== 'string') return unknownForm(say('has no type'));
  if (item.group_id !== undefined) return activity(item, 'group', { ...party, isOne: false });
  if (ACTIVITIES.has(type)) return activity(item, type, party);
  return { kind: 'members', members: { id, type: 'message.received' }, party };
}

/** With an id of its own: the same message may come by another way too, and be something else there. */
function activity({ id }: Item, name: string, party: Party, of = name): Meaning {
  return { kind: 'members', members: { id: `${id}:${of}`, type: `activity.${name}` }, party };
}

/** Beginning and end of a call have one id. */
function callMeaning(item: Item): Meaning {
  const { event, direction } = item;
  const isOurs = direction === 'BUSINESS_INITIATED';
  const party = isOurs
    ? { number: item.to, userId: item.to_user_id, isOne: true }
    : { number: item.from, userId: item.from_user_id, isOne: true };
  return activity(item, 'call', party, typeof event === 'string' ? `call:${event}` : 'call');
}

function partyOfThread(item: Item, thread: Part['thread']): Party {
  if (thread === null) return { number: item.from, userId: item.from_user_id, isOne: false };
  const { wa_id: number = thread.id, user_id: userId } = isObject(thread.context) ? thread.context : {};
  return { number, userId, isOne: false };
}

function statusMeaning(item: Item, sends: 'posted' | 'from-status'): Meaning {
  const { id, status, type, recipient_type: recipients } = item;
  if (type === 'call') return skipped(say('is the status of a call'));
  if (recipients === 'group') return skipped(say('is the status of a message to a group'));
  const party = { number: item.recipient_id, userId: item.recipient_user_id, isOne: true };
  const receipt = (name: 'delivered' | 'read' | 'failed', error?: object): Meaning => ({
    kind: 'members',
    members: { id: `${id}:${status}`, type: `message.${name}`, message: id, ...(error && { error }) },
    party,
  });
  switch (status) {
    case 'delivered':
    case 'read':
      return receipt(status);
    case 'played':
      return receipt('read');
    case 'failed':
      return receipt('failed', errorOf(item.errors));
    case 'sent':
      if (sends === 'posted') return skipped(say('is posted by whoever sent it'));
      return { kind: 'members', members: { id, type: 'message.sent', ...templateOf(item.pricing) }, party };
    case 'deleted':
      return skipped(say('says that the message was deleted, which changes nothing'));
    default:
      return unknownForm(
        say('has the status {status}, which nobody here knows', {
          status: String(JSON.stringify(status)?.slice(0, 100)),
        }),
      );
  }
}

function templateOf(pricing: unknown): object {
  const category = isObject(pricing) ? pricing.category : undefined;
  return category === undefined || category === 'service' ? {} : { template: { name: 'unknown', category } };
}

function errorOf(errors: unknown): object | undefined {
  const error: unknown = Array.isArray(errors) ? errors[0] : undefined;
  if (!isObject(error) || error.code === undefined) return undefined;
  const { code, title } = error;
  return { code, ...(typeof title === 'string' && { title: [...title].slice(0, LENGTHS.title).join('') }) };
}

const SECONDS = /^\d{1,11}$/;

/** Meta writes seconds as text, and in some fields as a number. */
function instantOf(timestamp: unknown): string | null {
  const text = String(timestamp);
  return SECONDS.test(text) ? isoInstant(Number(text) * 1_000) : null;
}

/** The contact, by number where one is shown; `alias`: the user id where both are. */
function namesOf(party: Party, contacts: unknown): { contact: string | null; alias: string | null } {
  const shown = entryOf(party, contacts);
  const number = textIn(shown.wa_id) ?? textIn(party.number);
  const userId = textIn(shown.user_id) ?? textIn(party.userId);
  return { contact: number ?? userId, alias: number === null || !party.isOne ? null : userId };
}

/** The entry of `contacts` about the party: that which names it, or the only one where it says nothing else. */
function entryOf({ number, userId }: Party, contacts: unknown): Record<string, unknown> {
  const entries = (Array.isArray(contacts) ? contacts : []).filter(isObject);
  const named = entries.find(
    (entry) =>
      (number !== undefined && entry.wa_id === number) || (userId !== undefined && entry.user_id === userId),
  );
  const [only] = entries;
  if (named !== undefined || only === undefined || entries.length > 1) return named ?? {};
  const saysOther =
    (number !== undefined && only.wa_id !== undefined) ||
    (userId !== undefined && only.user_id !== undefined);
  return saysOther ? {} : only;
}

function textIn(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function skipped(detail: Said): Extract<Reading, { kind: 'skipped' }> {
  return { kind: 'skipped', detail };
}

function unknownForm(detail: Said): Extract<Reading, { kind: 'unmapped' }> {
  return { kind: 'unmapped', reason: 'unknown-form', detail };
}
