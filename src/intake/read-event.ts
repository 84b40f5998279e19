import { normaliseName, normaliseParty } from '../domain/conversation.ts';
import type { Event, EventType, Origin, Template } from '../domain/event.ts';
import { NOT_INSTANT, parseInstant } from '../domain/instant.ts';
import { type Flaw, isObject, shapeFlaw, shapeOf } from './event-fields.ts';

/** How far ahead of this service a sender's clock may be. */
const FUTURE_MS = 5 * 60_000;

/** Why an event is refused while others of its request are taken; each a page of `/problems`. */
export const REJECTIONS = [
  'invalid-event',
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
}

export type EventResult = { event: Event } | { rejection: Rejection };

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
  if (!isObject(value)) return invalid('', 'must be an object');
  const { type } = value;
  if (type === undefined) return invalid('/type', 'is required');
  const shape = typeof type === 'string' ? shapeOf(type) : null;
  if (shape === null) return invalid('/type', 'is not a type of event');
  const flaw = shapeFlaw(value, shape);
  if (flaw !== null) return rejected(flaw);
  return normalise(value as unknown as RawEvent, now);
}

function normalise(raw: RawEvent, now: number): EventResult {
  const { id, type } = raw;
  const occurredAt = parseInstant(raw.occurredAt);
  if (occurredAt === null) return invalid('/occurredAt', NOT_INSTANT);
  if (occurredAt > now + FUTURE_MS)
    return reject('occurred-in-future', '/occurredAt', 'is more than 5 minutes in the future');
  const channel = normaliseName(raw.channel);
  const account = normaliseParty(channel, raw.account);
  if (account === '') return invalid('/account', 'is empty once it is reduced to what identifies it');
  const contact = normaliseParty(channel, raw.contact);
  if (contact === '') return invalid('/contact', 'is empty once it is reduced to what identifies it');
  const isSent = type === 'message.sent';
  if (!isSent && raw.message === id)
    return invalid('/id', 'must differ from the message: a receipt is an event of its own');
  return {
    event: {
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
    },
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

function rejected({ at, detail }: Flaw): EventResult {
  return invalid(at, detail);
}

function invalid(pointer: string, detail: string): EventResult {
  return reject('invalid-event', pointer, detail);
}

export function reject(problem: Rejection['problem'], pointer: string, detail: string): EventResult {
  return { rejection: { problem, detail, pointer } };
}
