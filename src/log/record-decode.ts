import { isUtf8 } from 'node:buffer';
import { classOf, EVENT_CLASS, type EventClass, isReceipt } from '../domain/event.ts';
import { parseInstant } from './instant.ts';
import { type LoggedEvent, RECORD_FORMAT, type RecordValue } from './record.ts';
import { namesAnother, readAsWritten, refOf } from './record-pattern.ts';
import { requireHash, requireShape } from './record-shape.ts';

/**
 * Reads a record's value. Throws a `SyntaxError` or `TypeError` that says what is wrong with a poison record; whatever
 * passes can be stored as it is.
 */
export function decodeRecord(record: Buffer, partition = 0, offset = 0): LoggedEvent {
  if (!isUtf8(record)) throw new TypeError('the record is not UTF-8');
  const text = record.toString('utf8');
  return readAsWritten(text, record, partition, offset) ?? readJson(text, record, partition, offset);
}

/** Reads whatever JSON another writer, or `encodeEvent` for a text with escapes, may have put down. */
export function readJson(text: string, record: Buffer, partition: number, offset: number): LoggedEvent {
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
  if (namesAnother(eventClass)) requireHash('ref', value.ref);
  return {
    uid: conversation + key,
    tenant: value.tenant,
    channel: value.channel,
    account: value.account,
    contact: who.contact,
    conversation,
    key,
    ref: refOf(eventClass, key, value.ref),
    class: eventClass,
    at: requireInstant('occurredAt', value.occurredAt),
    receivedAt: requireInstant('receivedAt', value.receivedAt),
    keyId: value.key,
    id: who.id,
    detail: eventClass === EVENT_CLASS.received ? null : detailOf(eventClass, value),
    metadata: who.metadata === undefined ? null : JSON.stringify(who.metadata),
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

/** Throws a `TypeError` where the text is no instant that the database's dates hold in every time zone. */
function requireInstant(name: string, value: unknown): number {
  const at = typeof value === 'string' ? parseInstant(value) : null;
  if (at === null) throw new TypeError(`"${name}" is not an instant`);
  return at;
}
