import { z } from 'zod';
import { type DraftInvoice, draftsOf } from '../billing/drafts.ts';
import { type Invoice, slotKey } from '../billing/invoice.ts';
import { billedLineWindows, draftLineWindows, type LineWindow } from '../billing/line-windows.ts';
import { standingInvoice } from '../billing/stored.ts';
import { type ReadSnapshot, readSnapshot } from '../store/read/snapshot.ts';
import type { App, AppDeps } from './deps.ts';
import { decodeCursor, pageOf, pageQuery, toPage } from './page.ts';
import { Problem, problemResponses } from './problem.ts';
import { period, tenantParams } from './schemas.ts';
import { positionSchema, windowItem, windowItemSchema } from './window-item.ts';

const itemSchema = windowItemSchema
  .extend({
    change: z.enum(['added', 'removed']).optional().meta({ description: 'Behind an adjustment only' }),
    cause: z
      .object({ event: z.string(), position: positionSchema })
      .nullable()
      .optional()
      .meta({ description: 'Behind an adjustment only; null: a rebuild under other rules' }),
  })
  .meta({ id: 'LineWindow' });

const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const cursorKey = z.tuple([z.int(), uuid, uuid]);

/** What an invoice line stands for, window by window. */
export function lineWindowRoutes(app: App, deps: AppDeps): void {
  app.get(
    '/v1/tenants/:tenant/invoices/:period/lines/:lineId/windows',
    {
      config: { scope: 'billing:read' },
      schema: {
        tags: ['Finance'],
        summary: 'The windows behind a line, by (openedAt, id); none behind fees, minimum and manual lines',
        params: tenantParams.extend({ period, lineId: z.string() }),
        querystring: z.strictObject(pageQuery),
        response: {
          200: pageOf(itemSchema),
          ...problemResponses('invalid-request', 'invalid-cursor', 'not-found'),
        },
      },
    },
    async ({ params: { tenant, period, lineId }, query: { limit, cursor } }) => {
      const [openedAt, conversation, opener] = cursor === undefined ? [] : decodeCursor(cursor, cursorKey);
      const after =
        openedAt === undefined || conversation === undefined || opener === undefined
          ? null
          : { openedAt, conversation, opener };
      const page = { after, limit: limit + 1 };
      return await readSnapshot(deps.db, async (snapshot) => {
        const standing = await standingInvoice(snapshot.db, tenant, period);
        if (standing !== null) requireLine(standing, lineId);
        const rows =
          standing === null
            ? await draftLineWindows(
                snapshot,
                await draftWith(snapshot, deps, tenant, period, lineId),
                lineId,
                page,
              )
            : await billedLineWindows(snapshot.db, standing.key ?? 0, lineId, page);
        return toPage(rows, limit, showWindow, (row) => [row.openedAt, row.conversation, row.opener]);
      });
    },
  );
}

async function draftWith(
  snapshot: ReadSnapshot,
  { defaultTimeZone }: AppDeps,
  tenant: string,
  period: string,
  lineId: string,
): Promise<DraftInvoice> {
  const slot = { tenant, period };
  const draft = (await draftsOf(snapshot, [slot], defaultTimeZone)).get(slotKey(slot));
  if (draft === undefined)
    throw new Problem('no-subscription', `${tenant} has no plan in ${period}.`, { status: 404 });
  requireLine(draft.invoice, lineId);
  return draft;
}

function requireLine({ lines, period }: Invoice, lineId: string): void {
  if (lines.every(({ id }) => id !== lineId))
    throw new Problem('not-found', `The invoice of ${period.id} has no line ${lineId}.`);
}

function showWindow({ change, cause, ...window }: LineWindow): z.infer<typeof itemSchema> {
  const item = windowItem(window);
  if (change === null) return item;
  if (cause === null) return { ...item, change, cause: null };
  const { event, partition, offset } = cause;
  return { ...item, change, cause: { event, position: { partition, offset } } };
}
