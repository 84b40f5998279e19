import { z } from 'zod';
import { seesPlan, unknownPlan } from '../../billing/plans.ts';
import { deleteSubscription, putSubscription, subscriptionsAfter } from '../../billing/subscriptions.ts';
import type { Overrides } from '../../domain/plan.ts';
import { say } from '../../domain/sentences.ts';
import type { Subscription } from '../../domain/subscription.ts';
import { customerRefused, tenantsOf } from '../../keys/rights.ts';
import { period, token } from '../../schemas.ts';
import { decodeCursor, largePage, pageOf, pageQuery } from '../conventions/page.ts';
import { tenantParams } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { problemResponses, throwRefused, valueFrom } from '../problems/problem.ts';
import { type AffectsDeps, affects, affectsOrUnknown, changeQuery } from './affects.ts';
import { discountSchema, newOverrides, overridesSchema } from './plans.ts';

const subscriptionBody = z
  .strictObject({
    plan: token,
    until: period
      .nullable()
      .default(null)
      .meta({ description: 'First period no longer covered; null: open' }),
    overrides: newOverrides
      .nullable()
      .default(null)
      .meta({ description: 'Members of a plan version that this tenant has in another way' }),
    discount: discountSchema
      .nullable()
      .default(null)
      .meta({ description: 'Share of fee, usage and minimum that the tenant is let off' }),
    confirm: z.literal(true).optional().meta({ description: 'It is meant to begin more than 36 months ago' }),
  })
  .meta({ id: 'SubscriptionTerms', examples: [{ plan: 'pro', until: null }] });
const subscriptionSchema = z
  .object({
    plan: z.string(),
    from: z.string(),
    until: z.string().nullable(),
    overrides: overridesSchema
      .nullable()
      .meta({ description: 'Members of a plan version that this tenant has in another way' }),
    discount: discountSchema
      .nullable()
      .meta({ description: 'Share of fee, usage and minimum that the tenant is let off' }),
  })
  .meta({ id: 'Subscription' });
const changedSubscription = subscriptionSchema
  .extend({ affects: affectsOrUnknown })
  .meta({ id: 'ChangedSubscription' });
const fromParams = tenantParams.extend({ from: period.meta({ description: 'First period that it covers' }) });
const cursorKey = z.tuple([z.string()]);

const tags = ['Finance'];

/** Which plan a tenant has in which period. Contract section 3, Finance. */
export function subscriptionRoutes(app: App, deps: Deps): void {
  putSubscriptionRoute(app, deps);
  deleteSubscriptionRoute(app, deps);
  subscriptionListRoute(app, deps);
}

type Deps = Pick<AppDeps, 'db' | 'financePool'> & AffectsDeps;

const url = '/v1/tenants/:tenant/subscriptions/:from';

function putSubscriptionRoute(app: App, deps: Deps): void {
  const { db, financePool, clock } = deps;
  app.put(
    url,
    {
      config: { scope: 'billing:write' },
      schema: {
        tags,
        operationId: 'putSubscription',
        summary: 'Subscribe a tenant to a plan from a period on',
        params: fromParams,
        querystring: changeQuery,
        body: subscriptionBody,
        response: {
          200: changedSubscription,
          201: changedSubscription,
          ...problemResponses(
            'invalid-request',
            'not-json',
            'not-found',
            'subscription-overlap',
            'period-final',
            'manual-lines',
            'needs-confirmation',
            'currency-mismatch',
            'no-plan-version',
          ),
        },
      },
    },
    async (request, reply) => {
      const { params, query, body, key } = request;
      const { tenant, from } = params;
      throwRefused(customerRefused(key, say('Subscriptions')));
      if (!(await seesPlan(db, tenantsOf(key), body.plan))) throwRefused(unknownPlan(body.plan));
      const outcome = await putSubscription(
        financePool,
        tenant,
        { ...body, from, overrides: body.overrides as Overrides | null },
        { actor: key.id, at: clock() },
        query,
      );
      const { subscription, created, was } = valueFrom(outcome);
      return reply
        .code(created && query.dryRun !== true ? 201 : 200)
        .send({ ...subscription, affects: await affects(deps, was, request) });
    },
  );
}

function deleteSubscriptionRoute(app: App, deps: Deps): void {
  const { financePool, clock } = deps;
  app.delete(
    url,
    {
      config: { scope: 'billing:write' },
      schema: {
        tags,
        operationId: 'deleteSubscription',
        summary: 'Take a subscription back',
        params: fromParams,
        querystring: changeQuery,
        response: {
          200: z.object({ affects: affectsOrUnknown }).describe('Gone'),
          ...problemResponses('invalid-request', 'not-found', 'period-final', 'manual-lines'),
        },
      },
    },
    async (request) => {
      const { params, query, key } = request;
      const { tenant, from } = params;
      throwRefused(customerRefused(key, say('Subscriptions')));
      const author = { actor: key.id, at: clock() };
      const was = valueFrom(await deleteSubscription(financePool, tenant, from, author, query));
      return { affects: await affects(deps, was, request) };
    },
  );
}

function subscriptionListRoute(app: App, { db }: Pick<AppDeps, 'db'>): void {
  app.get(
    '/v1/tenants/:tenant/subscriptions',
    {
      config: { scope: 'billing:read' },
      schema: {
        tags,
        operationId: 'listSubscriptions',
        summary: 'List the subscriptions of a tenant',
        params: tenantParams,
        querystring: z.strictObject(pageQuery),
        response: {
          200: pageOf(subscriptionSchema),
          ...problemResponses('invalid-request', 'invalid-cursor'),
        },
      },
    },
    async ({ params: { tenant }, query: { limit, cursor } }) => {
      const [after] = cursor === undefined ? [''] : decodeCursor(cursor, cursorKey);
      return await largePage(
        limit,
        (last: Subscription | null, most) => subscriptionsAfter(db, tenant, last?.from ?? after, most),
        (row) => row,
        ({ from }) => [from],
      );
    },
  );
}
