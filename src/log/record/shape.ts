/** Whether a record of the log has the shape that this code writes. */

import { EVENT_CLASS, type EventClass, ORIGINS } from '../../domain/event.ts';

/**
 * What a record must look like to be stored, indexed and shown as an event. Only janela writes records, but whoever may
 * write to the topic can write anything, and a record that the database or an answer chokes on would stop its partition.
 * Lengths are in UTF-16 units, twice what the API takes where it counts characters.
 */
const TOKEN = 64;
const PARTY = 512;
const TYPE = 80;
const LONG = 2_048;
export const LONGEST = { token: TOKEN, party: PARTY } as const;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const CONTROL = /[\u0000-\u001f]/;
const HASH = /^[0-9a-f]{32}$/;
const TYPES = new Set<unknown>([
  'message.received',
  'message.sent',
  'message.delivered',
  'message.read',
  'message.failed',
  'event.voided',
]);
const KNOWN_ORIGINS: readonly unknown[] = ORIGINS;

type Members = Readonly<Record<string, unknown>>;

/** Years 1 to 9999 in every time zone, which is what the database's dates hold. */
const EARLIEST = Date.parse('0001-01-02T00:00:00Z');
const LATEST = Date.parse('9999-12-30T00:00:00Z');

/** Whether an instant (ms) can be stored; NaN cannot. */
export function isStorable(ms: number): boolean {
  return ms >= EARLIEST && ms <= LATEST;
}

/** Throws a `TypeError`. `escaped`: whether the text has any escape; without one no string holds a control character. */
export function requireShape(value: Members, escaped: boolean): void {
  const { type } = value;
  if (!(TYPES.has(type) || isActivity(type))) throw new TypeError('"type" is not a type of event');
  requireHash('conversation', value.conversation);
  requireHash('id', value.id);
  requireText('tenant', value.tenant, TOKEN, escaped);
  requireText('channel', value.channel, TOKEN, escaped);
  requireText('account', value.account, PARTY, escaped);
  requireText('key', value.key, PARTY, escaped);
  requireWho(value.who, escaped);
  if (value.campaign !== undefined) requireText('campaign', value.campaign, TOKEN, escaped);
  if (value.origin !== undefined && !KNOWN_ORIGINS.includes(value.origin))
    throw new TypeError('"origin" is not one of the origins');
  if (value.template !== undefined) requireTemplate(value.template, escaped);
  if (value.error !== undefined) requireError(value.error, escaped);
}

/** The same of what a record of format 2 says in clear beside its fixed members. Throws a `TypeError`. */
export function requireDetail(eventClass: EventClass, detail: unknown, escaped: boolean): void {
  if (!isObject(detail)) throw new TypeError('the detail is not an object');
  const { type, template, origin, campaign, error } = detail;
  if ((eventClass === EVENT_CLASS.activity) !== isActivity(type))
    throw new TypeError('"type" is not a type of activity');
  if (escaped && typeof type === 'string' && CONTROL.test(type))
    throw new TypeError('"type" has a control character');
  if ((eventClass === EVENT_CLASS.template) !== (template !== undefined))
    throw new TypeError('"template" is not what the class says');
  if (template !== undefined) requireTemplate(template, escaped);
  if (campaign !== undefined) requireText('campaign', campaign, TOKEN, escaped);
  if (origin !== undefined && !KNOWN_ORIGINS.includes(origin))
    throw new TypeError('"origin" is not one of the origins');
  if (error !== undefined) requireError(error, escaped);
}

function isActivity(type: unknown): boolean {
  return typeof type === 'string' && type.startsWith('activity.') && type.length <= TYPE;
}

function requireWho(who: unknown, escaped: boolean): void {
  if (!isObject(who)) throw new TypeError('"who" is missing');
  requireText('who.contact', who.contact, PARTY, escaped);
  requireText('who.id', who.id, PARTY, escaped);
  if (who.message !== undefined) requireText('who.message', who.message, PARTY, escaped);
  if (who.target !== undefined) requireText('who.target', who.target, PARTY, escaped);
  if (who.reason !== undefined) requireText('who.reason', who.reason, LONG, escaped);
  if (who.actor !== undefined) requireText('who.actor', who.actor, PARTY, escaped);
  if (who.metadata !== undefined && !isObject(who.metadata))
    throw new TypeError('"who.metadata" is not an object');
}

function requireTemplate(template: unknown, escaped: boolean): void {
  if (!isObject(template)) throw new TypeError('"template" is not an object');
  requireText('template.name', template.name, LONG, escaped);
  requireText('template.category', template.category, TOKEN, escaped);
  if (template.language !== undefined) requireText('template.language', template.language, PARTY, escaped);
}

function requireError(error: unknown, escaped: boolean): void {
  if (!isObject(error)) throw new TypeError('"error" is not an object');
  requireText('error.code', error.code, PARTY, escaped);
  // The API takes an empty title.
  if (error.title !== undefined && error.title !== '') requireText('error.title', error.title, LONG, escaped);
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function requireText(name: string, value: unknown, longest: number, escaped: boolean): void {
  if (typeof value !== 'string' || value === '') throw new TypeError(`"${name}" is not a string`);
  if (value.length > longest) throw new TypeError(`"${name}" is longer than ${longest}`);
  if (escaped && CONTROL.test(value)) throw new TypeError(`"${name}" has a control character`);
}

export function requireHash(name: string, value: unknown): void {
  if (typeof value !== 'string' || !HASH.test(value)) throw new TypeError(`"${name}" is not a hash`);
}
