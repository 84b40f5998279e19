import { z } from 'zod';
import type { Calendar } from '../../domain/period.ts';
import { openWindows } from '../../projection/read/opened.ts';
import { conversationsWith } from '../../projection/read/parties.ts';
import { openSnapshot, type ReadSnapshot, readSnapshot } from '../../projection/read/snapshot.ts';
import {
  listWindows,
  type StoredWindow,
  type WindowFilter,
  type WindowKey,
} from '../../projection/read/windows.ts';
import { day, period, token } from '../../schemas.ts';
import { tenantSettings } from '../../store/tenants.ts';
import { jsonOrCsv, sendCsv, tableQuery, wantsCsv } from '../conventions/csv.ts';
import { decodeCursor, pageOf, pageQuery, toPage } from '../conventions/page.ts';
import { originIn, partyQuery, requireParty, tenantParams } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { problemResponses } from '../problems/problem.ts';
import { WINDOW_COLUMNS, type WindowItem, windowItem, windowItemSchema } from './window-item.ts';

const filterQuery = {
  period: period.optional().meta({ description: 'Only windows of this period; default: all' }),
  day: day.optional().meta({ description: "Only windows of this day by the tenant's calendar" }),
  kind: z.enum(['receptive', 'active']).optional(),
  ...partyQuery,
  campaign: token.optional(),
  origin: originIn.optional(),
};

const uuid = z.string().regex(/^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/);
const cursorKey = z.tuple([z.int(), uuid, uuid]);
/** Windows per query of a CSV stream. */
const BATCH = 2_000;

type Deps = Pick<AppDeps, 'db' | 'slowDb' | 'defaultTimeZone' | 'sealing' | 'unsealing'>;

/** Windows of a tenant. Contract section 3, "Windows, events, explanations". */
export function windowRoutes(app: App, deps: Deps): void {
  app.get(
    '/v1/tenants/:tenant/windows',
    {
      config: { scope: 'usage:read' },
      schema: {
        tags: ['Windows'],
        operationId: 'listWindows',
        summary: 'List windows by (openedAt, id)',
        params: tenantParams,
        querystring: z.strictObject({ ...filterQuery, ...pageQuery, ...tableQuery }),
        response: {
          200: jsonOrCsv(pageOf(windowItemSchema), 'By (openedAt, id)', WINDOW_COLUMNS),
          ...problemResponses('invalid-request', 'invalid-cursor'),
        },
      },
    },
    async (request, reply) => {
      const { query, params } = request;
      requireParty(query);
      const { limit, cursor } = query;
      const after = cursor === undefined ? null : keyOf(decodeCursor(cursor, cursorKey));
      reply.header('vary', 'accept');
      if (wantsCsv(request)) {
        const name = ['windows', params.tenant, query.day ?? query.period].filter(Boolean).join('-');
        return await sendCsv(deps, request, reply, {
          name,
          tenant: params.tenant,
          columns: WINDOW_COLUMNS,
          batches: allWindows(deps, params.tenant, query),
        });
      }
      const rows = await readSnapshot(
        deps.db,
        async (snapshot) => {
          const filter = await filterOf(deps, snapshot, params.tenant, query);
          const windows = await listWindows(snapshot, filter, after, limit + 1);
          return await openWindows(snapshot, deps.unsealing, windows);
        },
        // By contact it is quicker to find the conversations first, and to sort their few windows.
        query.contact === undefined ? { byIndex: true } : {},
      );
      return toPage(rows, limit, windowItem, (row) => [row.openedAt, row.conversation, row.opener]);
    },
  );
}

function keyOf([openedAt, conversation, opener]: z.infer<typeof cursorKey>): WindowKey {
  return { openedAt, conversation, opener };
}

type Filter = Omit<WindowFilter, 'tenant' | 'opened' | 'conversations'> & {
  period?: string | undefined;
  day?: string | undefined;
  contact?: string | undefined;
};

async function filterOf(
  { defaultTimeZone, sealing: { hashes } }: Pick<AppDeps, 'defaultTimeZone' | 'sealing'>,
  snapshot: ReadSnapshot,
  tenant: string,
  { period, day, kind, channel, account, contact, campaign, origin }: Filter,
): Promise<WindowFilter> {
  const conversations =
    contact === undefined
      ? undefined
      : await conversationsWith(snapshot, hashes, { tenant, channel, contact });
  const filter = { tenant, kind, channel, account, conversations, campaign, origin };
  if (period === undefined && day === undefined) return { ...filter, opened: null };
  const calendar = (await tenantSettings(snapshot.db, [tenant], defaultTimeZone)).get(tenant)?.calendar;
  if (calendar === undefined) throw new Error('a tenant without settings');
  return { ...filter, opened: openedIn(calendar, { period, day }) };
}

/** A day of another period than the one asked for has no windows, nor has a day that the zone skipped. */
function openedIn(
  calendar: Calendar,
  { period, day }: Pick<Filter, 'period' | 'day'>,
): WindowFilter['opened'] {
  if (day === undefined) return period === undefined ? null : calendar.boundsOf(period);
  const isInPeriod = period === undefined || day.startsWith(period);
  return (isInPeriod ? calendar.dayBounds(day) : null) ?? { start: 0, end: 0 };
}

async function* allWindows(deps: Deps, tenant: string, query: Filter): AsyncGenerator<WindowItem[]> {
  const snapshot = await openSnapshot(deps.slowDb, { byIndex: true });
  try {
    const filter = await filterOf(deps, snapshot, tenant, query);
    let rows: StoredWindow[];
    let last: StoredWindow | null = null;
    do {
      rows = await listWindows(snapshot, filter, last, BATCH);
      yield (await openWindows(snapshot, deps.unsealing, rows)).map(windowItem);
      last = rows.at(-1) ?? null;
    } while (rows.length === BATCH);
  } finally {
    await snapshot.close();
  }
}
