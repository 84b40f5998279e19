/** What is odd about an event that is taken all the same. Contract section 5, "Warnings". */

import { hasTemplates } from '../domain/conversation.ts';
import type { Event } from '../domain/event.ts';
import { isoInstant } from '../domain/instant.ts';

/** Each a page of `/problems` and a label of `janela_events_warned_total`. */
export const WARNINGS = [
  'unlikely-instant',
  'unlikely-contact',
  'unknown-channel',
  'template-elsewhere',
  'unregistered-tenant',
] as const;

export type WarningName = (typeof WARNINGS)[number];

export interface Warning {
  warning: WarningName;
  detail: string;
  /** JSON pointer into the event. */
  pointer: string;
}

/** Seconds that are read as milliseconds land in January 1970. */
const OLD_MS = 400 * 24 * 3_600_000;

const KNOWN_CHANNELS: ReadonlySet<string> = new Set([
  'whatsapp',
  'instagram',
  'messenger',
  'webchat',
  'telegram',
  'sms',
  'email',
  'voice',
]);

/** E.164 has at most 15 digits, and no country has numbers of fewer than 8 with its code. */
const TELEPHONE_NUMBER = /^[0-9]{8,15}$/;

const NONE: readonly Warning[] = [];

/** What is known about an event beside what it says. */
interface Known {
  /** Whether a contact link said who its contact is. */
  isLinked: boolean;
  isRegistered: boolean;
  /** ms */
  now: number;
}

/** Of an event as it goes into the log. Nearly always none. */
export function warningsOf(event: Event, { isLinked, isRegistered, now }: Known): readonly Warning[] {
  const { channel } = event;
  const isOld = event.occurredAt < now - OLD_MS;
  const isStranger = channel === 'whatsapp' && !isLinked && !TELEPHONE_NUMBER.test(event.contact);
  const isUnknown = !KNOWN_CHANNELS.has(channel);
  const isMisplaced = event.template !== undefined && !hasTemplates(channel);
  if (!(isOld || isStranger || isUnknown || isMisplaced) && isRegistered) return NONE;
  const found: Warning[] = [];
  if (isOld)
    found.push({
      warning: 'unlikely-instant',
      detail: `${isoInstant(event.occurredAt)} is more than 400 days ago`,
      pointer: '/occurredAt',
    });
  if (isStranger)
    found.push({
      warning: 'unlikely-contact',
      detail: 'is no telephone number of 8 to 15 digits, and no contact link says whose it is',
      pointer: '/contact',
    });
  if (isUnknown)
    found.push({
      warning: 'unknown-channel',
      detail: `${JSON.stringify(channel)} is none of ${[...KNOWN_CHANNELS].join(', ')}`,
      pointer: '/channel',
    });
  if (isMisplaced)
    found.push({
      warning: 'template-elsewhere',
      detail: `a channel ${JSON.stringify(channel)} has no template messages`,
      pointer: '/template',
    });
  if (!isRegistered)
    found.push({
      warning: 'unregistered-tenant',
      detail: 'nobody has registered the tenant; the defaults apply',
      pointer: '/tenant',
    });
  return found;
}
