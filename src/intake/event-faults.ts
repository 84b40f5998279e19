/** Names all that is wrong with a value that is no event. Only refused events pay for it. */

import { normaliseName, normaliseParty } from '../domain/conversation.ts';
import { NOT_INSTANT, parseInstant } from '../domain/instant.ts';
import { say } from '../domain/sentences.ts';
import { meantAmong } from '../domain/text.ts';
import {
  type Flaw,
  flawsOfAnyType,
  isObject,
  MOST_FLAWS,
  shapeFlaws,
  shapeOf,
  TYPE_NAMES,
} from './event-fields.ts';

/** How far ahead of this service a sender's clock may be. */
export const FUTURE_MS = 5 * 60_000;

const FUTURE = say('is more than 5 minutes in the future');
const EMPTY = say('is empty once it is reduced to what identifies it');

export interface EventFaults {
  /** At most 10, in the order of the event's members; what is missing and what only makes no sense come last. */
  flaws: [Flaw, ...Flaw[]];
  /** The event is a good one but for its instant: a clock is wrong, and it may be sent again. */
  onlyTooEarly: boolean;
}

/** `now` is in ms. Throws where nothing is wrong. */
export function eventFaults(value: unknown, now: number): EventFaults {
  const [first, ...others] = flawsOf(value, now).slice(0, MOST_FLAWS);
  if (first === undefined) throw new Error('an event was refused and nothing is wrong with it');
  return { flaws: [first, ...others], onlyTooEarly: others.length === 0 && first.detail === FUTURE };
}

function flawsOf(value: unknown, now: number): Flaw[] {
  if (!isObject(value)) return [{ at: '', detail: `must be an object, not ${kindOf(value)}` }];
  if (isMetaWebhook(value)) return [{ at: '', detail: META_WEBHOOK }];
  const { type } = value;
  const shape = typeof type === 'string' ? shapeOf(type) : null;
  if (shape !== null) return withSense(shapeFlaws(value, shape), value, now);
  const others = flawsOfAnyType(value).filter(({ at }) => at !== '/type');
  return [{ at: '/type', detail: typeDetail(type) }, ...withSense(others, value, now)];
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

function typeDetail(type: unknown): string {
  if (type === undefined) return `is required; known are ${TYPE_NAMES.join(', ')}`;
  if (typeof type !== 'string') return say('must be a string');
  const shown = type.length > 100 ? `${type.slice(0, 100)}...` : type;
  // `received` means `message.received`.
  const meant = TYPE_NAMES.find((name) => name.endsWith(`.${type.toLowerCase()}`)) ?? type;
  return `${JSON.stringify(shown)} is not a type of event${meantAmong(meant, TYPE_NAMES)}`;
}

/** What only shows once the members have their form. */
function withSense(flaws: Flaw[], value: Record<string, unknown>, now: number): Flaw[] {
  const { type, id, message, channel, account, contact, occurredAt } = value;
  const found = [...flaws];
  const isSound = (name: string) => !flaws.some(({ at }) => at === `/${name}`);
  const add = (name: string, detail: string) => found.push({ at: `/${name}`, detail });
  if (typeof occurredAt === 'string') {
    const at = parseInstant(occurredAt);
    if (at === null) add('occurredAt', NOT_INSTANT);
    else if (at > now + FUTURE_MS) add('occurredAt', FUTURE);
  }
  const where = typeof channel === 'string' ? normaliseName(channel) : '';
  for (const [name, party] of Object.entries({ account, contact })) {
    if (typeof party === 'string' && isSound(name) && normaliseParty(where, party) === '') add(name, EMPTY);
  }
  if (type !== 'message.sent' && id !== undefined && id === message && isSound('id'))
    add('id', say('must differ from the message: a receipt is an event of its own'));
  return found;
}

const META_WEBHOOK =
  "is a payload of Meta's webhook, not an event: make one event of each of its messages and statuses, with id, type, tenant, channel, account, contact and occurredAt";

/** The body that Meta sends, or the `value` of a change in it. */
function isMetaWebhook({ object, entry, messaging_product }: Record<string, unknown>): boolean {
  return (typeof object === 'string' && Array.isArray(entry)) || typeof messaging_product === 'string';
}
