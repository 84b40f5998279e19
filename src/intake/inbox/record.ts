/** What a record of the inbox says: an event as JSON, or a CloudEvent as the Kafka binding has it. */

import type { IHeaders } from 'kafkajs';
import { CLOUD_EVENT, isJsonType, isOtherVersion, SPEC_VERSION } from '../cloud-events.ts';
import { readJson } from '../json-bytes.ts';
import { EVENT_JSON, type EventResult, type Form, reject } from '../read-event.ts';

export interface InboxRecord {
  value: Buffer | null;
  headers?: IHeaders | undefined;
}

/** The value of a record and how it says an event; or why it says none. */
export type Said = { value: unknown; form: Form } | { refused: EventResult };

/** Of values that each bring their own form. */
export const SAID: Form = {
  read(said, now) {
    const given = said as Said;
    if ('refused' in given) return given.refused;
    try {
      return given.form.read(given.value, now);
    } catch (error) {
      // A fault of this code that one record brings out must not keep all behind it from being taken.
      return reject('invalid-event', '', `could not be read: ${(error as Error).message}`);
    }
  },
  place(said, pointer) {
    const given = said as Said;
    return 'refused' in given ? pointer : given.form.place(given.value, pointer);
  },
};

const CLOUD_EVENT_TYPE = 'application/cloudevents';
const PREFIX = 'ce_';
/** Each of these is required, so any of them says what the record is. */
const ATTRIBUTES = ['specversion', 'id', 'source', 'type'];

/** Kafka binding of CloudEvents 1.0.2, section 3: `content-type` says structured mode, `ce_` headers say binary mode. */
export function saidBy({ value, headers = {} }: InboxRecord): Said {
  const contentType = headerText(headers, 'content-type');
  const isStructured = contentType?.toLowerCase().startsWith(CLOUD_EVENT_TYPE) === true;
  const isBinary = !isStructured && ATTRIBUTES.some((name) => headers[PREFIX + name] !== undefined);
  if (contentType !== undefined && (isStructured || isBinary) && !isJsonType(contentType))
    return { refused: reject('invalid-event', '/datacontenttype', `must be JSON, not ${contentType}`) };
  const read = readJson(value ?? EMPTY);
  if ('flaw' in read) return { refused: reject('not-json', '', `The value ${read.flaw}`) };
  if (!isStructured && !isBinary) return { value: read.value, form: EVENT_JSON };
  const event = isStructured ? read.value : { ...attributesIn(headers), data: read.value };
  if (isOtherVersion(event)) return { refused: OTHER_VERSION };
  return { value: event, form: CLOUD_EVENT };
}

const EMPTY = Buffer.alloc(0);
const OTHER_VERSION = reject('invalid-event', '/specversion', `must be ${JSON.stringify(SPEC_VERSION)}`);

/** Header values are UTF-8 as they are: this binding escapes nothing. */
function attributesIn(headers: IHeaders): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const text = headerText(headers, name);
    if (name.startsWith(PREFIX) && text !== undefined) attributes[name.slice(PREFIX.length)] = text;
  }
  return attributes;
}

/** Of a header that is there more than once, the last. */
function headerText(headers: IHeaders, name: string): string | undefined {
  return [headers[name]].flat().at(-1)?.toString();
}
