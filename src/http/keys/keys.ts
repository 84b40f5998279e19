import { z } from 'zod';
import { createKey, findKey, listKeys, revokeKey, SCOPES, showKey, tenantsOf } from '../../keys/keys.ts';
import { text, token } from '../../schemas.ts';
import { decodeCursor, pageOf, pageQuery, toPage } from '../conventions/page.ts';
import { instantOut, madeAt } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { problemResponses, valueFrom } from '../problems/problem.ts';

const newKey = z
  .strictObject({
    name: text(1, 256),
    scopes: z
      .array(z.enum(SCOPES))
      .min(1)
      .transform((scopes) => [...new Set(scopes)]),
    tenants: z
      .array(token)
      .min(1)
      .transform((tenants) => [...new Set(tenants)])
      .nullable()
      .default(null)
      .meta({ description: 'The tenants the key may touch; null: all' }),
  })
  .meta({
    id: 'KeyTerms',
    examples: [{ name: 'sender of acme', scopes: ['events:write'], tenants: ['acme'] }],
  });

const keySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.string()),
    tenants: z.array(z.string()).nullable(),
    createdAt: instantOut,
    revokedAt: instantOut.nullable(),
  })
  .meta({ id: 'Key' });

const newKeySchema = keySchema
  .extend({
    secret: z.string().meta({ description: 'Shown this once: send it as `Authorization: Bearer <secret>`' }),
  })
  .meta({ id: 'NewKey' });

const keyParams = z.object({ id: z.string().meta({ description: 'Of the key' }) });
const cursorKey = z.tuple([z.string()]);

type KeyDeps = Pick<AppDeps, 'db' | 'clock'>;

const config = { scope: 'ops' } as const;
const tags = ['Operations'];

/** API keys. A key can give away no more than it has itself, and one limited to tenants sees only keys within them. */
export function keyRoutes(app: App, deps: KeyDeps): void {
  const { db, clock } = deps;

  app.post(
    '/v1/ops/keys',
    {
      config,
      schema: {
        tags,
        operationId: 'createKey',
        summary: 'Make a key; its secret is shown this once',
        body: newKey,
        response: {
          201: madeAt(newKeySchema, 'Made'),
          ...problemResponses('invalid-request', 'not-json'),
        },
      },
    },
    async (request, reply) => {
      const { key, secret } = valueFrom(await createKey(db, request.body, request.key, clock()));
      return reply
        .code(201)
        .header('location', `/v1/ops/keys/${key.id}`)
        .header('cache-control', 'no-store')
        .send({ ...showKey(key), secret });
    },
  );

  app.get(
    '/v1/ops/keys',
    {
      config,
      schema: {
        tags,
        operationId: 'listKeys',
        summary: 'List keys, revoked ones too',
        querystring: z.strictObject(pageQuery),
        response: { 200: pageOf(keySchema), ...problemResponses('invalid-request', 'invalid-cursor') },
      },
    },
    async ({ query: { limit, cursor }, key }) => {
      const [after] = cursor === undefined ? [''] : decodeCursor(cursor, cursorKey);
      const rows = await listKeys(db, tenantsOf(key), { after, limit: limit + 1 });
      return toPage(rows, limit, showKey, ({ id }) => [id]);
    },
  );

  singleKeyRoutes(app, deps);
}

function singleKeyRoutes(app: App, { db, clock }: KeyDeps): void {
  app.get(
    '/v1/ops/keys/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'getKey',
        summary: 'One key',
        params: keyParams,
        response: { 200: keySchema, ...problemResponses('not-found') },
      },
    },
    async ({ params, key }) => showKey(valueFrom(await findKey(db, params.id, key))),
  );

  app.delete(
    '/v1/ops/keys/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'revokeKey',
        summary: 'Revoke a key, in force within 5 s',
        params: keyParams,
        response: { 204: z.undefined().describe('Revoked, now or before'), ...problemResponses('not-found') },
      },
    },
    async ({ params, key }, reply) => {
      valueFrom(await revokeKey(db, params.id, key, clock()));
      return reply.code(204).send();
    },
  );
}
