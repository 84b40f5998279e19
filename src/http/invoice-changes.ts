import { z } from 'zod';
import { type FinanceDeps, finalize } from '../billing/finalize.ts';
import { voidInvoice } from '../billing/void.ts';
import type { App, AppDeps } from './deps.ts';
import { invoiceSchema, NO_COVERAGE, showInvoice } from './invoice-schemas.ts';
import { valueFrom } from './outcome.ts';
import { problemResponses } from './problem.ts';
import { period, tenantParams, text } from './schemas.ts';

const params = tenantParams.extend({ period });

/** Making invoices final, and taking them back. Contract section 3, Finance. */
export function invoiceChangeRoutes(app: App, deps: AppDeps): void {
  const tags = ['Finance'];
  const config = { scope: 'billing:write' } as const;
  const finance = financeDeps(deps);

  app.post(
    '/v1/tenants/:tenant/invoices/:period/finalize',
    {
      config,
      schema: {
        tags,
        summary: 'Make the invoice of a period final; repeating it returns the same invoice',
        params,
        response: {
          200: invoiceSchema,
          ...problemResponses(
            'invalid-request',
            'period-open',
            'projection-behind',
            'no-subscription',
            'test-tenant',
            'log-unavailable',
          ),
        },
      },
    },
    async ({ params: { tenant, period }, key }) =>
      showInvoice(valueFrom(await finalize(finance, { tenant, period }, key.id)), NO_COVERAGE),
  );

  app.post(
    '/v1/tenants/:tenant/invoices/:period/void',
    {
      config,
      schema: {
        tags,
        summary: 'Take a final invoice back; the period then shows a draft',
        params,
        body: z.strictObject({ reason: text(1, 1024) }),
        response: {
          200: invoiceSchema,
          ...problemResponses('invalid-request', 'not-json', 'not-found', 'already-adjusted'),
        },
      },
    },
    async ({ params: { tenant, period }, body: { reason }, key }) =>
      showInvoice(valueFrom(await voidInvoice(finance, { tenant, period }, reason, key.id)), NO_COVERAGE),
  );
}

function financeDeps({ db, pool, defaultTimeZone, graceHours, clock, freshLogEnds }: AppDeps): FinanceDeps {
  return { db, pool, defaultTimeZone, graceHours, clock, logEnds: freshLogEnds };
}
