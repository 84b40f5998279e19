import { z } from 'zod';
import { planThresholds } from '../../billing/plan-thresholds.ts';
import {
  deletePlanVersion,
  listPlans,
  markPlan,
  planVersions,
  publicPlans,
  putPlanVersion,
  seesPlan,
  unknownPlan,
} from '../../billing/plans.ts';
import { misnamed, type PlanVersion, readTerms } from '../../domain/plan.ts';
import { say } from '../../domain/sentences.ts';
import { limitedRefused, tenantsOf } from '../../keys/rights.ts';
import { period, token } from '../../schemas.ts';
import { decodeCursor, largePage, pageOf, pageQuery } from '../conventions/page.ts';
import { fromNowOn, thresholdList, thresholdSchema, withoutSince } from '../conventions/threshold-schema.ts';
import type { App, AppDeps } from '../deps.ts';
import { invalidBody, problemResponses, throwRefused, valueFrom } from '../problems/problem.ts';
import { type AffectsDeps, affects, affectsOrUnknown, changeQuery } from './affects.ts';

const decimal = z.string().meta({ example: '0.30' });
const count = z.int().min(0);
const tiers = z
  .array(z.strictObject({ upTo: count.nullable(), unitPrice: decimal }))
  .min(1)
  .max(100)
  .meta({ description: 'Ascending; the last one is open (`upTo` null)' });

/** What a plan version says, and what an invoice was made with. */
export const terms = {
  currency: z.string().meta({ description: 'ISO 4217', example: 'BRL' }),
  monthlyFee: decimal.default('0'),
  minimum: decimal.default('0').meta({ description: 'Tops up fee and usage of the period' }),
  receptive: z.strictObject({
    allowance: count,
    limit: count.nullable().default(null),
    overage: tiers.meta({ description: 'Units beyond the allowance' }),
  }),
  active: z
    .object({ default: tiers })
    .catchall(tiers)
    .meta({ description: 'By template category, at most 1,000; those not named share `default`' }),
};
const overridden = z
  .strictObject({ monthlyFee: decimal, minimum: decimal, receptive: terms.receptive, active: terms.active })
  .partial();
/** Members of a plan version that one tenant has in another way: as they are sent, and as they are kept. */
export const newOverrides = overridden.meta({ id: 'NewPlanOverrides', examples: [{ monthlyFee: '149.00' }] });
export const overridesSchema = overridden.meta({
  id: 'PlanOverrides',
  examples: [{ monthlyFee: '149.00' }],
});

export const discountSchema = z
  .strictObject({ percent: z.string().meta({ description: 'Above 0, at most 100', example: '10' }) })
  .meta({ id: 'Discount', description: 'Of fee, usage and minimum', examples: [{ percent: '10' }] });

const newThresholds = thresholdList.optional().meta({
  description:
    'Of all subscribers that have none of their own. Left out: as they are; a new version takes over those of the one before. Also for a version that invoices stand on',
});
const shownThresholds = z
  .array(thresholdSchema)
  .meta({ description: 'Of all subscribers that have none of their own' });

const versionBody = z.strictObject({ ...terms, thresholds: newThresholds }).meta({
  id: 'PlanTerms',
  examples: [
    {
      currency: 'BRL',
      monthlyFee: '199.00',
      minimum: '0',
      receptive: {
        allowance: 1000,
        limit: 5000,
        overage: [
          { upTo: 2000, unitPrice: '0.30' },
          { upTo: null, unitPrice: '0.25' },
        ],
      },
      active: {
        default: [{ upTo: null, unitPrice: '0.45' }],
        marketing: [{ upTo: null, unitPrice: '0.60' }],
      },
    },
  ],
});
const versionSchema = z
  .object({ plan: token, from: period, ...terms, thresholds: shownThresholds })
  .meta({ id: 'PlanVersion' });
const changedVersion = z
  .object({ plan: token, from: period, ...terms, thresholds: shownThresholds, affects: affectsOrUnknown })
  .meta({ id: 'ChangedPlanVersion' });
const isPublic = z
  .boolean()
  .meta({ description: 'Keys limited to tenants see it although none of these has it' });
const planSchema = z
  .object({
    plan: token,
    currency: z.string(),
    public: isPublic,
    versions: z.array(versionSchema),
  })
  .meta({ id: 'Plan' });
const cursorKey = z.tuple([z.string()]);

const tags = ['Finance'];

/** Plans and their versions. Contract section 3, Finance. */
export function planRoutes(app: App, deps: Deps): void {
  putVersionRoute(app, deps);
  deleteVersionRoute(app, deps);
  planRoute(app, deps);
  planReadRoutes(app, deps);
}

type Deps = Pick<AppDeps, 'db' | 'financePool'> & AffectsDeps;

const versionParams = z.object({
  plan: token,
  from: period.meta({ description: 'First period with these terms' }),
});

function putVersionRoute(app: App, deps: Deps): void {
  const { financePool, clock } = deps;
  app.put(
    '/v1/plans/:plan/versions/:from',
    {
      config: { scope: 'billing:write' },
      schema: {
        tags,
        operationId: 'putPlanVersion',
        summary: 'Set the terms of a plan from a period on',
        params: versionParams,
        querystring: changeQuery,
        body: versionBody,
        response: {
          200: changedVersion,
          201: changedVersion,
          ...problemResponses(
            'invalid-request',
            'not-json',
            'currency-mismatch',
            'period-final',
            'plan-too-large',
          ),
        },
      },
      preValidation: async ({ body }) => refuseCategories(body),
    },
    async (request, reply) => {
      const { params, query, body, key } = request;
      throwRefused(limitedRefused(key, say('Plans')));
      const { thresholds, ...given } = body;
      const read = readTerms(given);
      if (!read.ok) throw invalidBody(read.faults);
      const author = { actor: key.id, at: clock() };
      const { version, created, was } = valueFrom(
        await putPlanVersion(financePool, { ...params, ...read.terms }, author, {
          ...query,
          thresholds: thresholds && fromNowOn(thresholds, deps.defaultTimeZone, author.at),
        }),
      );
      return reply.code(created && query.dryRun !== true ? 201 : 200).send({
        ...version,
        thresholds: (query.dryRun === true && thresholds) || (await keptThresholdsOf(deps.db, params)),
        affects: await affects(deps, was, request),
      });
    },
  );
}

function deleteVersionRoute(app: App, deps: Deps): void {
  const { financePool, clock } = deps;
  app.delete(
    '/v1/plans/:plan/versions/:from',
    {
      config: { scope: 'billing:write' },
      schema: {
        tags,
        operationId: 'deletePlanVersion',
        summary: 'Take away a version of a plan that no invoice and no subscription stands on',
        params: versionParams,
        querystring: changeQuery,
        response: {
          200: z.object({ affects: affectsOrUnknown }).describe('Taken away; the version before it applies'),
          ...problemResponses('invalid-request', 'not-found', 'period-final', 'no-plan-version'),
        },
      },
    },
    async (request) => {
      const { params, query, key } = request;
      throwRefused(limitedRefused(key, say('Plans')));
      const author = { actor: key.id, at: clock() };
      const was = valueFrom(await deletePlanVersion(financePool, params, author, query));
      return { affects: await affects(deps, was, request) };
    },
  );
}

function planRoute(
  app: App,
  { db, financePool, clock }: Pick<AppDeps, 'db' | 'financePool' | 'clock'>,
): void {
  app.put(
    '/v1/plans/:plan',
    {
      config: { scope: 'billing:write' },
      schema: {
        tags,
        operationId: 'putPlan',
        summary: 'Say who sees a plan',
        description:
          'A key limited to tenants sees the plans that these have or had, and public ones. A new plan is not public.',
        params: z.object({ plan: token }),
        body: z.strictObject({ public: isPublic }).meta({ id: 'PlanMarks', examples: [{ public: true }] }),
        response: { 200: planSchema, ...problemResponses('invalid-request', 'not-json', 'not-found') },
      },
    },
    async ({ params: { plan }, body, key }) => {
      throwRefused(limitedRefused(key, say('Plans')));
      valueFrom(await markPlan(financePool, plan, body.public, { actor: key.id, at: clock() }));
      const [shown] = await showPlans(db, [plan]);
      return shown ?? valueFrom(unknownPlan(plan));
    },
  );
}

function planReadRoutes(app: App, { db }: Pick<AppDeps, 'db'>): void {
  app.get(
    '/v1/plans/:plan',
    {
      config: { scope: 'billing:read' },
      schema: {
        tags,
        operationId: 'getPlan',
        summary: 'A plan with all its versions',
        params: z.object({ plan: token }),
        response: { 200: planSchema, ...problemResponses('invalid-request', 'not-found') },
      },
    },
    async ({ params: { plan }, key }) => {
      const [shown] = (await seesPlan(db, tenantsOf(key), plan)) ? await showPlans(db, [plan]) : [];
      return shown ?? valueFrom(unknownPlan(plan));
    },
  );

  app.get(
    '/v1/plans',
    {
      config: { scope: 'billing:read' },
      schema: {
        tags,
        operationId: 'listPlans',
        summary: 'List plans',
        description: 'For a key limited to tenants those that these have or had, and public ones.',
        querystring: z.strictObject(pageQuery),
        response: { 200: pageOf(planSchema), ...problemResponses('invalid-request', 'invalid-cursor') },
      },
    },
    async ({ query: { limit, cursor }, key }) => {
      const [after] = cursor === undefined ? [''] : decodeCursor(cursor, cursorKey);
      type Shown = Awaited<ReturnType<typeof showPlans>>[number];
      return await largePage(
        limit,
        async (last: Shown | null, most) =>
          showPlans(db, await listPlans(db, tenantsOf(key), { after: last?.plan ?? after, limit: most })),
        (plan) => plan,
        ({ plan }) => [plan],
      );
    },
  );
}

/** Template categories that a plan may price by themselves. */
const MOST_CATEGORIES = 1_000;

/** zod leaves `__proto__` out of what it reads, with its tiers: https://github.com/colinhacks/zod/issues/5898 */
function refuseCategories(body: unknown): void {
  const { active } = (body ?? {}) as { active?: unknown };
  if (typeof active !== 'object' || active === null) return;
  if (Object.keys(active).length > MOST_CATEGORIES)
    throw invalidBody([
      { pointer: '/active', detail: say('must have at most {most} members', { most: MOST_CATEGORIES }) },
    ]);
  if (Object.hasOwn(active, '__proto__')) throw invalidBody(misnamed(active));
}

/** Those of the plans that have versions. */
async function showPlans(db: AppDeps['db'], plans: readonly string[]) {
  const known = await planVersions(db, plans);
  const open = await publicPlans(db, plans);
  const thresholds = await planThresholds(db, plans);
  return plans.flatMap((plan) => {
    const versions = (known.get(plan) ?? []).map((version) => ({
      ...version,
      thresholds: (thresholds.get(plan)?.get(version.from) ?? []).map(withoutSince),
    }));
    const [first] = versions;
    return first === undefined ? [] : [{ plan, currency: first.currency, public: open.has(plan), versions }];
  });
}

async function keptThresholdsOf(db: AppDeps['db'], { plan, from }: Pick<PlanVersion, 'plan' | 'from'>) {
  const kept = (await planThresholds(db, [plan])).get(plan)?.get(from) ?? [];
  return kept.map(withoutSince);
}
