/** Records of format 2: what counts in clear, small and at fixed places; what names a person sealed. docs/log-record.md shows the bytes. */

import { isUtf8 } from 'node:buffer';
import { classOf, EVENT_CLASS, type Event, type EventClass, isNaming, isSent } from '../../domain/event.ts';
import type { ContactKey } from '../../sealing/contact-keys.ts';
import type { KeyedHashes } from '../../sealing/hashes.ts';
import { SEALED_OVERHEAD, seal } from '../../sealing/sealed.ts';
import type { NewRecord } from '../log.ts';
import { contentOf } from './content.ts';
import type { EventDetail, LoggedEvent } from './logged-event.ts';
import { partitionOf } from './partition.ts';
import { isStorable, LONGEST, requireDetail } from './shape.ts';

/** First byte of the value; one of format 1 begins with `{`. */
export const SEALED_FORMAT = 2;

const HASH = 16;
/** Where it stands in the value. */
export const SEALED_AT = {
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
/** Conversation and id of what is in there, and the place of its sealed block. */
const namesInScratch = scratch.subarray(SEALED_AT.conversation, SEALED_AT.ref);
const place = Buffer.of(SEALED_FORMAT, ...namesInScratch);

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
  scratch[SEALED_AT.class] = eventClass;
  if (ref !== null) scratch[SEALED_AT.flags] = HAS_REF;
  writeInstant(event.occurredAt, SEALED_AT.occurredAt);
  writeInstant(receivedAt, SEALED_AT.receivedAt);
  scratch.write(key.conversation, SEALED_AT.conversation, 'hex');
  scratch.write(id, SEALED_AT.id, 'hex');
  if (ref !== null) scratch.write(ref, SEALED_AT.ref, 'hex');
  scratch.write(hashes.content(contentOf(event)), SEALED_AT.content, 'hex');
  let end = TEXTS;
  [keyId, event.tenant, event.channel, event.account, clearDetail(eventClass, event)].forEach((text, i) => {
    const length = scratch.write(text, end);
    scratch.writeUInt16BE(length, LENGTHS + 2 * i);
    end += length;
  });
  place.set(namesInScratch, 1);
  const value = seal(key, place, whoOf(event), end);
  scratch.copy(value, 0, 0, end);
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

/**
 * An event as its record of format 2 has it. What hardly anybody asks for is read from the record when it is asked for;
 * a copy made by spreading has neither `who` nor `content`.
 */
class SealedEvent implements LoggedEvent {
  readonly uid: string;
  readonly conversation: string;
  readonly key: string;
  readonly ref: string | null;
  readonly class: EventClass;
  readonly at: number;
  readonly receivedAt: number;
  readonly keyId: string;
  readonly tenant: string;
  readonly channel: string;
  readonly account: string;
  readonly contact = '';
  id = '';
  readonly detail: string | null;
  readonly metadata = null;
  readonly partition: number;
  readonly offset: number;
  readonly record: Buffer;
  readonly #who: number;

  constructor(record: Buffer, partition: number, offset: number) {
    const eventClass = record[SEALED_AT.class] as EventClass;
    const flags = record[SEALED_AT.flags] as number;
    if (eventClass > EVENT_CLASS.activity) throw new TypeError('the class is none of events');
    if (flags > HAS_REF || record[SEALED_AT.flags + 1] !== 0)
      throw new TypeError('the flags are none of this format');
    const names = isNaming(eventClass);
    if (names !== (flags === HAS_REF)) throw new TypeError('what it names is missing, or it names nothing');
    const detailAt =
      TEXTS +
      uint16(record, LENGTHS) +
      uint16(record, LENGTHS + 2) +
      uint16(record, LENGTHS + 4) +
      uint16(record, LENGTHS + 6);
    this.#who = detailAt + uint16(record, LENGTHS + 8);
    if (this.#who + SEALED_OVERHEAD > record.length) throw new TypeError('the record is cut short');
    const texts = textsOf(record, detailAt);
    // One text for all hashes: of the four that are parts of it, none has digits of its own.
    const hashes = record.toString('hex', SEALED_AT.conversation, SEALED_AT.content);
    this.uid = hashes.slice(0, 4 * HASH);
    this.conversation = hashes.slice(0, 2 * HASH);
    this.key = hashes.slice(2 * HASH, 4 * HASH);
    const ref = names ? hashes.slice(4 * HASH) : null;
    this.ref = ref === this.key && isSent(eventClass) ? null : ref;
    this.class = eventClass;
    this.at = instantAt(record, SEALED_AT.occurredAt);
    this.receivedAt = instantAt(record, SEALED_AT.receivedAt);
    this.keyId = texts.key;
    this.tenant = texts.tenant;
    this.channel = texts.channel;
    this.account = texts.account;
    this.detail = detailOf(eventClass, record, detailAt, this.#who);
    this.partition = partition;
    this.offset = offset;
    this.record = record;
  }

  get who(): Buffer {
    return this.record.subarray(this.#who);
  }

  get content(): string {
    return this.record.toString('hex', SEALED_AT.content, SEALED_AT.content + HASH);
  }
}

/** Reads a record of format 2. Throws a `TypeError` that says what is wrong with it; whatever passes can be stored. */
export function decodeSealed(record: Buffer, partition: number, offset: number): LoggedEvent {
  if (record.length < TEXTS + SEALED_OVERHEAD) throw new TypeError('the record is cut short');
  return new SealedEvent(record, partition, offset);
}

function uint16(record: Buffer, at: number): number {
  return ((record[at] as number) << 8) | (record[at + 1] as number);
}

interface Texts {
  key: string;
  tenant: string;
  channel: string;
  account: string;
}

/** Most that is kept of what was read and checked already: a tenant's account is the same a hundred thousand times. */
const MOST_KEPT = 5_000;

/** By their bytes, lengths included. */
const keptTexts = new Map<string, Texts>();

function textsOf(record: Buffer, end: number): Texts {
  const bytes = record.toString('latin1', LENGTHS, end);
  const kept = keptTexts.get(bytes);
  if (kept !== undefined) return kept;
  let at = TEXTS;
  const next = (index: number, name: keyof Texts, longest: number): string => {
    const from = at;
    at += uint16(record, LENGTHS + 2 * index);
    const text = textOfBytes(record.subarray(from, at));
    if (text === '') throw new TypeError(`"${name}" is empty`);
    if (text.length > longest) throw new TypeError(`"${name}" is longer than ${longest}`);
    return text;
  };
  const texts = {
    key: next(0, 'key', LONGEST.party),
    tenant: next(1, 'tenant', LONGEST.token),
    channel: next(2, 'channel', LONGEST.token),
    account: next(3, 'account', LONGEST.party),
  };
  keep(keptTexts, bytes, texts);
  return texts;
}

function textOfBytes(bytes: Buffer): string {
  if (bytes.some((byte) => byte < 0x20)) throw new TypeError('the record has a control character');
  if (!isUtf8(bytes)) throw new TypeError('the record is not UTF-8');
  return bytes.toString('utf8');
}

function keep<Value>(kept: Map<string, Value>, bytes: string, value: Value): void {
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(bytes, value);
}

function instantAt(record: Buffer, at: number): number {
  const high = (uint16(record, at) << 16) | uint16(record, at + 2);
  const ms = high * TWO_TO_32 + uint16(record, at + 4) * 0x1_0000 + uint16(record, at + 6);
  if (!isStorable(ms)) throw new TypeError('an instant is out of range');
  return ms;
}

/** By class and bytes. */
const keptDetails = Array.from(Object.values(EVENT_CLASS), () => new Map<string, string>());

function detailOf(eventClass: EventClass, record: Buffer, from: number, end: number): string | null {
  const bytes = from === end ? '' : record.toString('latin1', from, end);
  const kept = keptDetails[eventClass] as Map<string, string>;
  let detail = kept.get(bytes);
  if (detail === undefined) {
    detail = textOfBytes(record.subarray(from, end));
    requireDetail(eventClass, detail === '' ? {} : (JSON.parse(detail) as unknown), detail.includes('\\'));
    keep(kept, bytes, detail);
  }
  return detail === '' ? null : detail;
}
