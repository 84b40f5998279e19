import { z } from 'zod';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { isoInstant } from '../../domain/instant.ts';
import { type CsvColumn, jsonCell, jsonOrCsv } from '../conventions/csv.ts';
import { pageOf } from '../conventions/page.ts';
import { instantOut, periodOut, showSpan } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { problemResponses } from '../problems/problem.ts';
import { type LineEntry, type Listing, listQuery, sendList } from './invoice-list.ts';
import { instantOrNull, lineSchema, STATUSES, showLine } from './invoice-schemas.ts';

const lineItemSchema = z
  .object({
    tenant: z.string(),
    reference: z.string().nullable(),
    invoice: z.string().nullable().meta({ description: 'Number; null: a draft' }),
    status: z.enum(STATUSES),
    invoicePeriod: periodOut,
    currency: z.string(),
    finalizedAt: instantOut.nullable(),
    voidedAt: instantOut.nullable(),
    changedAt: instantOut
      .nullable()
      .meta({ description: 'Of the last change of the invoice, for `changedAfter`' }),
  })
  .extend(lineSchema.shape)
  .meta({ id: 'LineItem' });

const COLUMNS: readonly CsvColumn<LineEntry>[] = [
  { name: 'tenant', value: ({ invoice }) => invoice.tenant },
  { name: 'reference', value: ({ invoice }) => invoice.reference, text: true },
  { name: 'invoice', value: ({ invoice }) => invoice.number },
  { name: 'status', value: ({ invoice }) => invoice.status },
  { name: 'invoicePeriod', value: ({ invoice }) => invoice.period.id },
  { name: 'currency', value: ({ invoice }) => invoice.currency },
  { name: 'finalizedAt', value: ({ invoice }) => instantOrNull(invoice.finalizedAt) },
  { name: 'voidedAt', value: ({ invoice }) => instantOrNull(invoice.voidedAt) },
  { name: 'id', value: ({ shown }) => shown.id },
  { name: 'code', value: ({ shown }) => shown.code },
  { name: 'description', value: ({ shown }) => shown.description, text: true },
  { name: 'period', value: ({ shown }) => shown.period.id },
  { name: 'periodStart', value: ({ shown }) => isoInstant(shown.period.start) },
  { name: 'periodEnd', value: ({ shown }) => isoInstant(shown.period.end) },
  { name: 'timeZone', value: ({ shown }) => shown.period.timeZone },
  { name: 'quantity', value: ({ shown }) => shown.quantity },
  { name: 'unitPrice', value: ({ shown }) => shown.unitPrice, decimal: true },
  { name: 'amount', value: ({ shown }) => shown.amount, decimal: true },
  {
    name: 'detail',
    value: ({ shown }) => (shown.detail === null ? null : jsonCell(canonicalJson(shown.detail))),
  },
  { name: 'changedAt', value: ({ invoice }) => instantOrNull(invoice.changedAt) },
];

const listing: Listing<LineEntry, z.infer<typeof lineItemSchema>> = {
  name: 'line-items',
  entries: (invoice) => invoice.lines.map((shown, line) => ({ invoice, line, shown })),
  columns: COLUMNS,
  async show({ invoice, shown }) {
    const { tenant, reference, number, status, currency } = invoice;
    return {
      tenant,
      reference,
      invoice: number,
      status,
      invoicePeriod: showSpan(invoice.period),
      currency,
      finalizedAt: instantOrNull(invoice.finalizedAt),
      voidedAt: instantOrNull(invoice.voidedAt),
      changedAt: instantOrNull(invoice.changedAt),
      ...showLine(shown),
    };
  },
};

/** Lines of all tenants' invoices, for an ERP. Contract section 3, Finance. */
export function lineItemRoutes(
  app: App,
  deps: Pick<AppDeps, 'db' | 'slowDb' | 'clock' | 'defaultTimeZone'>,
): void {
  app.get(
    '/v1/line-items',
    {
      config: { scope: 'billing:read', slow: true },
      schema: {
        tags: ['Finance'],
        operationId: 'listLineItems',
        summary: 'Lines of invoices and drafts of all tenants',
        querystring: listQuery,
        response: {
          200: jsonOrCsv(pageOf(lineItemSchema), 'By tenant, period, invoice and line', COLUMNS),
          ...problemResponses('invalid-request', 'invalid-cursor'),
        },
      },
    },
    async (request, reply) => await sendList(deps, request, reply, request.query, listing),
  );
}
