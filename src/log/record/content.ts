/** What of an event decides whether a second one of its id is a duplicate or in conflict. Contract section 1, "Event identity". */

import { normaliseName } from '../../domain/conversation.ts';
import { classOf, EVENT_CLASS, type Event, type EventClass, isReceipt } from '../../domain/event.ts';
import type { EventDetail } from './logged-event.ts';

/** In a canonical form of which the hash is kept; `metadata` is no content, and of a receipt only type and message are. */
export function contentOf(event: Event): string {
  const { type, template, origin, campaign, message, target, reason, actor } = event;
  const named = message === event.id ? undefined : message;
  const detail = { type, template, origin, campaign, message: named, target, reason, actor };
  return contentText(classOf(type, template !== undefined), event.occurredAt, detail);
}

/** The same of an event that is kept in clear (format 1), from its class, its instant (ms) and its detail. */
export function contentText(
  eventClass: EventClass,
  at: number,
  detail: { [name in keyof EventDetail]: EventDetail[name] | undefined },
): string {
  const { template, message = null, origin = null, campaign = null } = detail;
  if (isReceipt(eventClass)) return JSON.stringify([eventClass, message]);
  const { target = null, reason = null, actor = null } = detail;
  const sent =
    template === undefined
      ? null
      : [template.name, normaliseName(template.category), template.language ?? null];
  const activity = eventClass === EVENT_CLASS.activity ? detail.type : null;
  return JSON.stringify([eventClass, at, activity, sent, origin, campaign, message, target, reason, actor]);
}
