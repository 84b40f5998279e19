import { z } from 'zod';
import { draftsOf } from '../../billing/drafts.ts';
import { finalize } from '../../billing/finalize/finalize.ts';
import type { FinanceDeps } from '../../billing/finalize/make-invoices.ts';
import { voidInvoice } from '../../billing/finalize/void.ts';
import { type Invoice, slotKey } from '../../billing/invoice.ts';
import { numberedInvoice, standingInvoice } from '../../billing/made-invoices.ts';
import { noteOnInvoice } from '../../billing/note-on-invoice.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { isoInstant } from '../../domain/instant.ts';
import { say } from '../../domain/sentences.ts';
import { metadataFlaw } from '../../intake/event-fields.ts';
import { customerRefused, type Key, mayTouch } from '../../keys/rights.ts';
import { createPositionWaiter } from '../../projection/read/position-waiter.ts';
import { type ReadSnapshot, readSnapshot } from '../../projection/read/snapshot.ts';
import { liveNextOffsets } from '../../projection/tables/positions.ts';
import { period, text } from '../../schemas.ts';
import { type AsOf, asOf } from '../conventions/as-of.ts';
import { type CsvColumn, jsonCell, jsonOrCsv } from '../conventions/csv.ts';
import { pageOf } from '../conventions/page.ts';
import { tenantParams } from '../conventions/schemas.ts';
import { waitingEnds } from '../conventions/wait-for-receipts.ts';
import type { App, AppDeps } from '../deps.ts';
import { Problem, problemResponses, throwRefused, valueFrom } from '../problems/problem.ts';
import { type Entry, type Listing, listQuery, ownListQuery, sendList } from './invoice-list.ts';
import {
  type InvoiceOut,
  instantOrNull,
  invoiceSchema,
  metadata,
  showDraft,
  showMade,
} from './invoice-schemas.ts';

export const numberParams = z.object({
  number: z.string().meta({ description: 'Of the invoice', example: '2026-000123' }),
});
const invoiceParams = tenantParams.extend({ period });

const COLUMNS: readonly CsvColumn<Entry>[] = [
  { name: 'number', value: ({ invoice }) => invoice.number },
  { name: 'tenant', value: ({ invoice }) => invoice.tenant },
  { name: 'reference', value: ({ invoice }) => invoice.reference, text: true },
  { name: 'period', value: ({ invoice }) => invoice.period.id },
  { name: 'periodStart', value: ({ invoice }) => isoInstant(invoice.period.start) },
  { name: 'periodEnd', value: ({ invoice }) => isoInstant(invoice.period.end) },
  { name: 'timeZone', value: ({ invoice }) => invoice.period.timeZone },
  { name: 'status', value: ({ invoice }) => invoice.status },
  { name: 'currency', value: ({ invoice }) => invoice.currency },
  { name: 'plan', value: ({ invoice }) => invoice.plan?.id ?? null },
  { name: 'planFrom', value: ({ invoice }) => invoice.plan?.from ?? null },
  { name: 'total', value: ({ invoice }) => invoice.total, decimal: true },
  { name: 'finalizedAt', value: ({ invoice }) => instantOrNull(invoice.finalizedAt) },
  { name: 'voidedAt', value: ({ invoice }) => instantOrNull(invoice.voidedAt) },
  { name: 'voidReason', value: ({ invoice }) => invoice.voidReason, text: true },
  { name: 'replaces', value: ({ invoice }) => invoice.replaces },
  { name: 'digest', value: ({ invoice }) => invoice.digest },
  { name: 'billTo', value: ({ invoice }) => invoice.billTo && jsonCell(canonicalJson(invoice.billTo)) },
  { name: 'issueDate', value: ({ invoice }) => invoice.issueDate },
  { name: 'dueDate', value: ({ invoice }) => invoice.dueDate },
  { name: 'metadata', value: ({ invoice }) => jsonCell(canonicalJson(invoice.metadata)) },
  { name: 'changedAt', value: ({ invoice }) => instantOrNull(invoice.changedAt) },
];

const tags = ['Finance'];

const config = { scope: 'billing:read' } as const;
type Deps = Pick<AppDeps, 'db' | 'slowDb' | 'clock' | 'defaultTimeZone' | 'partitions' | 'logEnds'>;

/** Single invoices, and all of them. Contract section 3, Finance. */
export function invoiceRoutes(app: App, deps: Deps): void {
  invoiceRoute(app, deps);
  invoiceListRoutes(app, deps);
  numberedInvoiceRoute(app, deps);
}

function invoiceRoute(app: App, deps: Deps): void {
  app.get(
    '/v1/tenants/:tenant/invoices/:period',
    {
      config,
      schema: {
        tags,
        operationId: 'getInvoice',
        summary: 'The invoice of a period: the standing one, or a draft computed now',
        params: invoiceParams,
        response: {
          200: invoiceSchema,
          ...problemResponses('invalid-request', 'not-found'),
        },
      },
    },
    async ({ params: { tenant, period } }) =>
      await readSnapshot(deps.db, async (snapshot) => {
        const invoice = await invoiceIn(snapshot, deps, tenant, period);
        return invoice.key === null
          ? showDraft(invoice, await asOf(snapshot, deps), deps.clock())
          : showMade(invoice);
      }),
  );
}

function invoiceListRoutes(app: App, deps: Deps): void {
  const covered = new WeakMap<ReadSnapshot, Promise<AsOf>>();
  const listing: Listing<Entry, InvoiceOut> = {
    name: 'invoices',
    entries: (invoice) => [{ invoice, line: -1 }],
    columns: COLUMNS,
    show: async ({ invoice }, snapshot) => {
      if (invoice.key !== null) return showMade(invoice);
      const now = covered.get(snapshot) ?? asOf(snapshot, deps);
      covered.set(snapshot, now);
      return showDraft(invoice, await now, deps.clock());
    },
  };

  app.get(
    '/v1/invoices',
    {
      config: { ...config, slow: true },
      schema: {
        tags,
        operationId: 'listInvoices',
        summary: 'Invoices and drafts of all tenants',
        querystring: listQuery,
        response: {
          200: jsonOrCsv(pageOf(invoiceSchema), 'By tenant and period', COLUMNS),
          ...problemResponses('invalid-request', 'invalid-cursor'),
        },
      },
    },
    async (request, reply) => await sendList(deps, request, reply, request.query, listing),
  );

  app.get(
    '/v1/tenants/:tenant/invoices',
    {
      config: { ...config, slow: true },
      schema: {
        tags,
        operationId: 'listTenantInvoices',
        summary: 'Invoices and drafts of a tenant',
        params: tenantParams,
        querystring: ownListQuery,
        response: {
          200: jsonOrCsv(pageOf(invoiceSchema), 'By period', COLUMNS),
          ...problemResponses('invalid-request', 'invalid-cursor'),
        },
      },
    },
    async (request, reply) =>
      await sendList(deps, request, reply, { ...request.query, ...request.params }, listing),
  );
}

function numberedInvoiceRoute(app: App, deps: Pick<AppDeps, 'db'>): void {
  app.get(
    '/v1/invoices/:number',
    {
      config: { scope: 'billing:read' },
      schema: {
        tags,
        operationId: 'getInvoiceByNumber',
        summary: 'An invoice by its number, voided or not',
        params: numberParams,
        response: { 200: invoiceSchema, ...problemResponses('invalid-request', 'not-found') },
      },
    },
    async ({ params: { number }, key }) => showMade(await invoiceOf(deps, number, key)),
  );
}

/** Throws the problem `no-subscription` (404). */
async function invoiceIn(
  snapshot: ReadSnapshot,
  { defaultTimeZone }: Pick<AppDeps, 'defaultTimeZone'>,
  tenant: string,
  period: string,
) {
  const standing = await standingInvoice(snapshot.db, tenant, period);
  if (standing !== null) return standing;
  const slot = { tenant, period };
  const draft = (await draftsOf(snapshot, [slot], defaultTimeZone)).get(slotKey(slot));
  if (draft !== undefined) return draft.invoice;
  throw new Problem('no-subscription', say('{tenant} has no plan in {period}.', { tenant, period }), {
    status: 404,
  });
}

const params = tenantParams.extend({ period });

const finalizeRequest = z
  .strictObject({
    expectedTotal: z
      .string()
      .optional()
      .meta({ description: 'Total that was reviewed: with another one nothing is made final' }),
    expectedDigest: z
      .string()
      .regex(/^[0-9a-f]{64}$/, say('must be a SHA-256 in lower-case hex'))
      .optional()
      .meta({
        description: 'Digest of the windows that were reviewed: with another one nothing is made final',
      }),
  })
  .meta({ id: 'InvoiceExpectation', examples: [{ expectedTotal: '199.75' }] });

/** Making invoices final, and taking them back. Contract section 3, Finance. */
export function invoiceChangeRoutes(app: App, deps: Omit<FinanceDeps, 'waiter'>): void {
  const config = { scope: 'billing:write' } as const;
  const waiter = createPositionWaiter(() => liveNextOffsets(deps.db));
  const finance: FinanceDeps = { ...deps, waiter };
  const ends = waitingEnds(app);

  app.post(
    '/v1/tenants/:tenant/invoices/:period/finalize',
    {
      config,
      schema: {
        tags,
        operationId: 'finalizeInvoice',
        summary: 'Make the invoice of a period final; repeating it returns the same invoice',
        description:
          'Waits, up to 10 s, until everything is counted that the log held at the request, so that other traffic cannot keep it from ending.',
        params,
        body: finalizeRequest.nullish(),
        response: {
          200: invoiceSchema,
          ...problemResponses(
            'invalid-request',
            'not-json',
            'changed',
            'period-open',
            'projection-behind',
            'no-subscription',
            'test-tenant',
            'clock-behind',
            'conflict',
            'log-unavailable',
          ),
        },
      },
    },
    async ({ params: { tenant, period }, body, key }, reply) => {
      throwRefused(customerRefused(key, say('Final invoices')));
      const expected = { total: body?.expectedTotal, digest: body?.expectedDigest };
      const request = { actor: key.id, expected, signal: ends.signal(reply) };
      const made = await finalize(finance, { tenant, period }, request);
      if (!made.ok && made.refusal.problem === 'projection-behind') ends.throwIfStopping();
      return showMade(valueFrom(made));
    },
  );

  app.post(
    '/v1/invoices/:number/void',
    {
      config,
      schema: {
        tags,
        operationId: 'voidInvoice',
        summary: 'Take a final invoice back; its period then shows a draft. Repeating it changes nothing',
        params: numberParams,
        body: z
          .strictObject({ reason: text(1, 1024) })
          .meta({ id: 'InvoiceVoid', examples: [{ reason: 'Wrong reference' }] }),
        response: {
          200: invoiceSchema,
          ...problemResponses(
            'invalid-request',
            'not-json',
            'not-found',
            'already-adjusted',
            'credit-used',
            'clock-behind',
          ),
        },
      },
    },
    async ({ params: { number }, body: { reason }, key }) => {
      throwRefused(customerRefused(key, say('Final invoices')));
      const { tenant } = await invoiceOf(deps, number, key);
      return showMade(valueFrom(await voidInvoice(finance, { tenant, number }, reason, key.id)));
    },
  );
}

/** What other systems note on invoices. */
export function invoiceNoteRoutes(app: App, deps: Pick<AppDeps, 'db' | 'financePool' | 'clock'>): void {
  app.patch(
    '/v1/invoices/:number',
    {
      config: { scope: 'billing:write' },
      schema: {
        tags,
        operationId: 'noteOnInvoice',
        summary: 'Note something on an invoice, final or void: an NFS-e, a boleto, that it was paid',
        description:
          'Members of `metadata` are set, null takes one away, those left out stay; at most 4 KiB in all. Counts as a change for `changedAfter`. A key limited to tenants needs `billing:admin` too: whether it was paid is not for a customer to say.',
        params: numberParams,
        body: z
          .strictObject({
            metadata: metadata.refine(
              (value) => metadataFlaw(value) === null,
              say('must be an object of at most 4096 bytes as compact JSON'),
            ),
          })
          .meta({ id: 'InvoiceNote', examples: [{ metadata: { nfse: '2026/4711', paid: true } }] }),
        response: { 200: invoiceSchema, ...problemResponses('invalid-request', 'not-json', 'not-found') },
      },
    },
    async ({ params: { number }, body, key }) => {
      throwRefused(customerRefused(key, say('Notes on invoices')));
      const { tenant } = await invoiceOf(deps, number, key);
      const author = { actor: key.id, at: deps.clock() };
      const noted = await noteOnInvoice(deps.financePool, { tenant, number }, body.metadata, author);
      return showMade(valueFrom(noted));
    },
  );
}

/** Throws the problem `not-found`: whose a number is, if anybody's, is nobody else's business. */
export async function invoiceOf({ db }: Pick<AppDeps, 'db'>, number: string, key: Key): Promise<Invoice> {
  const invoice = await numberedInvoice(db, number);
  if (invoice === null || !mayTouch(key, invoice.tenant))
    throw new Problem('not-found', say('There is no invoice {number}.', { number }));
  return invoice;
}
