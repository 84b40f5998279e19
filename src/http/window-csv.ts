import type { CsvColumn } from './csv.ts';
import type { WindowItem } from './window-item.ts';

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
