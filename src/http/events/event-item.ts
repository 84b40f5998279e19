/** An event as answers show it. */

import { z } from 'zod';
import { EVENT_CLASS, type EventClass, type EventType, isSent } from '../../domain/event.ts';
import { isoInstant } from '../../domain/instant.ts';
import type { EventDetail } from '../../log/record/logged-event.ts';
import type { FullEvent } from '../../projection/read/events.ts';
import { instantOut, positionSchema } from '../conventions/schemas.ts';

/** What an event said, and where it stands in the log. */
export const eventItem = {
  id: z.string().meta({ description: 'Of the event; unique in its conversation' }),
  type: z.string(),
  occurredAt: instantOut,
  receivedAt: instantOut,
  position: positionSchema,
  postedBy: z.string().meta({ description: 'Id of the API key' }),
  template: z.object({ name: z.string(), category: z.string(), language: z.string().optional() }).optional(),
  origin: z.string().optional(),
  campaign: z.string().optional(),
  message: z
    .string()
    .optional()
    .meta({ description: "Of a sent message: what receipts name. Of a receipt: the sent message's" }),
  error: z.object({ code: z.string(), title: z.string().optional() }).optional(),
  target: z.string().optional(),
  reason: z.string().optional(),
  actor: z.string().optional(),
  // Passed on as it is: zod's objects and records leave out a member of the name `__proto__`.
  metadata: z.custom<Record<string, unknown>>().optional().meta({ type: 'object' }),
};

export type EventItem = z.infer<z.ZodObject<typeof eventItem>>;

const TYPES: Record<Exclude<EventClass, typeof EVENT_CLASS.activity>, EventType> = {
  [EVENT_CLASS.received]: 'message.received',
  [EVENT_CLASS.template]: 'message.sent',
  [EVENT_CLASS.freeText]: 'message.sent',
  [EVENT_CLASS.delivered]: 'message.delivered',
  [EVENT_CLASS.read]: 'message.read',
  [EVENT_CLASS.failed]: 'message.failed',
  [EVENT_CLASS.void]: 'event.voided',
};

export type EventContent = Omit<FullEvent, 'conversation' | 'key' | 'ref' | 'content' | 'who'>;

/** Of an event that was opened. */
export function toEventItem(event: EventContent): EventItem {
  const { type, message, ...detail }: EventDetail = event.detail === null ? {} : JSON.parse(event.detail);
  const named = message ?? (isSent(event.class) ? event.id : undefined);
  return {
    id: event.id,
    type: event.class === EVENT_CLASS.activity ? (type ?? 'activity') : TYPES[event.class],
    occurredAt: isoInstant(event.at),
    receivedAt: isoInstant(event.receivedAt),
    position: { partition: event.partition, offset: event.offset },
    postedBy: event.keyId,
    ...detail,
    ...(named === undefined ? {} : { message: named }),
    ...(event.metadata === null ? {} : { metadata: JSON.parse(event.metadata) }),
  };
}
