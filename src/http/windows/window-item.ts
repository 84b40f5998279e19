/** A window as lists show it, and its id. */

import { z } from 'zod';
import { isoInstant } from '../../domain/instant.ts';
import { RULE_NAMES } from '../../domain/rule.ts';
import { type StoredWindow, windowId } from '../../projection/read/windows.ts';
import { kindOf } from '../../projection/tables/windows.ts';
import type { CsvColumn } from '../conventions/csv.ts';
import { instantOut, positionSchema } from '../conventions/schemas.ts';

export const windowItemSchema = z
  .object({
    id: z
      .string()
      .meta({ description: 'From the conversation and the opener: the same after every rebuild' }),
    kind: z.enum(['receptive', 'active']),
    openedAt: instantOut,
    closesAt: instantOut,
    channel: z.string(),
    account: z.string(),
    contact: z.string(),
    openedBy: z.string().meta({ description: 'Id of the event that opened it' }),
    position: positionSchema,
    origin: z.string().nullable(),
    category: z.string().nullable(),
    campaign: z.string().nullable(),
    rule: z.enum(RULE_NAMES),
  })
  .meta({ id: 'Window' });

export type WindowItem = z.infer<typeof windowItemSchema>;

export function windowItem(window: StoredWindow): WindowItem {
  const { channel, account, contact, openedBy, origin, category, campaign } = window;
  return {
    id: windowId(window),
    kind: kindOf(window.kind),
    openedAt: isoInstant(window.openedAt),
    closesAt: isoInstant(window.closesAt),
    channel,
    account,
    contact,
    openedBy,
    position: { partition: window.partition, offset: window.offset },
    origin,
    category,
    campaign,
    rule: window.rule as WindowItem['rule'],
  };
}

export const WINDOW_ID = /^[0-9a-f]{64}$/;

export function windowIdParts(id: string): { conversation: string; opener: string } {
  return { conversation: id.slice(0, 32), opener: id.slice(32) };
}

/** A window in a table. */
export const WINDOW_COLUMNS: readonly CsvColumn<WindowItem>[] = [
  { name: 'id', value: ({ id }) => id },
  { name: 'kind', value: ({ kind }) => kind },
  { name: 'openedAt', value: ({ openedAt }) => openedAt },
  { name: 'closesAt', value: ({ closesAt }) => closesAt },
  { name: 'channel', value: ({ channel }) => channel },
  { name: 'account', value: ({ account }) => account, text: true },
  { name: 'contact', value: ({ contact }) => contact, text: true },
  { name: 'openedBy', value: ({ openedBy }) => openedBy, text: true },
  { name: 'partition', value: ({ position }) => position.partition },
  { name: 'offset', value: ({ position }) => position.offset },
  { name: 'origin', value: ({ origin }) => origin },
  { name: 'category', value: ({ category }) => category },
  { name: 'campaign', value: ({ campaign }) => campaign },
  { name: 'rule', value: ({ rule }) => rule },
];
