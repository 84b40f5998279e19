/** Records of format 2: what counts in clear, small and at fixed places; what names a person sealed. docs/log-record.md shows the bytes. */

import { isUtf8 } from 'node:buffer';
import { EVENT_CLASS, type EventClass, isNaming, isSent } from '../../domain/event.ts';
import { SEALED_OVERHEAD } from '../../sealing/sealed.ts';
import type { LoggedEvent } from './logged-event.ts';
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
  /** In bytes (uint16), of the texts that follow: key, tenant, channel, account, detail. */
  lengths: 84,
  texts: 94,
};
const { lengths: LENGTHS, texts: TEXTS } = SEALED_AT;
/** The one flag. */
export const HAS_REF = 1;
export const TWO_TO_32 = 0x1_0000_0000;

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
