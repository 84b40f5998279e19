import { z } from 'zod';
import { readSnapshot } from '../store/read/snapshot.ts';
import type { App, AppDeps } from './deps.ts';
import { eventItem } from './event-item.ts';
import { EVENT_STATES, keyOfPlace, placeKey, placeOf, searchEvents, showFound } from './event-search.ts';
import { decodeCursor, encodeCursor, pageOf, pageQuery } from './page.ts';
import { partyQuery, requireParty } from './party.ts';
import { problemResponses } from './problem.ts';
import { tenantParams, text } from './schemas.ts';

const listedEvent = z
  .object({
    ...eventItem,
    channel: z.string(),
    account: z.string(),
    contact: z.string(),
    state: z.enum(EVENT_STATES),
  })
  .meta({ id: 'ListedEvent' });

/** Whether and how events counted. Contract section 3, "Windows, events, explanations". */
export function eventListRoutes(app: App, deps: AppDeps): void {
  app.get(
    '/v1/tenants/:tenant/events',
    {
      config: { scope: 'usage:read' },
      schema: {
        tags: ['Events'],
        summary: 'Was my event counted?',
        description:
          'By contact, conversation, then in the order in which events count. `state` may leave a page short, or empty: go on with its cursor. With `channel`, `account` and `contact` the search is quick however much the tenant has.',
        params: tenantParams,
        querystring: z.strictObject({
          ...partyQuery,
          id: text(1, 256).optional(),
          state: z.enum(EVENT_STATES).optional(),
          ...pageQuery,
        }),
        response: {
          200: pageOf(listedEvent),
          ...problemResponses('invalid-request', 'invalid-cursor'),
        },
      },
    },
    async ({ params: { tenant }, query: { limit, cursor, ...query } }) => {
      requireParty(query);
      const { channel, account, contact, id, state } = query;
      const search = { tenant, channel, account, contact, id, state };
      const from = cursor === undefined ? null : placeOf(decodeCursor(cursor, placeKey));
      const { found, next } = await readSnapshot(
        deps.db,
        (snapshot) => searchEvents(snapshot, search, from, limit),
        { byIndex: true },
      );
      return {
        items: found.map(showFound),
        nextCursor: next === null ? null : encodeCursor(keyOfPlace(next)),
      };
    },
  );
}
