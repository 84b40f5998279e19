/** Vocabulary of message events. Instants are milliseconds since 1970-01-01T00:00:00Z. */

export type EventType =
  | 'message.received'
  | 'message.sent'
  | 'message.delivered'
  | 'message.read'
  | 'message.failed'
  | 'event.voided'
  | `activity.${string}`;

export const ORIGINS = ['campaign', 'manual', 'bot', 'api'] as const;
/** How an active message was sent. */
export type Origin = (typeof ORIGINS)[number];

export interface Template {
  name: string;
  category: string;
  language?: string;
}

/** One event after validation and normalisation: defaults filled in, party reduced, instant truncated. */
export interface Event {
  id: string;
  type: EventType;
  tenant: string;
  channel: string;
  account: string;
  contact: string;
  occurredAt: number;
  template?: Template;
  origin?: Origin;
  campaign?: string;
  /** Of a sent message: what its receipts name. Of a receipt: the sent message it is about. */
  message?: string;
  error?: { code: string; title?: string };
  target?: string;
  reason?: string;
  actor?: string;
  metadata?: Record<string, unknown>;
}

/**
 * What an event is to the fold. The numbers are the canonical rank inside one instant (contact's message, template,
 * free text, the rest) and the codes in the database; they never change.
 */
export const EVENT_CLASS = {
  received: 0,
  template: 1,
  freeText: 2,
  delivered: 3,
  read: 4,
  failed: 5,
  void: 6,
  activity: 7,
} as const;
export type EventClass = (typeof EVENT_CLASS)[keyof typeof EVENT_CLASS];

export function classOf(type: EventType, hasTemplate: boolean): EventClass {
  switch (type) {
    case 'message.received':
      return EVENT_CLASS.received;
    case 'message.sent':
      return hasTemplate ? EVENT_CLASS.template : EVENT_CLASS.freeText;
    case 'message.delivered':
      return EVENT_CLASS.delivered;
    case 'message.read':
      return EVENT_CLASS.read;
    case 'message.failed':
      return EVENT_CLASS.failed;
    case 'event.voided':
      return EVENT_CLASS.void;
    default:
      return EVENT_CLASS.activity;
  }
}

export function isMessage(eventClass: EventClass): boolean {
  return eventClass <= EVENT_CLASS.freeText;
}

export function isSent(eventClass: EventClass): boolean {
  return eventClass === EVENT_CLASS.template || eventClass === EVENT_CLASS.freeText;
}

export function isReceipt(eventClass: EventClass): boolean {
  return eventClass >= EVENT_CLASS.delivered && eventClass <= EVENT_CLASS.failed;
}

/** Whether an event of this class names another one, or the message that it is or is about. */
export function isNaming(eventClass: EventClass): boolean {
  return isSent(eventClass) || isReceipt(eventClass) || eventClass === EVENT_CLASS.void;
}

/** What orders the events of one conversation: (occurredAt; class rank; id by its UTF-8 bytes). Contract rule 6. */
export interface Ordered {
  at: number;
  class: EventClass;
  id: string;
}

export function compareCanonical(a: Ordered, b: Ordered): number {
  return a.at - b.at || rank(a.class) - rank(b.class) || compareUtf8(a.id, b.id);
}

/** Within an instant: the contact's message, a template, free text, the rest. */
export function rank(eventClass: EventClass): number {
  return Math.min(eventClass, EVENT_CLASS.delivered);
}

/** Compares two well-formed strings by their UTF-8 bytes; UTF-16 order differs from it beyond U+FFFF. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return codePointOrder(x) - codePointOrder(y);
  }
  return a.length - b.length;
}

/** Moves surrogates above U+E000..U+FFFF, where their code points belong. */
function codePointOrder(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}
