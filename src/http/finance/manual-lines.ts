import { z } from 'zod';
import { addManualLine } from '../../billing/add-manual-line.ts';
import { period, text } from '../../schemas.ts';
import { tenantParams } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { problemResponses, valueFrom } from '../problems/problem.ts';

const manualLine = {
  period,
  description: text(1, 256),
  amount: z.string().meta({ description: 'Negative: a credit', example: '-20.00' }),
  reason: text(1, 1024),
};

/** Credits and charges that people put on an invoice. Contract section 3, Finance. */
export function manualLineRoutes(
  app: App,
  { db, clock, defaultTimeZone }: Pick<AppDeps, 'db' | 'clock' | 'defaultTimeZone'>,
): void {
  app.post(
    '/v1/tenants/:tenant/manual-lines',
    {
      config: { scope: 'billing:write' },
      schema: {
        tags: ['Finance'],
        operationId: 'addManualLine',
        summary: "Put a credit or charge on a period's invoice",
        params: tenantParams,
        body: z.strictObject(manualLine).meta({
          id: 'NewManualLine',
          examples: [{ period: '2026-11', description: 'Goodwill', amount: '-20.00', reason: 'Ticket 4711' }],
        }),
        response: {
          201: z
            .object({ id: z.string().meta({ description: 'Id of its line on the invoice' }), ...manualLine })
            .meta({ id: 'ManualLine' }),
          ...problemResponses('invalid-request', 'not-json', 'period-final', 'no-subscription'),
        },
      },
    },
    async ({ params: { tenant }, body, key }, reply) => {
      const author = { actor: key.id, at: clock() };
      const line = valueFrom(await addManualLine(db, tenant, body, defaultTimeZone, author));
      return reply.code(201).send(line);
    },
  );
}
