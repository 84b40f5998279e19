import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type DraftInvoice, draftsOf } from '../../billing/drafts.ts';
import { type Invoice, slotKey } from '../../billing/invoice.ts';
import {
  billedLineReader,
  draftLineReader,
  type LineReader,
  type LineWindow,
  openLineWindows,
} from '../../billing/line-windows.ts';
import { standingInvoice } from '../../billing/made-invoices.ts';
import { say } from '../../domain/sentences.ts';
import { openSnapshot, type ReadSnapshot, readSnapshot } from '../../projection/read/snapshot.ts';
import type { WindowKey } from '../../projection/read/windows.ts';
import { period } from '../../schemas.ts';
import { type CsvColumn, jsonOrCsv, sendCsv, tableQuery, wantsCsv } from '../conventions/csv.ts';
import { decodeCursor, pageOf, pageQuery, toPage } from '../conventions/page.ts';
import { positionSchema, tenantParams } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { Problem, problemResponses } from '../problems/problem.ts';
import { WINDOW_COLUMNS, windowItem, windowItemSchema } from '../windows/window-item.ts';
import { invoiceOf, numberParams } from './invoices.ts';

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

type Item = z.infer<typeof itemSchema>;

const COLUMNS: readonly CsvColumn<Item>[] = [
  ...WINDOW_COLUMNS,
  { name: 'change', value: ({ change }) => change ?? null },
  { name: 'causeEvent', value: ({ cause }) => cause?.event ?? null, text: true },
  { name: 'causePartition', value: ({ cause }) => cause?.position.partition ?? null },
  { name: 'causeOffset', value: ({ cause }) => cause?.position.offset ?? null },
];

const uuid = z.string().regex(/^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/);
const cursorKey = z.tuple([z.int(), uuid, uuid]);

type Deps = Pick<AppDeps, 'db' | 'slowDb' | 'defaultTimeZone' | 'unsealing'>;

const lineId = z
  .string()
  .meta({ description: 'Of the line, as the invoice shows it', example: 'receptive.overage:1' });
const querystring = z.strictObject({ ...pageQuery, ...tableQuery });
const config = { scope: 'billing:read', slow: true } as const;
const described = {
  tags: ['Finance'],
  querystring,
  response: {
    200: jsonOrCsv(pageOf(itemSchema), 'By (openedAt, id)', COLUMNS),
    ...problemResponses('invalid-request', 'invalid-cursor', 'not-found'),
  },
};

/** What an invoice line stands for, window by window. */
export function lineWindowRoutes(app: App, deps: Deps): void {
  app.get(
    '/v1/tenants/:tenant/invoices/:period/lines/:lineId/windows',
    {
      config,
      schema: {
        ...described,
        operationId: 'listLineWindows',
        summary: 'The windows behind a line, by (openedAt, id); none behind fees, minimum and manual lines',
        params: tenantParams.extend({ period, lineId }),
      },
    },
    async (request, reply) => {
      const { tenant, period, lineId: line } = request.params;
      return await sendWindows(deps, request, reply, {
        name: ['windows', tenant, period, line],
        tenant,
        reader: (snapshot) => readerOf(snapshot, deps, { tenant, period, lineId: line }),
      });
    },
  );

  app.get(
    '/v1/invoices/:number/lines/:lineId/windows',
    {
      config,
      schema: {
        ...described,
        operationId: 'listInvoiceLineWindows',
        summary: 'The windows behind a line of an invoice that was made, voided or not',
        params: numberParams.extend({ lineId }),
      },
    },
    async (request, reply) => {
      const { number, lineId: line } = request.params;
      const invoice = await invoiceOf(deps, number, request.key);
      requireLine(invoice, line);
      return await sendWindows(deps, request, reply, {
        name: ['windows', number, line],
        tenant: invoice.tenant,
        reader: async ({ db }) => billedReader(db, invoice, line),
      });
    },
  );
}

interface LineTable {
  /** Parts of the file's name. */
  name: string[];
  tenant: string;
  reader(snapshot: ReadSnapshot): Promise<LineReader>;
}

async function sendWindows(
  deps: Deps,
  request: FastifyRequest,
  reply: FastifyReply,
  { name, tenant, reader }: LineTable,
) {
  reply.header('vary', 'accept');
  const { limit, cursor } = request.query as z.infer<typeof querystring>;
  const after = cursor === undefined ? null : keyOf(decodeCursor(cursor, cursorKey));
  if (wantsCsv(request))
    return await sendCsv(deps, request, reply, {
      name: name.join('-').replaceAll(':', '-'),
      tenant,
      columns: COLUMNS,
      batches: allWindows(deps, reader),
    });
  return await readSnapshot(deps.slowDb, async (snapshot) => {
    const read = await reader(snapshot);
    const rows = await openLineWindows(
      snapshot,
      deps.unsealing,
      await read.page({ after, limit: limit + 1 }),
    );
    return toPage(rows, limit, showWindow, (row) => [row.openedAt, row.conversation, row.opener]);
  });
}

function billedReader(db: AppDeps['db'], { key }: Invoice, line: string): LineReader {
  return billedLineReader(db, key ?? 0, line);
}

interface Line {
  tenant: string;
  period: string;
  lineId: string;
}

function keyOf([openedAt, conversation, opener]: z.infer<typeof cursorKey>): WindowKey {
  return { openedAt, conversation, opener };
}

async function* allWindows(deps: Deps, reader: LineTable['reader']): AsyncGenerator<Item[]> {
  const snapshot = await openSnapshot(deps.slowDb);
  try {
    const read = await reader(snapshot);
    for await (const rows of read.all())
      yield (await openLineWindows(snapshot, deps.unsealing, rows)).map(showWindow);
  } finally {
    await snapshot.close();
  }
}

/** Reads the windows of a line page by page. Throws the problems `not-found` and `no-subscription` (404). */
async function readerOf(
  snapshot: ReadSnapshot,
  deps: Pick<AppDeps, 'defaultTimeZone' | 'unsealing'>,
  { tenant, period, lineId }: Line,
): Promise<LineReader> {
  const standing = await standingInvoice(snapshot.db, tenant, period);
  if (standing !== null) {
    requireLine(standing, lineId);
    return billedReader(snapshot.db, standing, lineId);
  }
  const draft = await draftWith(snapshot, deps, { tenant, period, lineId });
  return draftLineReader(snapshot, draft, lineId, deps.unsealing);
}

async function draftWith(
  snapshot: ReadSnapshot,
  { defaultTimeZone }: Pick<AppDeps, 'defaultTimeZone'>,
  { tenant, period, lineId }: Line,
): Promise<DraftInvoice> {
  const slot = { tenant, period };
  const draft = (await draftsOf(snapshot, [slot], defaultTimeZone)).get(slotKey(slot));
  if (draft === undefined)
    throw new Problem('no-subscription', say('{tenant} has no plan in {period}.', { tenant, period }), {
      status: 404,
    });
  requireLine(draft.invoice, lineId);
  return draft;
}

function requireLine({ lines, period }: Invoice, lineId: string): void {
  if (lines.every(({ id }) => id !== lineId))
    throw new Problem(
      'not-found',
      say('The invoice of {period} has no line {lineId}.', { period: period.id, lineId }),
    );
}

function showWindow({ change, cause, ...window }: LineWindow): Item {
  const item = windowItem(window);
  if (change === null) return item;
  if (cause === null) return { ...item, change, cause: null };
  const { event, partition, offset } = cause;
  return { ...item, change, cause: { event, position: { partition, offset } } };
}
