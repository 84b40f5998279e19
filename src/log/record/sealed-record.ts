/** Records of format 2: what counts in clear, small and at fixed places; what names a person sealed. docs/log-record.md shows the bytes. */

import { isUtf8 } from 'node:buffer';
import { classOf, EVENT_CLASS, type Event, type EventClass, isReceipt, isSent } from '../../domain/event.ts';
import type { ContactKey } from '../../sealing/contact-keys.ts';
import type { KeyedHashes } from '../../sealing/hashes.ts';
import { SEALED_OVERHEAD, seal } from '../../sealing/sealed.ts';
import type { NewRecord } from '../log.ts';
import { contentOf } from './content.ts';
import type { EventDetail, LoggedEvent } from './logged-event.ts';
import { partitionOf } from './partition.ts';
import { LONGEST, requireDetail } from './shape.ts';

/** First byte of the value; one of format 1 begins with `{`. */
export const SEALED_FORMAT = 2;

const HASH = 16;
const AT = {
  class: 1,
  flags: 2,
  occurredAt: 4,
  receivedAt: 12,
  conversation: 20,
  id: 36,
  ref: 52,
  content: 68,
};
/** Lengths in bytes (uint16) of the texts that follow: key, tenant, channel, account, detail. */
const LENGTHS = 84;
const TEXTS = 94;
const HAS_REF = 1;
const TWO_TO_32 = 0x1_0000_0000;

/** When a record came, whose key brought it, and among how many partitions it is put. */
export interface Receipt {
  /** ms. */
  receivedAt: number;
  keyId: string;
  partitions: number;
}

const scratch = Buffer.alloc(1 << 17);

/** Turns an event into the record that the log keeps, sealed under the key of its contact. */
export function sealEvent(
  event: Event,
  { receivedAt, keyId, partitions }: Receipt,
  key: ContactKey,
  hashes: Pick<KeyedHashes, 'content'>,
): NewRecord {
  const eventClass = classOf(event.type, event.template !== undefined);
  const named = event.message ?? event.target;
  const id = key.hashes.id(event.id);
  const ref = named === undefined ? null : named === event.id ? id : key.hashes.id(named);
  scratch.fill(0, 0, TEXTS);
  scratch[0] = SEALED_FORMAT;
  scratch[AT.class] = eventClass;
  if (ref !== null) scratch[AT.flags] = HAS_REF;
  writeInstant(event.occurredAt, AT.occurredAt);
  writeInstant(receivedAt, AT.receivedAt);
  scratch.write(key.conversation, AT.conversation, 'hex');
  scratch.write(id, AT.id, 'hex');
  if (ref !== null) scratch.write(ref, AT.ref, 'hex');
  scratch.write(hashes.content(contentOf(event)), AT.content, 'hex');
  let end = TEXTS;
  [keyId, event.tenant, event.channel, event.account, clearDetail(eventClass, event)].forEach((text, i) => {
    const length = scratch.write(text, end);
    scratch.writeUInt16BE(length, LENGTHS + 2 * i);
    end += length;
  });
  const place = scratch.subarray(AT.conversation, AT.ref);
  const who = seal(key, placeOf(place), Buffer.from(whoOf(event)));
  const value = Buffer.allocUnsafe(end + who.length);
  scratch.copy(value, 0, 0, end);
  who.copy(value, end);
  const recordKey = Buffer.from(key.conversation, 'latin1');
  return { partition: partitionOf(recordKey, partitions), key: recordKey, value };
}

function writeInstant(ms: number, at: number): void {
  const high = Math.floor(ms / TWO_TO_32);
  scratch.writeInt32BE(high, at);
  scratch.writeUInt32BE(ms - high * TWO_TO_32, at + 4);
}

/** What a sealed block is bound to: the format, the conversation and the id. */
function placeOf(hashes: Uint8Array): Buffer {
  const place = Buffer.allocUnsafe(1 + hashes.length);
  place[0] = SEALED_FORMAT;
  place.set(hashes, 1);
  return place;
}

/** The same of hashes in hex. */
export function sealedPlace(conversation: string, id: string): Buffer {
  return placeOf(Buffer.from(conversation + id, 'hex'));
}

function clearDetail(eventClass: EventClass, event: Event): string {
  switch (eventClass) {
    case EVENT_CLASS.received:
    case EVENT_CLASS.void:
      return '';
    case EVENT_CLASS.template:
    case EVENT_CLASS.freeText: {
      const { template, origin, campaign } = event;
      return textOf({
        template: template && {
          name: template.name,
          category: template.category,
          language: template.language,
        },
        ...{ origin, campaign },
      });
    }
    case EVENT_CLASS.activity:
      return textOf({ type: event.type });
    default:
      return textOf({ error: event.error });
  }
}

function textOf(detail: { [name in keyof EventDetail]: EventDetail[name] | undefined | object }): string {
  const text = JSON.stringify(detail);
  return text === '{}' ? '' : text;
}

/** What identifies a person. Absent: `message` where a sent message is named by its own id. */
export interface Who {
  contact: string;
  id: string;
  message?: string;
  target?: string;
  reason?: string;
  actor?: string;
  metadata?: Record<string, unknown>;
}

/** Put together by hand: half the time that JSON.stringify takes for an object with so many absent members. */
function whoOf(event: Event): string {
  const { contact, id, message, target, reason, actor, metadata } = event;
  return `{"contact":${JSON.stringify(contact)},"id":${JSON.stringify(id)}${member(
    'message',
    message === id ? undefined : message,
  )}${member('target', target)}${member('reason', reason)}${member('actor', actor)}${member('metadata', metadata)}}`;
}

function member(name: string, value: unknown): string {
  return value === undefined ? '' : `,"${name}":${JSON.stringify(value)}`;
}

/** Reads a record of format 2. Throws a `TypeError` that says what is wrong with it; whatever passes can be stored. */
export function decodeSealed(record: Buffer, partition: number, offset: number): LoggedEvent {
  if (record.length < TEXTS + SEALED_OVERHEAD) throw new TypeError('the record is cut short');
  const eventClass = record[AT.class] as EventClass;
  const flags = record[AT.flags] as number;
  if (eventClass > EVENT_CLASS.activity) throw new TypeError('the class is none of events');
  if (flags > HAS_REF || record[AT.flags + 1] !== 0) throw new TypeError('the flags are none of this format');
  const end = textsEnd(record);
  const texts = textsOf(record, end);
  const conversation = record.toString('hex', AT.conversation, AT.conversation + HASH);
  const key = record.toString('hex', AT.id, AT.id + HASH);
  const names = isSent(eventClass) || isReceipt(eventClass) || eventClass === EVENT_CLASS.void;
  if (names !== (flags === HAS_REF)) throw new TypeError('what it names is missing, or it names nothing');
  const ref = names ? record.toString('hex', AT.ref, AT.ref + HASH) : null;
  return {
    uid: conversation + key,
    ...{ conversation, key },
    tenant: texts.tenant,
    channel: texts.channel,
    account: texts.account,
    contact: '',
    ref: ref === key && isSent(eventClass) ? null : ref,
    class: eventClass,
    at: instantAt(record, AT.occurredAt),
    receivedAt: instantAt(record, AT.receivedAt),
    keyId: texts.key,
    id: '',
    detail: checkedDetail(eventClass, texts.detail),
    metadata: null,
    who: record.subarray(end),
    content: record.toString('hex', AT.content, AT.content + HASH),
    partition,
    offset,
    record,
  };
}

function textsEnd(record: Buffer): number {
  let end = TEXTS;
  for (let at = LENGTHS; at < TEXTS; at += 2) end += record.readUInt16BE(at);
  if (end + SEALED_OVERHEAD > record.length) throw new TypeError('the record is cut short');
  return end;
}

interface Texts {
  key: string;
  tenant: string;
  channel: string;
  account: string;
  detail: string;
}

function textsOf(record: Buffer, end: number): Texts {
  let isAscii = true;
  for (let i = TEXTS; i < end; i++) {
    const byte = record[i] as number;
    if (byte < 0x20) throw new TypeError('the record has a control character');
    if (byte > 0x7f) isAscii = false;
  }
  if (!isAscii && !isUtf8(record.subarray(TEXTS, end))) throw new TypeError('the record is not UTF-8');
  let at = TEXTS;
  const next = (index: number): string => {
    const from = at;
    at += record.readUInt16BE(LENGTHS + 2 * index);
    return isAscii ? record.toString('latin1', from, at) : record.toString('utf8', from, at);
  };
  const texts = { key: next(0), tenant: next(1), channel: next(2), account: next(3), detail: next(4) };
  requireLength('key', texts.key, LONGEST.party);
  requireLength('tenant', texts.tenant, LONGEST.token);
  requireLength('channel', texts.channel, LONGEST.token);
  requireLength('account', texts.account, LONGEST.party);
  return texts;
}

function requireLength(name: string, text: string, longest: number): void {
  if (text === '') throw new TypeError(`"${name}" is empty`);
  if (text.length > longest) throw new TypeError(`"${name}" is longer than ${longest}`);
}

/** Years 1 to 9999 in every time zone, which is what the database's dates hold. */
const EARLIEST = Date.parse('0001-01-02T00:00:00Z');
const LATEST = Date.parse('9999-12-30T00:00:00Z');

function instantAt(record: Buffer, at: number): number {
  const ms = record.readInt32BE(at) * TWO_TO_32 + record.readUInt32BE(at + 4);
  if (!(ms >= EARLIEST && ms <= LATEST)) throw new TypeError('an instant is out of range');
  return ms;
}

/** Details that were looked at already: those of a campaign are one text a hundred thousand times. */
const checked = new Set<string>();
const MOST_CHECKED = 5_000;

function checkedDetail(eventClass: EventClass, detail: string): string | null {
  const mark = `${eventClass}${detail}`;
  if (checked.has(mark)) return detail === '' ? null : detail;
  requireDetail(eventClass, detail === '' ? {} : (JSON.parse(detail) as unknown), detail.includes('\\'));
  if (checked.size >= MOST_CHECKED) checked.clear();
  checked.add(mark);
  return detail === '' ? null : detail;
}
