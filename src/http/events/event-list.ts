/** `GET /v1/tenants/{tenant}/events`: what a tenant sent, and whether it counted. */

import { z } from 'zod';
import type { EventPlace } from '../../projection/read/event-pages.ts';
import { openSnapshot, readSnapshot } from '../../projection/read/snapshot.ts';
import { text } from '../../schemas.ts';
import { type CsvColumn, jsonCell, jsonOrCsv, sendCsv, tableQuery, wantsCsv } from '../conventions/csv.ts';
import { decodeCursor, encodeCursor, pageOf, pageQuery } from '../conventions/page.ts';
import { partyQuery, requireParty, tenantParams } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { problemResponses } from '../problems/problem.ts';
import { eventItem } from './event-item.ts';
import {
  EVENT_STATES,
  type EventSearch,
  type EventsPage,
  keyOfPlace,
  placeKey,
  placeOf,
  searchEvents,
  showFound,
} from './event-search.ts';

export const listedEvent = z
  .object({
    ...eventItem,
    channel: z.string(),
    account: z.string(),
    contact: z.string(),
    state: z.enum(EVENT_STATES),
  })
  .meta({ id: 'ListedEvent' });

type ListedItem = z.infer<typeof listedEvent>;

/** Events per step of a CSV stream. */
const BATCH = 1_000;

/** Whether and how events counted. Contract section 3, "Windows, events, explanations". */
export function eventListRoutes(
  app: App,
  deps: Pick<AppDeps, 'db' | 'slowDb' | 'sealing' | 'unsealing'>,
): void {
  app.get(
    '/v1/tenants/:tenant/events',
    {
      config: { scope: 'usage:read', slow: true },
      schema: {
        tags: ['Events'],
        operationId: 'listEvents',
        summary: 'Was my event counted?',
        description:
          'By contact, conversation, then in the order in which events count. `state` may leave a page short, or empty: go on with its cursor. With `channel`, `account` and `contact` the search is quick however much the tenant has.',
        params: tenantParams,
        querystring: z.strictObject({
          ...partyQuery,
          id: text(1, 256).optional().meta({ description: 'Of the event' }),
          state: z.enum(EVENT_STATES).optional(),
          ...pageQuery,
          ...tableQuery,
        }),
        response: {
          200: jsonOrCsv(
            pageOf(listedEvent),
            'By contact, conversation, then as they count; in CSV `metadata` is JSON',
            EVENT_COLUMNS,
          ),
          ...problemResponses('invalid-request', 'invalid-cursor'),
        },
      },
    },
    async (request, reply) => {
      const { limit, cursor, ...query } = request.query;
      requireParty(query);
      const { tenant } = request.params;
      const { channel, account, contact, id, state } = query;
      const search = { tenant, channel, account, contact, id, state };
      const from = cursor === undefined ? null : placeOf(decodeCursor(cursor, placeKey));
      reply.header('vary', 'accept');
      if (wantsCsv(request))
        return await sendCsv(deps, request, reply, {
          name: `events-${tenant}`,
          tenant,
          columns: EVENT_COLUMNS,
          batches: allEvents(deps, search),
        });
      const { found, next } = await readSnapshot(
        deps.slowDb,
        (snapshot) => searchEvents(snapshot, deps, search, from, limit),
        { byIndex: true },
      );
      return {
        items: found.map(showFound),
        nextCursor: next === null ? null : encodeCursor(keyOfPlace(next)),
      };
    },
  );
}

async function* allEvents(
  deps: Pick<AppDeps, 'slowDb' | 'sealing' | 'unsealing'>,
  search: EventSearch,
): AsyncGenerator<ListedItem[]> {
  const snapshot = await openSnapshot(deps.slowDb, { byIndex: true });
  try {
    let place: EventPlace | null = null;
    do {
      const { found, next }: EventsPage = await searchEvents(snapshot, deps, search, place, BATCH);
      yield found.map(showFound);
      place = next;
    } while (place !== null);
  } finally {
    await snapshot.close();
  }
}

/** An event in a table; metadata is its JSON. */
const EVENT_COLUMNS: readonly CsvColumn<ListedItem>[] = [
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
  {
    name: 'metadata',
    value: ({ metadata }) => (metadata === undefined ? null : jsonCell(JSON.stringify(metadata))),
  },
];
