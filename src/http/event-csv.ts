import type { CsvColumn } from './csv.ts';
import type { ListedItem } from './event-list.ts';

/** An event in a table; metadata is its JSON. */
export const EVENT_COLUMNS: readonly CsvColumn<ListedItem>[] = [
  { name: 'id', value: ({ id }) => id, text: true },
  { name: 'type', value: ({ type }) => type },
  { name: 'occurredAt', value: ({ occurredAt }) => occurredAt },
  { name: 'receivedAt', value: ({ receivedAt }) => receivedAt },
  { name: 'state', value: ({ state }) => state },
  { name: 'channel', value: ({ channel }) => channel },
  { name: 'account', value: ({ account }) => account, text: true },
  { name: 'contact', value: ({ contact }) => contact, text: true },
  { name: 'partition', value: ({ position }) => position.partition },
  { name: 'offset', value: ({ position }) => position.offset },
  { name: 'postedBy', value: ({ postedBy }) => postedBy },
  { name: 'template', value: ({ template }) => template?.name ?? null, text: true },
  { name: 'category', value: ({ template }) => template?.category ?? null },
  { name: 'language', value: ({ template }) => template?.language ?? null, text: true },
  { name: 'origin', value: ({ origin }) => origin ?? null },
  { name: 'campaign', value: ({ campaign }) => campaign ?? null },
  { name: 'message', value: ({ message }) => message ?? null, text: true },
  { name: 'errorCode', value: ({ error }) => error?.code ?? null, text: true },
  { name: 'errorTitle', value: ({ error }) => error?.title ?? null, text: true },
  { name: 'target', value: ({ target }) => target ?? null, text: true },
  { name: 'reason', value: ({ reason }) => reason ?? null, text: true },
  { name: 'actor', value: ({ actor }) => actor ?? null, text: true },
  { name: 'metadata', value: ({ metadata }) => (metadata === undefined ? null : JSON.stringify(metadata)) },
];
