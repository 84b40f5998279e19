/** Thresholds of a tenant: set, and shown with what fired. Contract section 6. */

import { z } from 'zod';
import { isoInstant } from '../../domain/instant.ts';
import { type KeptThreshold, thresholdName, windowReaching } from '../../domain/threshold.ts';
import {
  type Firing,
  firingsOf,
  type Measure,
  measuresOf,
  ownThresholds,
  putThresholds,
} from '../../notifications/thresholds/thresholds.ts';
import { period } from '../../schemas.ts';
import { tenantSettings } from '../../store/tenants.ts';
import { instantOut, periodOut, showPeriod, tenantParams } from '../conventions/schemas.ts';
import { fromNowOn, thresholdList, thresholdSchema, withoutSince } from '../conventions/threshold-schema.ts';
import type { App, AppDeps } from '../deps.ts';
import { problemResponses } from '../problems/problem.ts';

const bodySchema = z
  .strictObject({
    thresholds: thresholdList
      .nullable()
      .meta({ description: 'null: those of its plan; an empty list: none, whatever the plan says' }),
  })
  .meta({
    id: 'TenantThresholdTerms',
    examples: [
      {
        thresholds: [
          { of: 'allowance', percent: 80 },
          { of: 'active', count: 500 },
        ],
      },
    ],
  });

const firedSchema = z.object({
  at: instantOut.meta({ description: 'When it was seen' }),
  windows: z.int().meta({ description: 'As many as there were then' }),
});

const answerSchema = z
  .object({
    tenant: z.string(),
    period: periodOut,
    own: z
      .array(thresholdSchema)
      .nullable()
      .meta({ description: 'Those set for the tenant; null: those of its plan hold' }),
    thresholds: z
      .array(
        z.object({
          threshold: thresholdSchema,
          source: z.enum(['tenant', 'plan']).meta({ description: 'Who set it' }),
          since: period.meta({ description: 'First period that it is judged in' }),
          windows: z.int().nullable().meta({
            description: 'How many windows reach it; null: none can, for there is no plan or no limit',
          }),
          fired: firedSchema.nullable().meta({ description: 'null: it did not in this period' }),
        }),
      )
      .meta({ description: 'Those that hold in the period' }),
    former: z
      .array(
        firedSchema.extend({
          threshold: z.string().meta({ description: 'What it was of', example: 'allowance:90%' }),
        }),
      )
      .meta({ description: 'What fired in the period of thresholds that do not hold any more' }),
  })
  .meta({ id: 'TenantThresholds' });

const tags = ['Webhooks'];
const url = '/v1/tenants/:tenant/thresholds';

type ThresholdDeps = Pick<AppDeps, 'db' | 'clock' | 'defaultTimeZone'>;

export function thresholdRoutes(app: App, deps: ThresholdDeps): void {
  const { db, clock } = deps;
  app.put(
    url,
    {
      config: { scope: 'billing:write' },
      schema: {
        tags,
        operationId: 'putThresholds',
        summary: 'Set the thresholds of a tenant, or let it have those of its plan',
        params: tenantParams,
        body: bodySchema,
        response: { 200: answerSchema, ...problemResponses('invalid-request', 'not-json') },
      },
    },
    async ({ params: { tenant }, body, key }) => {
      const at = clock();
      const { calendar } = await settingsOf(deps, tenant);
      const { timeZone } = calendar.boundsOf(calendar.periodOf(at));
      const wanted = body.thresholds && fromNowOn(body.thresholds, timeZone, at);
      await putThresholds(db, tenant, wanted, { actor: key.id, at });
      return await shown(deps, tenant, undefined);
    },
  );
  app.get(
    url,
    {
      config: { scope: 'billing:read' },
      schema: {
        tags,
        operationId: 'getThresholds',
        summary: 'The thresholds of a tenant in a period, and what fired of them',
        params: tenantParams,
        querystring: z.strictObject({
          period: period.optional().meta({ description: 'Default: the running one' }),
        }),
        response: { 200: answerSchema, ...problemResponses('invalid-request') },
      },
    },
    async ({ params: { tenant }, query }) => await shown(deps, tenant, query.period),
  );
}

async function settingsOf({ db, defaultTimeZone }: ThresholdDeps, tenant: string) {
  const settings = (await tenantSettings(db, [tenant], defaultTimeZone)).get(tenant);
  if (settings === undefined) throw new Error(`no settings of ${tenant}, not even the defaults`);
  return settings;
}

async function shown(deps: ThresholdDeps, tenant: string, asked: string | undefined) {
  const { db, clock } = deps;
  const { calendar } = await settingsOf(deps, tenant);
  const id = asked ?? calendar.periodOf(clock());
  const own = (await ownThresholds(db, [tenant])).get(tenant) ?? null;
  const measure = (await measuresOf(db, [tenant])).in(tenant, id);
  const firings = (await firingsOf(db, [tenant], id)).filter((firing) => firing.period === id);
  const names = new Set(measure.thresholds.map(thresholdName));
  return {
    ...{ tenant, period: showPeriod(calendar, id), own: own?.map(withoutSince) ?? null },
    thresholds: measure.thresholds.map((threshold) => showThreshold(threshold, measure, firings)),
    former: firings
      .filter(({ threshold }) => !names.has(threshold))
      .map((firing) => ({ threshold: firing.threshold, ...showFiring(firing) })),
  };
}

function showThreshold(kept: KeptThreshold, { source, terms }: Measure, firings: readonly Firing[]) {
  const fired = firings.find(({ threshold }) => threshold === thresholdName(kept));
  return {
    ...{ threshold: withoutSince(kept), source: source ?? 'tenant', since: kept.since },
    windows: windowReaching(kept, terms),
    fired: fired === undefined ? null : showFiring(fired),
  };
}

function showFiring({ at, windows }: Firing) {
  return { at: isoInstant(at), windows };
}
