/** A batch of events on its way to the thread that seals, and its records on their way back: few values, not an object for each. */

import type { Event, EventClass } from '../../domain/event.ts';
import type { ContactKey } from '../../sealing/contact-keys.ts';
import { FORMER_HASHES, type KeyedHashes } from '../../sealing/hashes.ts';
import type { NewRecord } from '../log.ts';
import { type Draft, draftOf, type Receipt, sealDraft } from '../record/seal-event.ts';

/** Texts of one event: those of its draft, and the conversation of its key. */
const PER_EVENT = 9;
/** In no text of an event, for neither JSON nor PostgreSQL takes it. */
const BETWEEN = '\0';

/** Bytes of a contact's secret, and of a record's key. */
const SECRET = 32;
const KEY = 32;

/** Events as the thread gets them: texts in one, numbers in arrays of their kind. */
export interface DraftBatch extends Receipt {
  texts: string;
  classes: Uint8Array;
  occurredAt: Float64Array;
  secrets: Uint8Array;
  generations: Uint32Array;
  /** 1: goes on under the hashes of format 1. */
  former: Uint8Array;
}

/** Records as they come back: of each its key and its value, one behind the other. */
export interface SealedBatch {
  bytes: Uint8Array;
  ends: Uint32Array;
  partitions: Uint32Array;
}

export function draftBatch(
  events: readonly Event[],
  { receivedAt, keyId, partitions }: Receipt,
  keys: readonly ContactKey[],
): DraftBatch {
  const texts: string[] = [];
  const classes = new Uint8Array(events.length);
  const occurredAt = new Float64Array(events.length);
  const secrets = new Uint8Array(events.length * SECRET);
  const generations = new Uint32Array(events.length);
  const former = new Uint8Array(events.length);
  for (const [i, event] of events.entries()) {
    const draft = draftOf(event);
    const key = keys[i] as ContactKey;
    const { id, named, tenant, channel, account, detail, content, who } = draft;
    texts.push(id, named, tenant, channel, account, detail, content, who, key.conversation);
    classes[i] = draft.class;
    occurredAt[i] = draft.occurredAt;
    secrets.set(key.secret, i * SECRET);
    generations[i] = key.generation;
    former[i] = key.hashes === FORMER_HASHES ? 1 : 0;
  }
  return {
    ...{ receivedAt, keyId, partitions, texts: texts.join(BETWEEN) },
    ...{ classes, occurredAt, secrets, generations, former },
  };
}

export function sealBatch(batch: DraftBatch, hashes: KeyedHashes): SealedBatch {
  const texts = batch.texts.split(BETWEEN);
  const { length } = batch.classes;
  if (texts.length !== length * PER_EVENT) throw new TypeError(`${texts.length} texts for ${length} events`);
  const secrets = Buffer.from(batch.secrets.buffer, batch.secrets.byteOffset, batch.secrets.length);
  const records = Array.from({ length }, (_, i) => {
    const key = {
      conversation: texts[(i + 1) * PER_EVENT - 1] as string,
      secret: secrets.subarray(i * SECRET, (i + 1) * SECRET),
      generation: batch.generations[i] as number,
      hashes: batch.former[i] === 1 ? FORMER_HASHES : hashes,
    };
    return sealDraft(draftAt(batch, texts, i), batch, key, hashes);
  });
  return pack(records);
}

function draftAt({ classes, occurredAt }: DraftBatch, texts: readonly string[], i: number): Draft {
  const text = (n: number) => texts[i * PER_EVENT + n] as string;
  return {
    class: classes[i] as EventClass,
    occurredAt: occurredAt[i] as number,
    id: text(0),
    named: text(1),
    tenant: text(2),
    channel: text(3),
    account: text(4),
    detail: text(5),
    content: text(6),
    who: text(7),
  };
}

/** In memory of its own: what is handed over to another thread cannot be a part of what small buffers share. */
function pack(records: readonly NewRecord[]): SealedBatch {
  const ends = new Uint32Array(records.length);
  let end = 0;
  for (const [i, { key, value }] of records.entries()) {
    end += key.length + value.length;
    ends[i] = end;
  }
  const bytes = Buffer.allocUnsafeSlow(end);
  let at = 0;
  for (const { key, value } of records) {
    at += key.copy(bytes, at);
    at += value.copy(bytes, at);
  }
  return { bytes, ends, partitions: Uint32Array.from(records, ({ partition }) => partition) };
}

/** The records themselves, in the memory of the batch. */
export function unpack({ bytes, ends, partitions }: SealedBatch): NewRecord[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const records: NewRecord[] = [];
  let start = 0;
  for (const [i, end] of ends.entries()) {
    const value = start + KEY;
    records.push({
      partition: partitions[i] as number,
      key: all.subarray(start, value),
      value: all.subarray(value, end),
    });
    start = end;
  }
  return records;
}
