/** Making a month final for many tenants. Contract section 3, Finance. */

import { z } from 'zod';
import {
  cancelRun,
  findRun,
  type InvoiceRun,
  listRuns,
  type RunTenant,
  runTenants,
  startRun,
  waitingIn,
} from '../../billing/runs/runs.ts';
import { isoInstant } from '../../domain/instant.ts';
import { say } from '../../domain/sentences.ts';
import { customerRefused, type Key, tenantRefused, tenantsOf } from '../../keys/rights.ts';
import { period, token } from '../../schemas.ts';
import { decodeCursor, nextCursor, pageOf, pageQuery, toPage } from '../conventions/page.ts';
import { instantOut, madeAt } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { Problem, problemResponses, throwRefused, valueFrom } from '../problems/problem.ts';
import { PROBLEM_TYPES, type ProblemName, problemUri } from '../problems/problem-types.ts';
import { instantOrNull } from './invoice-schemas.ts';

const LARGEST_ID = 2_147_483_647;
const MOST_TENANTS = 10_000;

const runRequest = z
  .strictObject({
    period,
    tenants: z.array(token).min(1).max(MOST_TENANTS).nullable().meta({
      description:
        'null: all that the key may touch and that may have an invoice of the period, test tenants not',
    }),
  })
  .meta({ id: 'NewInvoiceRun', examples: [{ period: '2026-10', tenants: null }] });

const runMembers = {
  id: z.int().meta({ description: 'Of the run, counting up' }),
  period: z.string(),
  forAll: z.boolean().meta({ description: 'It was asked for with `tenants: null`' }),
  state: z.enum(['running', 'cancelling', 'finished', 'cancelled']).meta({
    description:
      'cancelling: no more invoices are begun; cancelled: none is being made any more, and those that wait stay as they are',
  }),
  actor: z.string().meta({ description: 'Id of the API key' }),
  startedAt: instantOut,
  finishedAt: instantOut.nullable().meta({ description: 'Or cancelled; null while it runs' }),
  progress: z
    .object({
      total: z.int().meta({ description: 'Tenants' }),
      waiting: z.int().meta({ description: 'Those that nothing became of yet' }),
      final: z.int().meta({ description: 'Those whose invoice is final, now or before' }),
      open: z.int().meta({ description: 'Those that a problem kept open' }),
      nothing: z.int().meta({
        description: 'Those with no plan in the period and nothing to adjust; only where all were meant',
      }),
    })
    .meta({ description: 'Tenants by what has become of them' }),
};

const runExample = {
  ...{ id: 7, period: '2026-10', forAll: true, state: 'finished', actor: 'key_6b1f0c2e9a4d7358' },
  ...{ startedAt: '2026-11-04T12:00:00.000Z', finishedAt: '2026-11-04T12:00:31.000Z' },
  progress: { total: 2, waiting: 0, final: 1, open: 1, nothing: 0 },
};

const runSchema = z.object(runMembers).meta({ id: 'InvoiceRun', examples: [runExample] });

const runTenantSchema = z.object({
  tenant: z.string(),
  state: z.enum(['waiting', 'final', 'open', 'nothing']),
  invoice: z.string().nullable().meta({ description: 'Number of the final invoice' }),
  problem: z
    .object({ type: z.string(), title: z.string(), status: z.int(), detail: z.string() })
    .nullable()
    .meta({
      description: 'What kept the invoice from being made, as finalizing the single one would answer',
    }),
});

const reportSchema = z.object({ ...runMembers, items: z.array(runTenantSchema), nextCursor }).meta({
  id: 'InvoiceRunReport',
  description: 'A run, and in `items` what became of each tenant, by name',
  examples: [
    {
      ...runExample,
      items: [
        { tenant: 'acme', state: 'final', invoice: '2026-000123', problem: null },
        {
          ...{ tenant: 'globex', state: 'open', invoice: null },
          problem: {
            ...{ type: '/problems/period-open', title: 'The period cannot be finalized yet', status: 409 },
            detail: '2026-10 can be finalized from 2026-11-04T15:00:00.000Z on.',
          },
        },
      ],
      nextCursor: null,
    },
  ],
});

const tags = ['Finance'];
const byId = z.tuple([z.int().min(1).max(LARGEST_ID)]);
const byTenant = z.tuple([z.string()]);

type Deps = Pick<AppDeps, 'db' | 'clock'>;

export function invoiceRunRoutes(app: App, deps: Deps): void {
  startRoute(app, deps);
  listRoute(app, deps);
  reportRoute(app, deps);
  cancelRoute(app, deps);
}

function startRoute(app: App, { db, clock }: Deps): void {
  app.post(
    '/v1/invoice-runs',
    {
      config: { scope: 'billing:write' },
      schema: {
        tags,
        operationId: 'startInvoiceRun',
        summary: 'Make a month final for many tenants',
        description:
          'One run at a time, worked by the processes with the role `projector`; it goes on by itself after a restart. What is final stays as it is, so a run may be repeated for those that a problem kept open.',
        body: runRequest,
        response: {
          202: madeAt(runSchema, 'Begun'),
          ...problemResponses('invalid-request', 'not-json', 'invoice-run-running'),
        },
      },
    },
    async ({ body, key }, reply) => {
      throwRefused(customerRefused(key, say('Invoice runs')));
      for (const tenant of body.tenants ?? []) throwRefused(tenantRefused(key, tenant));
      const wanted = { ...body, among: tenantsOf(key), actor: key.id, at: clock() };
      const run = valueFrom(await startRun(db, wanted));
      return reply.code(202).header('location', `/v1/invoice-runs/${run.id}`).send(showRun(run));
    },
  );
}

function listRoute(app: App, { db }: Deps): void {
  app.get(
    '/v1/invoice-runs',
    {
      config: { scope: 'billing:read' },
      schema: {
        tags,
        operationId: 'listInvoiceRuns',
        summary: 'List invoice runs, the newest first',
        description: 'A key that is limited to tenants sees those that concern no others.',
        querystring: z.strictObject(pageQuery),
        response: { 200: pageOf(runSchema), ...problemResponses('invalid-request', 'invalid-cursor') },
      },
    },
    async ({ query: { limit, cursor }, key }) => {
      const [before] = cursor === undefined ? [LARGEST_ID] : decodeCursor(cursor, byId);
      const runs = await listRuns(db, tenantsOf(key), { before, limit: limit + 1 });
      return toPage(runs, limit, showRun, ({ id }) => [id]);
    },
  );
}

function reportRoute(app: App, { db }: Deps): void {
  app.get(
    '/v1/invoice-runs/:id',
    {
      config: { scope: 'billing:read' },
      schema: {
        tags,
        operationId: 'getInvoiceRun',
        summary: 'How far an invoice run is, and what became of each tenant',
        params: z.object({ id: z.string().meta({ description: 'Of the run' }) }),
        querystring: z.strictObject({
          ...pageQuery,
          state: runTenantSchema.shape.state
            .optional()
            .meta({ description: 'Only tenants of whom this became' }),
        }),
        response: {
          200: reportSchema,
          ...problemResponses('invalid-request', 'invalid-cursor', 'not-found'),
        },
      },
    },
    async ({ params: { id }, query: { limit, cursor, state }, key }) => {
      const run = await runOf(db, id, key);
      const [after] = cursor === undefined ? [''] : decodeCursor(cursor, byTenant);
      const page = { state: state ?? null, after, limit: limit + 1 };
      const tenants = await runTenants(db, run.id, page);
      const show = (row: RunTenant) => showTenant(row, run.id);
      return { ...showRun(run), ...toPage(tenants, limit, show, ({ tenant }) => [tenant]) };
    },
  );
}

function cancelRoute(app: App, { db, clock }: Deps): void {
  app.post(
    '/v1/invoice-runs/:id/cancel',
    {
      config: { scope: 'billing:write' },
      schema: {
        tags,
        operationId: 'cancelInvoiceRun',
        summary: 'Begin no more invoices of an invoice run',
        description:
          'The few hundred invoices that are being made at that moment may still become final; with the state `cancelled` none does any more. What is final stays final: void an invoice by its number. Cancelling again answers how far it is.',
        params: z.object({ id: z.string().meta({ description: 'Of the run' }) }),
        response: {
          202: runSchema.meta({ description: 'Cancelled, or about to be' }),
          ...problemResponses('not-found', 'invoice-run-finished'),
        },
      },
    },
    async ({ params: { id }, key }, reply) => {
      throwRefused(customerRefused(key, say('Invoice runs')));
      const run = await runOf(db, id, key);
      const cancelled = valueFrom(await cancelRun(db, run.id, { actor: key.id, at: clock() }));
      return reply.code(202).send(showRun(cancelled ?? run));
    },
  );
}

/** Throws the problem `not-found`. */
async function runOf(db: AppDeps['db'], id: string, key: Key): Promise<InvoiceRun> {
  const run = /^[1-9]\d{0,8}$/.test(id) ? await findRun(db, Number(id), tenantsOf(key)) : null;
  if (run === null) throw new Problem('not-found', say('There is no invoice run of this id.'));
  return run;
}

function showRun(run: InvoiceRun): z.infer<typeof runSchema> {
  const { id, period, for_all, state, actor, started_at, finished_at, final, open } = run;
  return {
    ...{ id, period, forAll: for_all, state, actor },
    startedAt: isoInstant(started_at),
    finishedAt: instantOrNull(finished_at),
    progress: { total: run.total, waiting: waitingIn(run), final, open, nothing: run.nothing },
  };
}

function showTenant(
  { tenant, state, invoice, problem, detail }: RunTenant,
  run: number,
): z.infer<typeof runTenantSchema> {
  if (problem === null) return { tenant, state, invoice, problem };
  const name = problem as ProblemName;
  const { title, status } = PROBLEM_TYPES[name];
  // What an invariant says is for whoever runs the service: it tells how the service is built.
  const told =
    name === 'internal-error'
      ? `The invoice could not be made, which is a fault of the service: its log says why, at run ${run} and this tenant.`
      : (detail ?? '');
  return { tenant, state, invoice, problem: { type: problemUri(name), title, status, detail: told } };
}
