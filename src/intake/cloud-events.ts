/** CloudEvents 1.0 as a form of events: attributes and data to one event, and its faults back to their places. */

import { parseInstant } from '../domain/instant.ts';
import { isObject, MOST_FLAWS } from './event-fields.ts';
import { readJson } from './json-bytes.ts';
import { type EventResult, type Form, readEvent } from './read-event.ts';

/** The only version that is read. */
export const SPEC_VERSION = '1.0';

/** What an event type may bear before it, as the types of other senders on the same bus do. */
const TYPE_PREFIX = 'janela.';

const JSON_TYPE = /^[^;]*[/+]json *(;|$)/i;

/** Whether a media type says that something is JSON. */
export function isJsonType(type: unknown): boolean {
  return typeof type === 'string' && JSON_TYPE.test(type);
}

interface Fault {
  /** JSON pointer into the CloudEvent. */
  pointer: string;
  detail: string;
}

/** Whether a value is a CloudEvent of a version that nobody here knows, or says none. */
export function isOtherVersion(value: unknown): boolean {
  return isObject(value) && value.specversion !== SPEC_VERSION;
}

/**
 * Reads a CloudEvent in its JSON form (attributes and `data` in one object). Places are those of this form, whichever way
 * it came: `/time`, `/data/contact`. By hand: the npm package `cloudevents` makes up an id and a time where none is, and
 * a retry would then count twice.
 */
export const CLOUD_EVENT: Form = {
  read(value, now) {
    if (!isObject(value)) return readEvent(value, now);
    const { data, fault } = dataOf(value);
    if (fault !== null) return rejection([fault]);
    const faults = [...attributeFaults(value), ...contradictions(value, data)];
    const result = readEvent(eventOf(value, data), now);
    if ('event' in result) return faults.length === 0 ? result : rejection(faults);
    const { problem, errors } = result.rejection;
    const others = errors.map(({ pointer, detail }) => ({ pointer: placeOf(value, pointer), detail }));
    return rejection([...faults, ...others], faults.length === 0 ? problem : undefined);
  },
  place: placeOf,
};

function rejection(
  faults: readonly Fault[],
  problem: 'invalid-event' | RejectedAs = 'invalid-event',
): EventResult {
  const errors = faults.slice(0, MOST_FLAWS);
  const [first] = errors;
  if (first === undefined) throw new Error('a CloudEvent was refused and nothing is wrong with it');
  return { rejection: { problem, ...first, errors } };
}

type RejectedAs = Extract<EventResult, { rejection: unknown }>['rejection']['problem'];

/** The members of the event that stand in `data`; it may come as text in base64. */
function dataOf(value: Record<string, unknown>): { data: Record<string, unknown>; fault: Fault | null } {
  const { datacontenttype, data_base64: base64 } = value;
  const none = {};
  if (datacontenttype !== undefined && datacontenttype !== null && !isJsonType(datacontenttype))
    return { data: none, fault: { pointer: '/datacontenttype', detail: 'must be application/json' } };
  if (base64 === undefined || base64 === null) {
    const { data } = value;
    return isObject(data) ? { data, fault: null } : { data: none, fault: NO_DATA };
  }
  const pointer = '/data_base64';
  if (value.data !== undefined && value.data !== null)
    return { data: none, fault: { pointer, detail: 'must not stand beside data' } };
  const data = typeof base64 === 'string' ? jsonIn(base64) : null;
  if (!isObject(data))
    return { data: none, fault: { pointer, detail: 'must be an object as JSON in base64' } };
  return { data, fault: null };
}

const NO_DATA: Fault = { pointer: '/data', detail: 'must be an object: the members of the event' };

/** Null: it is none. */
function jsonIn(base64: string): unknown {
  const read = readJson(Buffer.from(base64, 'base64'));
  return 'flaw' in read ? null : read.value;
}

/** `id` and `type` are members of the event too, and judged with it. */
function attributeFaults({ source }: Record<string, unknown>): Fault[] {
  if (source === undefined || source === null) return [{ pointer: '/source', detail: 'is required' }];
  return typeof source === 'string' && source !== ''
    ? []
    : [{ pointer: '/source', detail: 'must be a string of at least one character' }];
}

/** Where `data` says something else than the attributes. */
function contradictions(value: Record<string, unknown>, data: Record<string, unknown>): Fault[] {
  const { id, type, time, source } = value;
  const faults: Fault[] = [];
  const compare = (pointer: string, attribute: string, isSame: boolean) => {
    if (!isSame) faults.push({ pointer, detail: `contradicts the attribute ${attribute}` });
  };
  if (data.id !== undefined) compare('/data/id', 'id', data.id === id);
  if (data.type !== undefined) compare('/data/type', 'type', plainType(data.type) === plainType(type));
  if (data.occurredAt !== undefined && time !== undefined && time !== null)
    compare('/data/occurredAt', 'time', isSameInstant(data.occurredAt, time));
  if (isObject(data.metadata) && data.metadata.source !== undefined)
    compare('/data/metadata/source', 'source', data.metadata.source === source);
  return faults;
}

function isSameInstant(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  return typeof a === 'string' && typeof b === 'string' && parseInstant(a) === parseInstant(b);
}

function plainType(type: unknown): unknown {
  return typeof type === 'string' && type.startsWith(TYPE_PREFIX) ? type.slice(TYPE_PREFIX.length) : type;
}

function eventOf(value: Record<string, unknown>, data: Record<string, unknown>): Record<string, unknown> {
  const { id, type, time, source } = value;
  const { id: _, type: __, occurredAt, metadata = {}, ...members } = data;
  return {
    ...given('id', id),
    ...given('type', plainType(type)),
    ...given('occurredAt', time ?? occurredAt),
    ...members,
    metadata: isObject(metadata) ? { ...metadata, ...given('source', source) } : metadata,
  };
}

function given(name: string, value: unknown): Record<string, unknown> {
  return value === undefined || value === null ? {} : { [name]: value };
}

/** Where in a CloudEvent a place of its event is. */
function placeOf(value: unknown, pointer: string): string {
  if (!isObject(value) || pointer === '') return pointer;
  const data = isObject(value.data) ? value.data : {};
  if (pointer === '/id' || pointer === '/type') return pointer;
  if (pointer === '/occurredAt') {
    const isInData = (value.time ?? undefined) === undefined && data.occurredAt !== undefined;
    return isInData ? '/data/occurredAt' : '/time';
  }
  if (pointer.startsWith('/metadata') && data.metadata === undefined) return '/source';
  return `/data${pointer}`;
}
