/** What webhooks were told: listed, sent again, and tried out. Contract section 6. */

import { z } from 'zod';
import { say } from '../../domain/sentences.ts';
import {
  listDeliveries,
  replaySince,
  retryDelivery,
  showDelivery,
  testWebhook,
} from '../../notifications/deliveries.ts';
import { findWebhook } from '../../notifications/webhooks.ts';
import { instantIn } from '../../schemas.ts';
import { decodeCursor, pageOf, pageQuery, toPage } from '../conventions/page.ts';
import { instantOut } from '../conventions/schemas.ts';
import type { App } from '../deps.ts';
import { problemResponses, valueFrom } from '../problems/problem.ts';
import { config, tags, type WebhookDeps, webhookParams } from './shared.ts';

const deliverySchema = z
  .object({
    id: z.int().meta({ description: 'Of the delivery, counting up' }),
    notification: z.string().meta({ description: 'The `webhook-id` that it is sent with' }),
    type: z.string(),
    tenant: z.string().nullable().meta({ description: 'Whose notification it is' }),
    state: z.enum(['waiting', 'delivered', 'failed']).meta({
      description: 'waiting: to be tried, for the first time or again; failed: not tried any more',
    }),
    attempts: z.int().meta({ description: 'How often it was tried' }),
    status: z.int().nullable().meta({ description: 'HTTP status of the last answer; null: there was none' }),
    answer: z.string().nullable().meta({ description: 'Its first KiB' }),
    error: z.string().nullable().meta({ description: 'Why there was no answer' }),
    createdAt: instantOut,
    attemptedAt: instantOut.nullable().meta({ description: 'When it was last tried' }),
    nextAt: instantOut.nullable().meta({ description: 'When it is tried next; null: it is not' }),
  })
  .meta({ id: 'Delivery' });

const replaySchema = z
  .strictObject({ since: instantIn.meta({ description: 'At most 30 days ago' }) })
  .meta({ id: 'ReplayTerms', examples: [{ since: '2026-11-03T10:00:00-03:00' }] });

const replayedSchema = z
  .object({ deliveries: z.int().meta({ description: 'How many notifications are sent again' }) })
  .meta({ id: 'Replayed' });

const deliveryParams = webhookParams.extend({
  delivery: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, say('must be the id of a delivery'))
    .transform(Number)
    .meta({ type: 'integer', description: 'Id of the delivery' }),
});

const cursorKey = z.tuple([z.int()]);

export function deliveryRoutes(app: App, deps: WebhookDeps): void {
  listRoute(app, deps);
  sendRoutes(app, deps);
}

function listRoute(app: App, { db }: WebhookDeps): void {
  app.get(
    '/v1/webhooks/:id/deliveries',
    {
      config,
      schema: {
        tags,
        operationId: 'listDeliveries',
        summary: 'What a webhook was told in the last 30 days, newest first',
        params: webhookParams,
        querystring: z.strictObject({
          state: z.enum(['waiting', 'delivered', 'failed']).optional(),
          ...pageQuery,
        }),
        response: {
          200: pageOf(deliverySchema),
          ...problemResponses('invalid-request', 'invalid-cursor', 'not-found'),
        },
      },
    },
    async ({ params, query: { state, limit, cursor }, key }) => {
      const { id } = valueFrom(await findWebhook(db, params.id, key));
      const [before] = cursor === undefined ? [null] : decodeCursor(cursor, cursorKey);
      const rows = await listDeliveries(db, id, { before, limit: limit + 1, state });
      return toPage(rows, limit, showDelivery, (row) => [row.id]);
    },
  );
}

function sendRoutes(app: App, { db, clock }: WebhookDeps): void {
  app.post(
    '/v1/webhooks/:id/test',
    {
      config,
      schema: {
        tags,
        operationId: 'testWebhook',
        summary: 'Send a webhook.test',
        description: 'The list of deliveries says what came of it.',
        params: webhookParams,
        response: {
          202: deliverySchema.describe('Noted'),
          ...problemResponses('not-found', 'webhook-disabled'),
        },
      },
    },
    async ({ params, key }, reply) => {
      const webhook = valueFrom(await findWebhook(db, params.id, key));
      return reply.code(202).send(showDelivery(valueFrom(await testWebhook(db, webhook, clock()))));
    },
  );
  app.post(
    '/v1/webhooks/:id/deliveries/:delivery/retry',
    {
      config,
      schema: {
        tags,
        operationId: 'retryDelivery',
        summary: 'Send one again, also where it was delivered',
        params: deliveryParams,
        response: {
          202: deliverySchema.describe('Noted'),
          ...problemResponses('invalid-request', 'not-found', 'webhook-disabled'),
        },
      },
    },
    async ({ params, key }, reply) => {
      const webhook = valueFrom(await findWebhook(db, params.id, key));
      const retried = valueFrom(await retryDelivery(db, webhook, params.delivery, clock()));
      return reply.code(202).send(showDelivery(retried));
    },
  );
  app.post(
    '/v1/webhooks/:id/replay',
    {
      config,
      schema: {
        tags,
        operationId: 'replayWebhook',
        summary: 'Send everything again since an instant',
        description:
          'With the same `webhook-id`s; also what was not noted for it, for it was disabled or had other terms. What waits is not doubled.',
        params: webhookParams,
        body: replaySchema,
        response: {
          202: replayedSchema.describe('Noted'),
          ...problemResponses('invalid-request', 'not-json', 'not-found', 'webhook-disabled'),
        },
      },
    },
    async ({ params, body, key }, reply) => {
      const webhook = valueFrom(await findWebhook(db, params.id, key));
      const deliveries = valueFrom(await replaySince(db, webhook, body.since, clock()));
      return reply.code(202).send({ deliveries });
    },
  );
}
