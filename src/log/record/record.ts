/** Reads log records: those of format 1 here, where everything is in clear. */

import { isUtf8 } from 'node:buffer';
import {
  classOf,
  EVENT_CLASS,
  type EventClass,
  type EventType,
  isNaming,
  isReceipt,
  isSent,
  type Origin,
  type Template,
} from '../../domain/event.ts';
import type { LoggedEvent } from './logged-event.ts';
import { decodeSealed, SEALED_FORMAT } from './sealed-record.ts';
import { isStorable, requireHash, requireShape } from './shape.ts';

/** Kept in every record of format 1 as `v`. */
const RECORD_FORMAT = 1;

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

/**
 * Reads a record's value. Throws a `SyntaxError` or `TypeError` that says what is wrong with a poison record; whatever
 * passes can be stored as it is.
 */
export function decodeRecord(record: Buffer, partition = 0, offset = 0): LoggedEvent {
  if (record[0] === SEALED_FORMAT) return decodeSealed(record, partition, offset);
  if (!isUtf8(record)) throw new TypeError('the record is not UTF-8');
  const text = record.toString('utf8');
  const value = JSON.parse(text) as RecordValue;
  if (typeof value !== 'object' || value === null) throw new TypeError('the record is not a JSON object');
  const { v } = value as { v?: unknown };
  if (v !== RECORD_FORMAT)
    throw new TypeError(
      `the record has format ${typeof v === 'number' ? v : typeof v}, not ${RECORD_FORMAT}`,
    );
  requireShape(value as unknown as Record<string, unknown>, text.includes('\\'));
  const { who, type, conversation, id: key } = value;
  const eventClass = classOf(type, value.template !== undefined);
  const names = isNaming(eventClass);
  if (names) requireHash('ref', value.ref);
  return {
    uid: conversation + key,
    tenant: value.tenant,
    channel: value.channel,
    account: value.account,
    contact: who.contact,
    conversation,
    key,
    ref: !names || (isSent(eventClass) && value.ref === key) ? null : (value.ref ?? null),
    class: eventClass,
    at: requireInstant('occurredAt', value.occurredAt),
    receivedAt: requireInstant('receivedAt', value.receivedAt),
    keyId: value.key,
    id: who.id,
    detail: eventClass === EVENT_CLASS.received ? null : detailOf(eventClass, value),
    metadata: who.metadata === undefined ? null : JSON.stringify(who.metadata),
    who: null,
    content: null,
    partition,
    offset,
    record,
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

function requireInstant(name: string, value: unknown): number {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (!isStorable(at)) throw new TypeError(`"${name}" is not an instant`);
  return at;
}
