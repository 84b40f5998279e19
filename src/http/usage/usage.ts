import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { previousPeriod } from '../../domain/period.ts';
import { say } from '../../domain/sentences.ts';
import { tenantsOf } from '../../keys/rights.ts';
import { openSnapshot, type ReadSnapshot, readSnapshot } from '../../projection/read/snapshot.ts';
import { tenantNames, USAGE_DIMENSIONS, type UsageDimension } from '../../projection/read/usage.ts';
import { period, token } from '../../schemas.ts';
import { tenantSettings } from '../../store/tenants.ts';
import { type AsOf, asOf } from '../conventions/as-of.ts';
import { jsonOrCsv, sendCsv, tableQuery, wantsCsv } from '../conventions/csv.ts';
import { decodeCursor, pageQuery, toPage } from '../conventions/page.ts';
import { laneDb } from '../conventions/read-lanes.ts';
import { booleanIn, tenantParams } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { Problem, problemResponses } from '../problems/problem.ts';
import {
  type TenantUsage,
  totalRow,
  USAGE_COLUMNS,
  type UsageDeps,
  type UsageQuery,
  type UsageRow,
  usageHistory,
  usageHistorySchema,
  usageOf,
  usagePageSchema,
  usageRows,
  usageSchema,
} from './usage-answer.ts';

const groupBy = z
  .string()
  .transform((list, context): UsageDimension[] => {
    const parts = list.split(',');
    const known = parts.filter((part): part is UsageDimension =>
      USAGE_DIMENSIONS.some((name) => name === part),
    );
    if (known.length !== parts.length || new Set(parts).size !== parts.length)
      context.addIssue(
        say('must be a comma list of {names}, each at most once', { names: USAGE_DIMENSIONS.join(', ') }),
      );
    return known;
  })
  .default([])
  .meta({ description: `Comma list of ${USAGE_DIMENSIONS.join(', ')}`, example: 'day,channel' });

const usageQuery = {
  period: period
    .optional()
    .meta({ description: "Calendar month in the tenant's zone; default: the current one" }),
  groupBy,
};

const filterQuery = {
  plan: token.optional().meta({ description: 'Only tenants with this plan in the period' }),
  registered: booleanIn.meta({
    description: 'Only tenants that somebody registered; false: only the others',
  }),
  overLimit: booleanIn.meta({
    description: 'Only tenants with more receptive windows than their limit; false: the others',
  }),
};

const MOST_PERIODS = 36;
const historyQuery = {
  from: period.optional().meta({ description: 'First period; default: eleven before the last' }),
  to: period.optional().meta({ description: 'Last period, included; default: the current one' }),
};

const cursorKey = z.tuple([token]);
/** Tenants per query of a CSV stream. */
const BATCH = 200;

type Deps = UsageDeps & Pick<AppDeps, 'db' | 'slowDb'>;

const config = { scope: 'usage:read' } as const;
const tags = ['Usage'];
const problems = problemResponses('invalid-request');

/** Counts of windows and messages. Contract section 3, Usage. */
export function usageRoutes(app: App, deps: Deps): void {
  usageRoute(app, deps);
  historyRoute(app, deps);
  listRoute(app, deps);
}

/** Tallies do not know campaigns: all windows of the period are read. */
function isByCampaign({ query }: FastifyRequest): boolean {
  return (query as { groupBy?: UsageDimension[] }).groupBy?.includes('campaign') === true;
}

function usageRoute(app: App, deps: Deps): void {
  app.get(
    '/v1/tenants/:tenant/usage',
    {
      config: { ...config, slow: isByCampaign },
      schema: {
        tags,
        operationId: 'getUsage',
        summary: 'What a tenant used in a period',
        params: tenantParams,
        querystring: z.strictObject({ ...usageQuery, ...tableQuery }),
        response: {
          200: jsonOrCsv(usageSchema, 'With `groupBy` a CSV row per group, without it one', USAGE_COLUMNS),
          ...problemResponses('invalid-request', 'too-many-groups'),
        },
      },
    },
    async (request, reply) => {
      const { tenant } = request.params;
      reply.header('vary', 'accept');
      if (wantsCsv(request)) {
        const period = request.query.period ?? (await currentPeriod(deps, deps.slowDb, tenant));
        const batches = ofOneView(deps, (snapshot, covered) =>
          usageRows(
            deps,
            snapshot,
            [tenant],
            { ...request.query, period },
            { asOf: covered, wanted: () => true },
          ),
        );
        const name = `usage-${tenant}-${period}`;
        return await sendCsv(deps, request, reply, { name, tenant, columns: USAGE_COLUMNS, batches });
      }
      return await readSnapshot(laneDb(deps, request), async (snapshot) => {
        const [usage] = await usageOf(deps, snapshot, [tenant], toQuery(request.query));
        if (usage === undefined) throw new Error('a tenant without usage');
        return { ...usage, asOf: await asOf(snapshot, deps) };
      });
    },
  );
}

function historyRoute(app: App, deps: Deps): void {
  app.get(
    '/v1/tenants/:tenant/usage/history',
    {
      config: { ...config, slow: true },
      schema: {
        tags,
        operationId: 'getUsageHistory',
        summary: `What a tenant used in each of up to ${MOST_PERIODS} periods, in one view of the database`,
        params: tenantParams,
        querystring: z.strictObject({ ...historyQuery, ...tableQuery }),
        response: {
          200: jsonOrCsv(usageHistorySchema, 'By period', USAGE_COLUMNS),
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const { tenant } = request.params;
      const { items, covered } = await readSnapshot(deps.slowDb, async (snapshot) => {
        const periods = periodsOf(request.query, await currentPeriod(deps, snapshot.db, tenant));
        return {
          items: await usageHistory(deps, snapshot, tenant, periods),
          covered: await asOf(snapshot, deps),
        };
      });
      reply.header('vary', 'accept');
      if (!wantsCsv(request)) return { items, asOf: covered };
      return await sendCsv(deps, request, reply, {
        name: `usage-${tenant}-${items[0]?.period.id}-${items.at(-1)?.period.id}`,
        tenant,
        columns: USAGE_COLUMNS,
        batches: [items.map((usage) => totalRow(usage, covered))],
      });
    },
  );
}

function listRoute(app: App, deps: Deps): void {
  app.get(
    '/v1/usage',
    {
      config: { ...config, slow: true },
      schema: {
        tags,
        operationId: 'listUsage',
        summary: 'What all tenants used in a period, those without windows too',
        querystring: z.strictObject({ ...usageQuery, ...filterQuery, ...pageQuery, ...tableQuery }),
        response: {
          200: jsonOrCsv(usagePageSchema, 'By tenant', USAGE_COLUMNS),
          ...problemResponses('invalid-request', 'invalid-cursor', 'too-many-groups'),
        },
      },
    },
    async (request, reply) => {
      const { query, key } = request;
      const only = tenantsOf(key);
      const [after] = query.cursor === undefined ? [''] : decodeCursor(query.cursor, cursorKey);
      reply.header('vary', 'accept');
      if (wantsCsv(request))
        return await sendCsv(deps, request, reply, {
          name: `usage-${query.period ?? 'now'}`,
          tenant: null,
          columns: USAGE_COLUMNS,
          batches: ofOneView(deps, (snapshot, covered) => allRows(deps, snapshot, only, query, covered)),
        });
      return await readSnapshot(deps.slowDb, async (snapshot) => {
        const found: TenantUsage[] = [];
        for await (const names of namesFrom(snapshot, only, { after, batch: query.limit + 1 })) {
          const usages = await usageOf(deps, snapshot, names, toQuery(query));
          found.push(...usages.filter(matches(query)));
          if (found.length > query.limit) break;
        }
        const page = toPage(
          found,
          query.limit,
          (usage) => usage,
          ({ tenant }) => [tenant],
        );
        return { ...page, asOf: await asOf(snapshot, deps) };
      });
    },
  );
}

/**
 * The periods of a history. Without `to` they end with the current one, without `from` they are a year. Throws the
 * problem `invalid-request` for none and for too many.
 */
function periodsOf(
  { from, to }: { from?: string | undefined; to?: string | undefined },
  now: string,
): string[] {
  const last = to ?? now;
  const periods: string[] = [];
  const most = from === undefined ? 12 : MOST_PERIODS + 1;
  for (
    let next = last;
    periods.length < most && (from === undefined || next >= from);
    next = previousPeriod(next)
  )
    periods.unshift(next);
  if (periods.length > 0 && periods.length <= MOST_PERIODS) return periods;
  const detail =
    periods.length === 0
      ? say('must not be after {last}', { last })
      : say('must be at most {most} periods before {last}', { most: MOST_PERIODS - 1, last });
  throw new Problem('invalid-request', say('{place}: <detail>', { place: 'from', detail }), {
    members: { errors: [{ parameter: 'from', detail }] },
  });
}

interface Query {
  period?: string | undefined;
  groupBy: UsageDimension[];
}

interface ListQuery extends Query {
  plan?: string | undefined;
  registered?: boolean | undefined;
  overLimit?: boolean | undefined;
}

function toQuery({ period, groupBy }: Query): UsageQuery {
  return { period: period ?? null, groupBy };
}

function matches({ plan, registered, overLimit }: ListQuery) {
  return (usage: TenantUsage): boolean =>
    (plan === undefined || usage.plan === plan) &&
    (registered === undefined || usage.registered === registered) &&
    (overLimit === undefined || usage.receptive.overLimit === overLimit);
}

/** Tenants by name, batch by batch; `only` null: all of them. */
async function* namesFrom(
  snapshot: ReadSnapshot,
  only: string[] | null,
  { after, batch }: { after: string; batch: number },
): AsyncGenerator<string[]> {
  let last = after;
  for (;;) {
    const names = await tenantNames(snapshot, only, { after: last, limit: batch });
    yield names;
    if (names.length < batch) return;
    last = names.at(-1) ?? last;
  }
}

async function* allRows(
  deps: UsageDeps,
  snapshot: ReadSnapshot,
  only: string[] | null,
  query: ListQuery,
  covered: AsOf,
): AsyncGenerator<UsageRow[]> {
  for await (const names of namesFrom(snapshot, only, { after: '', batch: BATCH }))
    yield* usageRows(deps, snapshot, names, toQuery(query), { asOf: covered, wanted: matches(query) });
}

/** The rows of a table, all of one view of the database, which is open as long as they are read. */
async function* ofOneView(
  deps: Deps,
  rows: (snapshot: ReadSnapshot, covered: AsOf) => AsyncGenerator<UsageRow[]>,
): AsyncGenerator<UsageRow[]> {
  const snapshot = await openSnapshot(deps.slowDb);
  try {
    yield* rows(snapshot, await asOf(snapshot, deps));
  } finally {
    await snapshot.close();
  }
}

async function currentPeriod(
  { clock, defaultTimeZone }: Pick<Deps, 'clock' | 'defaultTimeZone'>,
  db: Deps['db'],
  tenant: string,
): Promise<string> {
  const settings = (await tenantSettings(db, [tenant], defaultTimeZone)).get(tenant);
  if (settings === undefined) throw new Error('a tenant without settings');
  return settings.calendar.periodOf(clock());
}
