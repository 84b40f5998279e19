import { z } from 'zod';
import { createKey, findKey, listKeys, revokeKey, showKey } from '../../keys/keys.ts';
import { SCOPES, tenantsOf } from '../../keys/rights.ts';
import { instantIn, text, token } from '../../schemas.ts';
import { decodeCursor, largePage, pageOf, pageQuery } from '../conventions/page.ts';
import { instantOut, madeAt, onceHeaders } from '../conventions/schemas.ts';
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
    expiresAt: instantIn.nullable().optional().meta({
      description:
        'From then on the key is none; null: it has no end. Not later than the end of the key that makes it, which is the default',
    }),
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
    createdBy: z
      .string()
      .nullable()
      .meta({ description: 'Id of the key that made it, `admin` or `command line`; null: not known' }),
    expiresAt: instantOut.nullable().meta({ description: 'null: it has no end' }),
    revokedAt: instantOut.nullable(),
    lastUsedAt: instantOut
      .nullable()
      .meta({ description: 'Exact to a minute; null: never, or not since this is kept' }),
  })
  .meta({ id: 'Key' });

const revokedSchema = z
  .object({
    children: z.array(keySchema).meta({ description: 'By id, at most 1000, as they are now' }),
    count: z.int().meta({ description: 'How many children there are' }),
  })
  .meta({
    id: 'RevokedKey',
    description: 'Keys made with a revoked one, by themselves or their children, that were good until now',
  });

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
        headers: onceHeaders,
        body: newKey,
        response: {
          201: madeAt(newKeySchema, 'Made'),
          ...problemResponses('invalid-request', 'not-json', 'conflict'),
        },
      },
    },
    async (request, reply) => {
      const wanted = { ...request.body, request: request.headers['idempotency-key'] };
      const { key, secret } = valueFrom(await createKey(db, wanted, request.key, clock()));
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
        querystring: z.strictObject({
          createdBy: z.string().optional().meta({ description: 'Only keys that this one made' }),
          ...pageQuery,
        }),
        response: { 200: pageOf(keySchema), ...problemResponses('invalid-request', 'invalid-cursor') },
      },
    },
    async ({ query: { createdBy, limit, cursor }, key }) => {
      const [after] = cursor === undefined ? [''] : decodeCursor(cursor, cursorKey);
      const filter = { tenants: tenantsOf(key), createdBy };
      // A key may have 70,000 tenants.
      return await largePage(
        limit,
        (last, most) => listKeys(db, filter, { after: last?.id ?? after, limit: most }),
        showKey,
        ({ id }) => [id],
      );
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
        description:
          'Keys that were made with it stay good unless `children=true` says otherwise; the answer shows them.',
        params: keyParams,
        querystring: z.strictObject({
          children: z
            .enum(['true', 'false'])
            .default('false')
            .meta({ description: 'Revoke the keys made with it, by themselves or their children, too' }),
        }),
        response: {
          200: revokedSchema.describe('Revoked, now or before; these keys were made with it'),
          204: z.undefined().describe('Revoked, now or before; no good key was made with it'),
          ...problemResponses('invalid-request', 'not-found'),
        },
      },
    },
    async ({ params, query, key }, reply) => {
      const asked = { by: key, at: clock(), children: query.children === 'true' };
      const { children, count } = valueFrom(await revokeKey(db, params.id, asked));
      if (count === 0) return reply.code(204).send();
      return reply.code(200).send({ children: children.map(showKey), count });
    },
  );
}
