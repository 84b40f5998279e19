import { z } from 'zod';
import { tenantsOf } from '../../keys/keys.ts';
import { openSnapshot, readSnapshot } from '../../projection/read/snapshot.ts';
import { tenantNames, USAGE_DIMENSIONS, type UsageDimension } from '../../projection/read/usage.ts';
import { period, token } from '../../schemas.ts';
import { jsonOrCsv, sendCsv, tableQuery, wantsCsv } from '../conventions/csv.ts';
import { decodeCursor, pageOf, pageQuery, toPage } from '../conventions/page.ts';
import { tenantParams } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { problemResponses } from '../problems/problem.ts';
import {
  USAGE_COLUMNS,
  type UsageDeps,
  type UsageQuery,
  type UsageRow,
  usageOf,
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
      context.addIssue(`must be a comma list of ${USAGE_DIMENSIONS.join(', ')}, each at most once`);
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

const cursorKey = z.tuple([token]);
/** Tenants per query of a CSV stream. */
const BATCH = 200;

/** Counts of windows and messages. Contract section 3, Usage. */
export function usageRoutes(app: App, deps: UsageDeps & Pick<AppDeps, 'db'>): void {
  const config = { scope: 'usage:read' } as const;
  const tags = ['Usage'];
  const problems = problemResponses('invalid-request');

  app.get(
    '/v1/tenants/:tenant/usage',
    {
      config,
      schema: {
        tags,
        operationId: 'getUsage',
        summary: 'What a tenant used in a period',
        params: tenantParams,
        querystring: z.strictObject({ ...usageQuery, ...tableQuery }),
        response: {
          200: jsonOrCsv(usageSchema, 'With `groupBy` a CSV row per group, without it one', USAGE_COLUMNS),
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const { params, query } = request;
      const [usage] = await readSnapshot(deps.db, (snapshot) =>
        usageOf(deps, snapshot, [params.tenant], toQuery(query)),
      );
      if (usage === undefined) throw new Error('a tenant without usage');
      reply.header('vary', 'accept');
      if (!wantsCsv(request)) return usage;
      const name = `usage-${params.tenant}-${usage.period.id}`;
      return await sendCsv(deps, request, reply, {
        name,
        tenant: params.tenant,
        columns: USAGE_COLUMNS,
        batches: [usageRows(usage, query.groupBy.length > 0)],
      });
    },
  );

  app.get(
    '/v1/usage',
    {
      config,
      schema: {
        tags,
        operationId: 'listUsage',
        summary: 'What all tenants used in a period, those without windows too',
        querystring: z.strictObject({ ...usageQuery, ...pageQuery, ...tableQuery }),
        response: {
          200: jsonOrCsv(pageOf(usageSchema), 'By tenant', USAGE_COLUMNS),
          ...problems,
          ...problemResponses('invalid-request', 'invalid-cursor'),
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
          batches: allUsage(deps, only, query),
        });
      return await readSnapshot(deps.db, async (snapshot) => {
        const names = await tenantNames(snapshot, only, { after, limit: query.limit + 1 });
        const page = toPage(names, query.limit, String, (name) => [name]);
        return { ...page, items: await usageOf(deps, snapshot, page.items, toQuery(query)) };
      });
    },
  );
}

interface Query {
  period?: string | undefined;
  groupBy: UsageDimension[];
}

function toQuery({ period, groupBy }: Query): UsageQuery {
  return { period: period ?? null, groupBy };
}

async function* allUsage(
  deps: UsageDeps & Pick<AppDeps, 'db'>,
  only: string[] | null,
  query: Query,
): AsyncGenerator<UsageRow[]> {
  const snapshot = await openSnapshot(deps.db);
  try {
    let after = '';
    for (;;) {
      const names = await tenantNames(snapshot, only, { after, limit: BATCH });
      const usages = await usageOf(deps, snapshot, names, toQuery(query));
      yield usages.flatMap((usage) => usageRows(usage, query.groupBy.length > 0));
      const last = names.at(-1);
      if (last === undefined || names.length < BATCH) return;
      after = last;
    }
  } finally {
    await snapshot.close();
  }
}
