/** Erasing contacts. Contract section 9. */

import { z } from 'zod';
import { isoInstant } from '../../domain/instant.ts';
import { say } from '../../domain/sentences.ts';
import { type Erasure, findErasure, listErasures, reasonOf, requestErasure } from '../../privacy/erasures.ts';
import { text } from '../../schemas.ts';
import { erasedName } from '../../sealing/names.ts';
import { decodeCursor, pageOf, pageQuery, toPage } from '../conventions/page.ts';
import { channelIn, instantOut, madeAt, tenantParams } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { Problem, problemResponses, valueFrom } from '../problems/problem.ts';

type ErasureDeps = Pick<AppDeps, 'db' | 'sealing' | 'clock'>;

const LARGEST_ID = 2_147_483_647;

const erasureRequest = z
  .strictObject({
    channel: channelIn,
    account: text(1, 256).nullable().default(null).meta({ description: 'null: whatever the account' }),
    contact: text(1, 256).meta({ description: 'Or one of the aliases, compared after normalising' }),
    reason: text(1, 1_000).meta({ description: 'For the record; it is kept sealed' }),
  })
  .meta({
    id: 'NewErasure',
    examples: [
      { channel: 'whatsapp', account: null, contact: '5511987654321', reason: 'Asked for it, ticket 4711' },
    ],
  });

const example = {
  ...{ id: 3, channel: 'whatsapp', account: null, contact: 'erased:5f1d7a84c09be36215f0a7d4c2b981ee' },
  ...{ reason: 'Asked for it, ticket 4711', state: 'running', keys: 2, requestedBy: 'key_6b1f0c2e9a4d7358' },
  ...{ requestedAt: '2026-11-04T12:00:00.000Z', doneAt: null },
};

const erasureSchema = z
  .object({
    id: z.int().meta({ description: 'Of the erasure, counting up' }),
    channel: z.string(),
    account: z.string().nullable().meta({ description: 'null: whatever the account' }),
    contact: z.string().meta({ description: 'A hash, which is all that is kept of whom it is about' }),
    reason: z.string().meta({ description: 'As it was given' }),
    state: z
      .enum(['running', 'done'])
      .meta({ description: '`done`: no process can open anything of the contact any more' }),
    keys: z.int().meta({ description: 'Keys that it destroys; 0 at first' }),
    requestedBy: z.string().meta({ description: 'Id of the API key' }),
    requestedAt: instantOut.meta({ description: 'When it was asked for' }),
    doneAt: instantOut.nullable().meta({ description: 'null while it runs' }),
  })
  .meta({ id: 'Erasure', examples: [example] });

const erasureParams = tenantParams.extend({
  erasure: z.coerce.number().int().min(1).max(LARGEST_ID).meta({ description: 'Its id' }),
});
const cursorKey = z.tuple([z.int()]);
const tags = ['Privacy'];
const url = '/v1/tenants/:tenant/erasures';

export function erasureRoutes(app: App, deps: ErasureDeps): void {
  requestRoute(app, deps);
  app.get(
    `${url}/:erasure`,
    {
      config: { scope: 'privacy' },
      schema: {
        tags,
        operationId: 'getErasure',
        summary: 'How far an erasure is',
        params: erasureParams,
        response: { 200: erasureSchema, ...problemResponses('invalid-request', 'not-found') },
      },
    },
    async ({ params: { tenant, erasure } }) => {
      const found = await findErasure(deps, tenant, erasure);
      if (found === null) throw new Problem('not-found', say('The tenant has no such erasure.'));
      return show(deps, found);
    },
  );
  app.get(
    url,
    {
      config: { scope: 'privacy' },
      schema: {
        tags,
        operationId: 'listErasures',
        summary: 'Erasures of a tenant, newest first',
        params: tenantParams,
        querystring: z.strictObject(pageQuery),
        response: { 200: pageOf(erasureSchema), ...problemResponses('invalid-request', 'invalid-cursor') },
      },
    },
    async ({ params: { tenant }, query: { limit, cursor } }) => {
      const [before] = cursor === undefined ? [null] : decodeCursor(cursor, cursorKey);
      const found = await listErasures(deps, tenant, { before, limit: limit + 1 });
      return toPage(
        found,
        limit,
        (erasure) => show(deps, erasure),
        ({ id }) => [id],
      );
    },
  );
}

function requestRoute(app: App, deps: ErasureDeps): void {
  app.post(
    url,
    {
      config: { scope: 'privacy' },
      schema: {
        tags,
        operationId: 'requestErasure',
        summary: 'Erase a contact',
        description:
          'Destroys the key that everything about the contact is sealed with, and the keys of the aliases that are linked to it. From then on contact and ids read `erased:<hash>`; windows, usage and invoices stay what they were. It takes some 20 s, goes on after a restart, and cannot be taken back. Repeated it is the same erasure, unless something came since.',
        params: tenantParams,
        body: erasureRequest,
        response: {
          202: madeAt(erasureSchema, 'It is under way, or was done already'),
          ...problemResponses(
            'invalid-request',
            'not-json',
            'unsealed-records',
            'log-unavailable',
            'database-unavailable',
          ),
        },
      },
    },
    async ({ params: { tenant }, body: { reason, ...whom }, key }, reply) => {
      const change = { actor: key.id, at: deps.clock() };
      const erasure = valueFrom(await requestErasure(deps, { tenant, ...whom }, reason, change));
      return reply
        .code(202)
        .header('location', `/v1/tenants/${tenant}/erasures/${erasure.id}`)
        .send(show(deps, erasure));
    },
  );
}

function show(deps: ErasureDeps, erasure: Erasure): z.infer<typeof erasureSchema> {
  const { id, channel, account, contacts, state, keys, actor, requested_at: at, done_at: doneAt } = erasure;
  return {
    ...{ id, channel, account, contact: erasedName(contacts[0] ?? ''), reason: reasonOf(deps, erasure) },
    ...{ state: state === 'done' ? state : 'running', keys, requestedBy: actor },
    ...{ requestedAt: isoInstant(at), doneAt: doneAt === null ? null : isoInstant(doneAt) },
  };
}
