/** What connections could not map: listed, and taken once the mapping is mended. Contract section 5. */

import { z } from 'zod';
import { isoInstant } from '../../domain/instant.ts';
import { type PayloadDeps, retryUnmapped } from '../../intake/connections/take-payload.ts';
import { type KeptPart, listUnmapped } from '../../intake/connections/unmapped.ts';
import { decodeCursor, largePage, pageOf, pageQuery } from '../conventions/page.ts';
import { instantOut } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { problemResponses } from '../problems/problem.ts';
import { connectionParams, requireConnection, requireUnlimited, tags } from './shared.ts';

const partSchema = z
  .object({
    id: z.int().meta({ description: 'In the order in which they came' }),
    receivedAt: instantOut,
    reason: z.enum(['no-tenant', 'unknown-form', 'rejected']).meta({
      description:
        'It belongs to no tenant, has a form that nobody here knows, or makes an event that is refused',
    }),
    detail: z.string().meta({ description: 'The same in words for people' }),
    payload: z.unknown().meta({ description: 'As though the part had come alone' }),
  })
  .meta({ id: 'UnmappedPart' });

const retrySchema = z
  .object({
    retried: z.int().meta({ description: 'Parts that were mapped again, at most 10000 a request' }),
    taken: z.int().meta({ description: 'Those of them that are events now, or known to be none' }),
  })
  .meta({ id: 'UnmappedRetry' });

/** One request takes some seconds at most. */
const MOST_RETRIED = 10_000;

const cursorKey = z.tuple([z.int()]);

type UnmappedDeps = Pick<AppDeps, 'db' | 'clock' | 'connections' | 'sealing'> & PayloadDeps;

export function unmappedRoutes(app: App, deps: UnmappedDeps): void {
  const { db, clock, connections, sealing } = deps;
  app.get(
    '/v1/connections/:connection/unmapped',
    {
      // It names contacts.
      config: { scope: 'usage:read' },
      schema: {
        tags,
        operationId: 'listUnmapped',
        summary: 'What could not be mapped, in the order in which it came',
        params: connectionParams,
        querystring: z.strictObject(pageQuery),
        response: {
          200: pageOf(partSchema),
          ...problemResponses('invalid-request', 'invalid-cursor', 'not-found'),
        },
      },
    },
    async ({ params, query: { limit, cursor }, key }) => {
      requireUnlimited(key);
      const { name } = requireConnection(connections, params.connection);
      const [start] = cursor === undefined ? [0] : decodeCursor(cursor, cursorKey);
      const read = (after: KeptPart | null, most: number) =>
        listUnmapped(db, sealing.master, name, { after: after?.id ?? start, limit: most });
      return await largePage(limit, read, showPart, ({ id }) => [id]);
    },
  );
  app.post(
    '/v1/connections/:connection/unmapped/retry',
    {
      config: { scope: 'billing:write' },
      schema: {
        tags,
        operationId: 'retryUnmapped',
        summary: 'Map again what could not be mapped',
        description: 'Repeat it until `taken` is 0: what is left then needs another mapping.',
        params: connectionParams,
        response: {
          200: retrySchema,
          ...problemResponses('invalid-request', 'not-found', 'log-unavailable', 'intake-full'),
        },
      },
    },
    async ({ params, key }) => {
      requireUnlimited(key);
      return await retryUnmapped(
        deps,
        requireConnection(connections, params.connection),
        clock(),
        MOST_RETRIED,
      );
    },
  );
}

function showPart({ receivedAt, ...part }: KeptPart) {
  return { ...part, receivedAt: isoInstant(receivedAt) };
}
