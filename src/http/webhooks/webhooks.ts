/** Webhooks: whom the service tells what happens. Contract section 6. */

import { z } from 'zod';
import { NOTIFICATION_TYPES } from '../../domain/notification.ts';
import {
  changeWebhook,
  createWebhook,
  deleteWebhook,
  findWebhook,
  listWebhooks,
  rotateSecret,
  showWebhook,
} from '../../notifications/webhooks.ts';
import { text, token } from '../../schemas.ts';
import { decodeCursor, largePage, pageOf, pageQuery } from '../conventions/page.ts';
import { instantOut, madeAt, onceHeaders } from '../conventions/schemas.ts';
import type { App } from '../deps.ts';
import { problemResponses, valueFrom } from '../problems/problem.ts';
import { config, storeOf, tags, type WebhookDeps, webhookParams } from './shared.ts';

const MOST_TENANTS = 10_000;

const url = text(1, 2_048).meta({ description: 'Where notifications are posted; https' });
const types = z
  .array(z.enum(NOTIFICATION_TYPES))
  .min(1)
  .transform((list) => [...new Set(list)])
  .nullable()
  .meta({ description: 'What it is told of; null: everything' });
const tenants = z
  .array(token)
  .min(1)
  .max(MOST_TENANTS)
  .transform((list) => [...new Set(list)])
  .nullable()
  .meta({ description: 'Whose notifications; null: those of all, and those that concern no tenant' });
const description = text(0, 256).meta({ description: 'For people' });

const example = {
  url: 'https://erp.example/janela',
  types: ['usage.threshold-reached', 'invoice.finalized'],
  tenants: null,
  description: 'ERP',
};

const termsSchema = z
  .strictObject({
    url,
    types: types.default(null),
    tenants: tenants.default(null),
    description: description.default(''),
  })
  .meta({ id: 'WebhookTerms', examples: [example] });

const changeSchema = z
  .strictObject({
    url: url.optional(),
    types: types.optional(),
    tenants: tenants.optional(),
    description: description.optional(),
    enabled: z
      .boolean()
      .optional()
      .meta({ description: 'Whether it is told anything; true also where the service disabled it' }),
  })
  .meta({ id: 'WebhookChange', examples: [{ enabled: true }] });

const instantOrNull = instantOut.nullable();

const webhookSchema = z
  .object({
    id: z.string().meta({ description: 'Of the webhook' }),
    url: z.string().meta({ description: 'Where notifications are posted' }),
    types: z.array(z.string()).nullable().meta({ description: 'What it is told of; null: everything' }),
    tenants: z.array(z.string()).nullable().meta({ description: 'Whose notifications; null: all' }),
    description: z.string().meta({ description: 'For people' }),
    enabled: z.boolean().meta({ description: 'Whether it is told anything' }),
    disabledBecause: z.enum(['gone', 'retries-exhausted', 'no-success']).nullable().meta({
      description:
        'Why the service disabled it: it answered 410, a delivery was tried in vain to the end, or nothing succeeded for 5 days',
    }),
    failingSince: instantOrNull.meta({
      description: 'The first attempt since the last success that failed; null: none did',
    }),
    formerSecretUntil: instantOrNull.meta({
      description: 'Until when the secret before the last rotation signs too',
    }),
    createdBy: z.string().meta({ description: 'Id of the API key' }),
    createdAt: instantOut,
    updatedAt: instantOut,
  })
  .meta({ id: 'Webhook' });

const withSecret = webhookSchema
  .extend({
    secret: z
      .string()
      .meta({ description: 'Signs requests, as Standard Webhooks has it; shown this once: `whsec_...`' }),
  })
  .meta({ id: 'NewWebhook' });

const cursorKey = z.tuple([z.string()]);

export function webhookRoutes(app: App, deps: WebhookDeps): void {
  createRoute(app, deps);
  readRoutes(app, deps);
  changeRoutes(app, deps);
}

function createRoute(app: App, deps: WebhookDeps): void {
  const store = storeOf(deps);
  app.post(
    '/v1/webhooks',
    {
      config,
      schema: {
        tags,
        operationId: 'createWebhook',
        summary: 'Be told what happens',
        description:
          'Requests follow Standard Webhooks (https://www.standardwebhooks.com): headers `webhook-id`, `webhook-timestamp`, `webhook-signature`, body `{ type, timestamp, data }`. Each notification comes at least once; a repeat has the same `webhook-id`. Answer with 2xx within 10 s, or it comes again. A key that is limited to tenants makes webhooks for these alone.',
        headers: onceHeaders,
        body: termsSchema,
        response: {
          201: madeAt(withSecret, 'Made'),
          ...problemResponses('invalid-request', 'not-json', 'too-many-webhooks', 'conflict'),
        },
      },
    },
    async ({ body, key, headers }, reply) => {
      const by = { key, at: deps.clock(), request: headers['idempotency-key'] };
      const { webhook, secret } = valueFrom(await createWebhook(store, body, by));
      return reply
        .code(201)
        .header('location', `/v1/webhooks/${webhook.id}`)
        .header('cache-control', 'no-store')
        .send({ ...showWebhook(webhook), secret });
    },
  );
}

function readRoutes(app: App, { db }: WebhookDeps): void {
  app.get(
    '/v1/webhooks',
    {
      config,
      schema: {
        tags,
        operationId: 'listWebhooks',
        summary: 'Webhooks by id, without their secrets',
        querystring: z.strictObject(pageQuery),
        response: { 200: pageOf(webhookSchema), ...problemResponses('invalid-request', 'invalid-cursor') },
      },
    },
    async ({ query: { limit, cursor }, key }) => {
      const [start] = cursor === undefined ? [''] : decodeCursor(cursor, cursorKey);
      return await largePage(
        limit,
        (last, most) => listWebhooks(db, key, { after: last?.id ?? start, limit: most }),
        showWebhook,
        ({ id }) => [id],
      );
    },
  );
  app.get(
    '/v1/webhooks/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'getWebhook',
        summary: 'A webhook, without its secret',
        params: webhookParams,
        response: { 200: webhookSchema, ...problemResponses('not-found') },
      },
    },
    async ({ params, key }) => showWebhook(valueFrom(await findWebhook(db, params.id, key))),
  );
}

function changeRoutes(app: App, deps: WebhookDeps): void {
  const store = storeOf(deps);
  app.patch(
    '/v1/webhooks/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'changeWebhook',
        summary: 'Change, enable or disable a webhook',
        description:
          'Members left out stay. While it is disabled nothing is noted for it; `replay` brings what it missed. Deliveries that waited go on once it is enabled.',
        params: webhookParams,
        body: changeSchema,
        response: { 200: webhookSchema, ...problemResponses('invalid-request', 'not-json', 'not-found') },
      },
    },
    async ({ params, body, key }) =>
      showWebhook(valueFrom(await changeWebhook(store, params.id, body, { key, at: deps.clock() }))),
  );
  app.delete(
    '/v1/webhooks/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'deleteWebhook',
        summary: 'Delete a webhook and its deliveries',
        params: webhookParams,
        response: { 204: z.undefined().describe('Deleted'), ...problemResponses('not-found') },
      },
    },
    async ({ params, key }, reply) => {
      valueFrom(await deleteWebhook(store, params.id, { key, at: deps.clock() }));
      return reply.code(204).send();
    },
  );
  app.post(
    '/v1/webhooks/:id/rotate',
    {
      config,
      schema: {
        tags,
        operationId: 'rotateWebhookSecret',
        summary: 'Make a new secret; the old one signs beside it for 24 h',
        params: webhookParams,
        response: { 200: withSecret, ...problemResponses('not-found') },
      },
    },
    async ({ params, key }, reply) => {
      const { webhook, secret } = valueFrom(await rotateSecret(store, params.id, { key, at: deps.clock() }));
      return reply.header('cache-control', 'no-store').send({ ...showWebhook(webhook), secret });
    },
  );
}
