import { z } from 'zod';
import { deleteManualLine, putManualLine } from '../../billing/change-manual-lines.ts';
import { findManualLine, listManualLines } from '../../billing/manual-lines.ts';
import { say } from '../../domain/sentences.ts';
import { customerRefused } from '../../keys/rights.ts';
import { period, text, token } from '../../schemas.ts';
import { decodeCursor, pageOf, pageQuery, toPage } from '../conventions/page.ts';
import { tenantParams } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { Problem, problemResponses, throwRefused, valueFrom } from '../problems/problem.ts';

const manualLine = {
  period,
  description: text(1, 256),
  amount: z.string().meta({ description: 'Negative: a credit', example: '-20.00' }),
  reason: text(1, 1024),
};
const lineId = token.meta({
  description: 'Chosen by who enters it; its line on the invoice is `manual:<id>`',
});
const manualLineSchema = z
  .object({
    id: lineId,
    ...manualLine,
  })
  .meta({ id: 'ManualLine' });
const lineParams = tenantParams.extend({ id: lineId });
const cursorKey = z.tuple([z.string()]);

const tags = ['Finance'];
const url = '/v1/tenants/:tenant/manual-lines/:id';

/** Credits and charges that people put on an invoice. Contract section 3, Finance. */
export function manualLineRoutes(
  app: App,
  deps: Pick<AppDeps, 'db' | 'financePool' | 'clock' | 'defaultTimeZone'>,
): void {
  changeRoutes(app, deps);
  readRoutes(app, deps);
}

function changeRoutes(
  app: App,
  { financePool, clock, defaultTimeZone }: Pick<AppDeps, 'financePool' | 'clock' | 'defaultTimeZone'>,
): void {
  app.put(
    url,
    {
      config: { scope: 'billing:write' },
      schema: {
        tags,
        operationId: 'putManualLine',
        summary: "Put a credit or charge on a period's invoice, once however often it is sent",
        params: lineParams,
        body: z.strictObject(manualLine).meta({
          id: 'ManualLineContent',
          examples: [{ period: '2026-11', description: 'Goodwill', amount: '-20.00', reason: 'Ticket 4711' }],
        }),
        response: {
          200: manualLineSchema,
          201: manualLineSchema,
          ...problemResponses(
            'invalid-request',
            'not-json',
            'conflict',
            'period-final',
            'no-subscription',
            'too-many-manual-lines',
          ),
        },
      },
    },
    async ({ params: { tenant, id }, body, key }, reply) => {
      throwRefused(customerRefused(key, say('Manual lines')));
      const author = { actor: key.id, at: clock() };
      const { line, created } = valueFrom(
        await putManualLine(financePool, tenant, { id, ...body }, defaultTimeZone, author),
      );
      return reply.code(created ? 201 : 200).send(line);
    },
  );

  app.delete(
    url,
    {
      config: { scope: 'billing:write' },
      schema: {
        tags,
        operationId: 'deleteManualLine',
        summary: 'Take a manual line back while its period is not final',
        params: lineParams,
        response: {
          204: z.undefined().describe('Taken back'),
          ...problemResponses('invalid-request', 'not-found', 'period-final'),
        },
      },
    },
    async ({ params: { tenant, id }, key }, reply) => {
      throwRefused(customerRefused(key, say('Manual lines')));
      valueFrom(await deleteManualLine(financePool, tenant, id, { actor: key.id, at: clock() }));
      return reply.code(204).send();
    },
  );
}

function readRoutes(app: App, { db }: Pick<AppDeps, 'db'>): void {
  app.get(
    url,
    {
      config: { scope: 'billing:read' },
      schema: {
        tags,
        operationId: 'getManualLine',
        summary: 'One manual line',
        params: lineParams,
        response: { 200: manualLineSchema, ...problemResponses('invalid-request', 'not-found') },
      },
    },
    async ({ params: { tenant, id } }) => {
      const line = await findManualLine(db, tenant, id);
      if (line === null)
        throw new Problem('not-found', say('{tenant} has no manual line {id}.', { tenant, id }));
      return line;
    },
  );

  app.get(
    '/v1/tenants/:tenant/manual-lines',
    {
      config: { scope: 'billing:read' },
      schema: {
        tags,
        operationId: 'listManualLines',
        summary: 'Manual lines of a tenant, by id',
        params: tenantParams,
        querystring: z.strictObject({
          period: period.optional().meta({ description: 'Only those on its invoice' }),
          ...pageQuery,
        }),
        response: {
          200: pageOf(manualLineSchema),
          ...problemResponses('invalid-request', 'invalid-cursor'),
        },
      },
    },
    async ({ params: { tenant }, query: { period = null, limit, cursor } }) => {
      const [after] = cursor === undefined ? [''] : decodeCursor(cursor, cursorKey);
      const lines = await listManualLines(db, tenant, period, { after, limit: limit + 1 });
      return toPage(
        lines,
        limit,
        (line) => line,
        ({ id }) => [id],
      );
    },
  );
}
