import { hash } from 'node:crypto';
import type { Conversation } from '../domain/conversation.ts';
import {
  classOf,
  type Event,
  type EventClass,
  type EventType,
  isReceipt,
  isSent,
  type Origin,
  type Template,
} from '../domain/event.ts';
import type { NewRecord } from './log.ts';
import { partitionOf } from './partition.ts';

/** Version of the record's value, kept in every record as `v`. */
export const RECORD_FORMAT = 1;

/** First 128 bits of SHA-256, in hex: how conversations, ids and what they name are keyed. */
export function shortHash(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 32);
}

export function conversationHash({ tenant, channel, account, contact }: Conversation): string {
  return shortHash(JSON.stringify([tenant, channel, account, contact]));
}

/** The value of a log record. What identifies a person is under `who` alone, so that it can be sealed per contact. */
interface RecordValue {
  v: number;
  receivedAt: string;
  /** Id of the API key that posted the event. */
  key: string;
  tenant: string;
  channel: string;
  account: string;
  conversation: string;
  type: EventType;
  occurredAt: string;
  template?: Template | undefined;
  origin?: Origin | undefined;
  campaign?: string | undefined;
  error?: { code: string; title?: string } | undefined;
  /** Hash of the event's id. */
  id: string;
  /** Hash of what the event names: the `message` of a receipt or sent message, the target of a void. */
  ref?: string | undefined;
  who: {
    contact: string;
    id: string;
    message?: string | undefined;
    target?: string | undefined;
    reason?: string | undefined;
    actor?: string | undefined;
    metadata?: Record<string, unknown> | undefined;
  };
}

/** Turns an event into the record that the log keeps. `receivedAt` is in ms; `keyId` names the API key. */
export function encodeEvent(event: Event, receivedAt: number, keyId: string, partitions: number): NewRecord {
  const conversation = conversationHash(event);
  const named = event.message ?? event.target;
  const id = shortHash(event.id);
  const value: RecordValue = {
    v: RECORD_FORMAT,
    receivedAt: new Date(receivedAt).toISOString(),
    key: keyId,
    tenant: event.tenant,
    channel: event.channel,
    account: event.account,
    conversation,
    type: event.type,
    occurredAt: new Date(event.occurredAt).toISOString(),
    template: event.template,
    origin: event.origin,
    campaign: event.campaign,
    error: event.error,
    id,
    ref: named === undefined ? undefined : named === event.id ? id : shortHash(named),
    who: {
      contact: event.contact,
      id: event.id,
      message: event.message,
      target: event.target,
      reason: event.reason,
      actor: event.actor,
      metadata: event.metadata,
    },
  };
  const key = Buffer.from(conversation, 'latin1');
  return { partition: partitionOf(key, partitions), key, value: Buffer.from(JSON.stringify(value)) };
}

/** An event as the projection reads it from the log; hashes in hex, instants in ms. */
export interface LoggedEvent extends Conversation {
  conversation: string;
  key: string;
  /** What the event names, hashed; null also where a sent message is named by its own id. */
  ref: string | null;
  class: EventClass;
  at: number;
  receivedAt: number;
  keyId: string;
  id: string;
  /** Canonical JSON of what else the event says (its content beyond class, instant and ref); null where nothing. */
  detail: string | null;
  metadata: string | null;
}

/** What an event says beyond its columns, in the order in which `detail` keeps it. */
export interface EventDetail {
  type?: EventType;
  template?: Template;
  origin?: Origin;
  campaign?: string;
  /** Absent where a sent message is named by its own id. */
  message?: string;
  target?: string;
  reason?: string;
  actor?: string;
  error?: { code: string; title?: string };
}

/** Reads a record's value. Throws a `SyntaxError` or `TypeError` that says what is wrong with a poison record. */
export function decodeRecord(bytes: Buffer): LoggedEvent {
  const value = JSON.parse(bytes.toString('utf8')) as RecordValue;
  if (typeof value !== 'object' || value === null) throw new TypeError('the record is not a JSON object');
  if (value.v !== RECORD_FORMAT)
    throw new TypeError(`the record has format ${String(value.v)}, not ${RECORD_FORMAT}`);
  const { who } = value;
  for (const name of ['tenant', 'channel', 'account', 'type', 'key'] as const)
    requireString(name, value[name]);
  for (const name of ['conversation', 'id'] as const) requireHash(name, value[name]);
  if (typeof who !== 'object' || who === null) throw new TypeError('"who" is missing');
  requireString('who.contact', who.contact);
  requireString('who.id', who.id);
  const eventClass = classOf(value.type, value.template !== undefined);
  if (value.ref !== undefined) requireHash('ref', value.ref);
  else if (isSent(eventClass) || isReceipt(eventClass) || value.type === 'event.voided')
    throw new TypeError('"ref" is missing');
  return {
    tenant: value.tenant,
    channel: value.channel,
    account: value.account,
    contact: who.contact,
    conversation: value.conversation,
    key: value.id,
    ref: isSent(eventClass) && value.ref === value.id ? null : (value.ref ?? null),
    class: eventClass,
    at: requireInstant('occurredAt', value.occurredAt),
    receivedAt: requireInstant('receivedAt', value.receivedAt),
    keyId: value.key,
    id: who.id,
    detail: detailOf(eventClass, value),
    metadata: who.metadata === undefined ? null : JSON.stringify(who.metadata),
  };
}

function detailOf(eventClass: EventClass, value: RecordValue): string | null {
  const { who } = value;
  switch (value.type) {
    case 'message.received':
      return null;
    case 'message.sent':
      return JSON.stringify({
        template: value.template && {
          name: value.template.name,
          category: value.template.category,
          language: value.template.language,
        },
        origin: value.origin,
        campaign: value.campaign,
        message: who.message === who.id ? undefined : who.message,
      });
    case 'event.voided':
      return JSON.stringify({ target: who.target, reason: who.reason, actor: who.actor });
    default:
      return JSON.stringify(
        isReceipt(eventClass) ? { message: who.message, error: value.error } : { type: value.type },
      );
  }
}

function requireString(name: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') throw new TypeError(`"${name}" is not a string`);
}

const HASH = /^[0-9a-f]{32}$/;

function requireHash(name: string, value: unknown): void {
  if (typeof value !== 'string' || !HASH.test(value)) throw new TypeError(`"${name}" is not a hash`);
}

function requireInstant(name: string, value: unknown): number {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) throw new TypeError(`"${name}" is not an instant`);
  return at;
}
