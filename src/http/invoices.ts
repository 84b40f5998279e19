import { z } from 'zod';
import { draftsOf } from '../billing/drafts.ts';
import { slotKey } from '../billing/invoice.ts';
import { numberedInvoice, standingInvoice } from '../billing/stored.ts';
import { type ReadSnapshot, readSnapshot } from '../store/read/snapshot.ts';
import { asOf } from './as-of.ts';
import { requireTenant } from './auth.ts';
import { afterQuery } from './counted.ts';
import type { App, AppDeps } from './deps.ts';
import { invoiceSchema, NO_COVERAGE, showInvoice } from './invoice-schemas.ts';
import { Problem, problemResponses } from './problem.ts';
import { period, tenantParams } from './schemas.ts';

const invoiceParams = tenantParams.extend({ period });

/** Single invoices. Contract section 3, Finance. */
export function invoiceRoutes(app: App, deps: AppDeps): void {
  const tags = ['Finance'];
  const config = { scope: 'billing:read' } as const;

  app.get(
    '/v1/tenants/:tenant/invoices/:period',
    {
      config,
      schema: {
        tags,
        summary: 'The invoice of a period: the standing one, or a draft computed now',
        params: invoiceParams,
        querystring: z.strictObject(afterQuery),
        response: {
          200: invoiceSchema,
          ...problemResponses('invalid-request', 'invalid-receipt', 'not-found', 'not-yet-counted'),
        },
      },
    },
    async ({ params: { tenant, period } }) =>
      await readSnapshot(deps.db, async (snapshot) => {
        const invoice = await invoiceIn(snapshot, deps, tenant, period);
        return showInvoice(invoice, await asOf(snapshot, deps));
      }),
  );

  app.get(
    '/v1/invoices/:number',
    {
      config,
      schema: {
        tags,
        summary: 'An invoice by its number, voided or not',
        params: z.object({ number: z.string() }),
        response: { 200: invoiceSchema, ...problemResponses('invalid-request', 'not-found') },
      },
    },
    async ({ params: { number }, key }) => {
      const invoice = await numberedInvoice(deps.db, number);
      if (invoice === null) throw new Problem('not-found', `There is no invoice ${number}.`);
      requireTenant(key, invoice.tenant);
      return showInvoice(invoice, NO_COVERAGE);
    },
  );
}

/** Throws the problem `no-subscription` (404). */
async function invoiceIn(snapshot: ReadSnapshot, deps: AppDeps, tenant: string, period: string) {
  const standing = await standingInvoice(snapshot.db, tenant, period);
  if (standing !== null) return standing;
  const slot = { tenant, period };
  const draft = (await draftsOf(snapshot, [slot], deps.defaultTimeZone)).get(slotKey(slot));
  if (draft !== undefined) return draft.invoice;
  throw new Problem('no-subscription', `${tenant} has no plan in ${period}.`, { status: 404 });
}
