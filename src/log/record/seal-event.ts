/** Makes records of format 2 of events: what counts in clear, what names a person sealed. docs/log-record.md shows the bytes. */

import { classOf, EVENT_CLASS, type Event, type EventClass } from '../../domain/event.ts';
import type { ContactKey } from '../../sealing/contact-keys.ts';
import type { KeyedHashes } from '../../sealing/hashes.ts';
import { seal } from '../../sealing/sealed.ts';
import type { NewRecord } from '../log.ts';
import { contentOf } from './content.ts';
import type { EventDetail } from './logged-event.ts';
import { partitionOf } from './partition.ts';
import { HAS_REF, SEALED_AT, SEALED_FORMAT, TWO_TO_32 } from './sealed-record.ts';

/** When records came, whose key brought them, and among how many partitions they are put. */
export interface Receipt {
  /** ms. */
  receivedAt: number;
  keyId: string;
  partitions: number;
}

/** An event in the texts that its record is made of: what is left to do takes hashes and a cipher. */
export interface Draft {
  class: EventClass;
  /** ms. */
  occurredAt: number;
  id: string;
  /** Id of what it names; empty: it names nothing. */
  named: string;
  tenant: string;
  channel: string;
  account: string;
  /** JSON, in clear; empty: nothing. */
  detail: string;
  /** What decides between a duplicate and a conflict; only its hash is kept. */
  content: string;
  /** JSON, to be sealed. */
  who: string;
}

/** Turns an event into the record that the log keeps, sealed under the key of its contact. */
export function sealEvent(
  event: Event,
  receipt: Receipt,
  key: ContactKey,
  hashes: Pick<KeyedHashes, 'content'>,
): NewRecord {
  return sealDraft(draftOf(event), receipt, key, hashes);
}

export function draftOf(event: Event): Draft {
  const eventClass = classOf(event.type, event.template !== undefined);
  return {
    class: eventClass,
    occurredAt: event.occurredAt,
    id: event.id,
    named: event.message ?? event.target ?? '',
    tenant: event.tenant,
    channel: event.channel,
    account: event.account,
    detail: clearDetail(eventClass, event),
    content: contentOf(event),
    who: whoOf(event),
  };
}

const { conversation: CONVERSATION, lengths: LENGTHS, texts: TEXTS } = SEALED_AT;

const scratch = Buffer.alloc(1 << 17);
/** Conversation and id of what is in there, and the place of its sealed block. */
const namesInScratch = scratch.subarray(CONVERSATION, SEALED_AT.ref);
const place = Buffer.of(SEALED_FORMAT, ...namesInScratch);

export function sealDraft(
  draft: Draft,
  { receivedAt, keyId, partitions }: Receipt,
  key: ContactKey,
  hashes: Pick<KeyedHashes, 'content'>,
): NewRecord {
  const { id: ownId, named, tenant, channel, account, detail } = draft;
  const id = key.hashes.id(ownId);
  const ref = named === '' ? null : named === ownId ? id : key.hashes.id(named);
  scratch.fill(0, 0, TEXTS);
  scratch[0] = SEALED_FORMAT;
  scratch[SEALED_AT.class] = draft.class;
  if (ref !== null) scratch[SEALED_AT.flags] = HAS_REF;
  writeInstant(draft.occurredAt, SEALED_AT.occurredAt);
  writeInstant(receivedAt, SEALED_AT.receivedAt);
  scratch.write(key.conversation, CONVERSATION, 'hex');
  scratch.write(id, SEALED_AT.id, 'hex');
  if (ref !== null) scratch.write(ref, SEALED_AT.ref, 'hex');
  scratch.write(hashes.content(draft.content), SEALED_AT.content, 'hex');
  let end = TEXTS;
  [keyId, tenant, channel, account, detail].forEach((text, i) => {
    const length = scratch.write(text, end);
    scratch.writeUInt16BE(length, LENGTHS + 2 * i);
    end += length;
  });
  place.set(namesInScratch, 1);
  const value = seal(key, place, draft.who, end);
  scratch.copy(value, 0, 0, end);
  const recordKey = Buffer.from(key.conversation, 'latin1');
  return { partition: partitionOf(recordKey, partitions), key: recordKey, value };
}

function writeInstant(ms: number, at: number): void {
  const high = Math.floor(ms / TWO_TO_32);
  scratch.writeInt32BE(high, at);
  scratch.writeUInt32BE(ms - high * TWO_TO_32, at + 4);
}

/** What counts beside class and instant, as it stands in clear. */
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
