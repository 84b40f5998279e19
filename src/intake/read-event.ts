import { normaliseName, normaliseParty } from '../domain/conversation.ts';
import type { Event, EventType, Origin, Template } from '../domain/event.ts';
import { parseInstant } from '../domain/instant.ts';
import { eventFaults, FUTURE_MS } from './event-faults.ts';
import { fits, isObject, shapeOf } from './event-fields.ts';

/** Why an event is refused while others of its request are taken; each a page of `/problems`. */
export const REJECTIONS = [
  'invalid-event',
  'not-json',
  'occurred-in-future',
  'event-too-large',
  'forbidden-tenant',
  'forbidden-scope',
] as const;

export interface Rejection {
  problem: (typeof REJECTIONS)[number];
  detail: string;
  /** JSON pointer into the event. */
  pointer: string;
  /** All that is wrong, `pointer` and `detail` first; empty where nothing is wrong with the event itself. */
  errors: readonly { pointer: string; detail: string }[];
}

export type EventResult = { event: Event } | { rejection: Rejection };

/** A way to say an event. */
export interface Form {
  /** `now` is in ms. A rejection names places of the value as it came. */
  read(value: unknown, now: number): EventResult;
  /** Where in the value a place of its event is; both are JSON pointers. */
  place(value: unknown, pointer: string): string;
}

/** What JSON.parse made of an event whose shape has been checked. */
interface RawEvent {
  id: string;
  type: EventType;
  tenant: string;
  channel: string;
  account: string;
  contact: string;
  occurredAt: string;
  template?: Template;
  origin?: string;
  campaign?: string;
  message?: string;
  error?: { code: string | number; title?: string };
  target?: string;
  reason?: string;
  actor?: string;
  metadata?: Record<string, unknown>;
}

/**
 * Checks one value against contract section 2 and makes an event of it. By hand, because it is on the path of every
 * event: all of this takes 2.4 us, zod's checks alone 4.3 us, and its unions cannot name the place of a fault.
 * `event-schema.ts` says the same for the API description, and a property test holds the two together. `now` is in ms.
 */
export function readEvent(value: unknown, now: number): EventResult {
  const event = eventOf(value, now);
  return event === null ? refusal(value, now) : { event };
}

/** Null: something is wrong, and nobody has looked yet what. */
function eventOf(value: unknown, now: number): Event | null {
  if (!isObject(value) || typeof value.type !== 'string') return null;
  const shape = shapeOf(value.type);
  return shape !== null && fits(value, shape) ? normalise(value as unknown as RawEvent, now) : null;
}

function normalise(raw: RawEvent, now: number): Event | null {
  const { id, type } = raw;
  const occurredAt = parseInstant(raw.occurredAt);
  if (occurredAt === null || occurredAt > now + FUTURE_MS) return null;
  const channel = normaliseName(raw.channel);
  const account = normaliseParty(channel, raw.account);
  const contact = normaliseParty(channel, raw.contact);
  const isSent = type === 'message.sent';
  if (account === '' || contact === '' || (!isSent && raw.message === id)) return null;
  return {
    id,
    type,
    tenant: raw.tenant,
    channel,
    account,
    contact,
    occurredAt,
    template: raw.template === undefined ? undefined : templateOf(raw.template),
    origin: isSent ? originOf(raw.origin) : undefined,
    campaign: raw.campaign,
    message: isSent ? (raw.message ?? id) : raw.message,
    error: raw.error === undefined ? undefined : { ...raw.error, code: String(raw.error.code) },
    target: raw.target,
    reason: raw.reason,
    actor: raw.actor,
    metadata: raw.metadata,
  };
}

function templateOf(template: Template): Template {
  const category = normaliseName(template.category);
  return category === template.category ? template : { ...template, category };
}

/** Its check takes upper case too. */
function originOf(origin: string | undefined): Origin {
  return origin === undefined ? 'api' : (normaliseName(origin) as Origin);
}

function refusal(value: unknown, now: number): EventResult {
  const { flaws, onlyTooEarly } = eventFaults(value, now);
  const errors = flaws.map(({ at, detail }) => ({ pointer: at, detail }));
  const [{ at, detail }] = flaws;
  return {
    rejection: {
      problem: onlyTooEarly ? 'occurred-in-future' : 'invalid-event',
      pointer: at,
      detail,
      errors,
    },
  };
}

/** An event as contract section 2 has it. */
export const EVENT_JSON: Form = { read: readEvent, place: (_value, pointer) => pointer };

/** Refuses an event that is a good one. */
export function reject(problem: Rejection['problem'], pointer: string, detail: string): EventResult {
  return { rejection: { problem, detail, pointer, errors: [] } };
}
