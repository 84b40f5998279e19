/** Runs that make a month final for many tenants, as they are noted in the database. Instants in ms. */

import { type Kysely, type Selectable, sql } from 'kysely';
import { previousPeriod } from '../../domain/period.ts';
import { done, type Outcome, type Refusal, refuse } from '../../domain/refusal.ts';
import { say } from '../../domain/sentences.ts';
import { recordChange } from '../../store/audit.ts';
import { commitUnlessRefused } from '../../store/commit-unless-refused.ts';
import type { InvoiceRunsTable, InvoiceRunTenantsTable } from '../../store/finance-tables.ts';
import { notify } from '../../store/notifications.ts';
import type { Tables } from '../../store/tables.ts';

export type InvoiceRun = Selectable<InvoiceRunsTable>;

interface NewRun {
  period: string;
  /** null: all that may have an invoice of the period. */
  tenants: readonly string[] | null;
  /** Among whom these are looked for; null: all. */
  among: readonly string[] | null;
  actor: string;
  at: number;
}

/** Notes a run for a worker to begin. Refuses with `invoice-run-running`. */
export async function startRun(db: Kysely<Tables>, wanted: NewRun): Promise<Outcome<InvoiceRun>> {
  const { period, tenants, among, actor, at } = wanted;
  return await commitUnlessRefused(db, async (transaction) => {
    const run = await transaction
      .insertInto('billing.invoice_runs')
      .values({ period, for_all: tenants === null, state: 'running', actor, started_at: at, total: 0 })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst();
    if (run === undefined)
      return refuse(
        'invoice-run-running',
        say('There can be one invoice run at a time, and one is under way.'),
      );
    const { id } = run;
    const named = sql`SELECT DISTINCT tenant FROM unnest(${[...(tenants ?? [])]}::text[]) AS tenant`;
    const { numAffectedRows } = await sql`
      INSERT INTO billing.invoice_run_tenants (run, tenant)
      SELECT ${id}::int, t.tenant FROM (${tenants === null ? mayHaveInvoice(period, among) : named}) t`.execute(
      transaction,
    );
    const total = Number(numAffectedRows ?? 0);
    await recordChange(transaction, {
      ...{ at, actor, subjectType: 'invoice-run', subject: String(id), tenant: null, action: 'start' },
      ...{ before: null, after: { period, tenants, total } },
    });
    const started = await transaction
      .updateTable('billing.invoice_runs')
      .set({ total })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
    return done(started);
  });
}

/** Those with a subscription, a manual line, or a final invoice just before, which it may adjust; no test tenants. */
function mayHaveInvoice(period: string, among: readonly string[] | null) {
  return sql`
    SELECT m.tenant FROM (
      SELECT tenant FROM billing.subscriptions
      WHERE from_period <= ${period} AND (until_period IS NULL OR until_period > ${period})
      UNION SELECT tenant FROM billing.manual_lines WHERE period = ${period} AND deleted_at IS NULL
      UNION SELECT tenant FROM billing.invoices WHERE period = ${previousPeriod(period)} AND status = 'final') m
    LEFT JOIN billing.tenants t ON t.tenant = m.tenant
    WHERE t.test IS NOT TRUE AND ${among === null ? sql`true` : sql`m.tenant = ANY (${[...among]}::text[])`}`;
}

/** The run that a worker has to go on with; null: none. */
export async function runToWorkOn(db: Kysely<Tables>): Promise<InvoiceRun | null> {
  const row = await db
    .selectFrom('billing.invoice_runs')
    .selectAll()
    .where('state', 'in', ['running', 'cancelling'])
    .executeTakeFirst();
  return row ?? null;
}

/**
 * Tells whoever works on a run to begin no more invoices; resolves with null where there is no such run. Told again it
 * says how far that is. Refuses with `invoice-run-finished`.
 */
export async function cancelRun(
  db: Kysely<Tables>,
  id: number,
  { actor, at }: { actor: string; at: number },
): Promise<Outcome<InvoiceRun | null>> {
  return await commitUnlessRefused(db, async (transaction) => {
    const run = await transaction
      .selectFrom('billing.invoice_runs')
      .selectAll()
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    if (run?.state === 'finished')
      return refuse(
        'invoice-run-finished',
        say('Invoice run {id} is finished: there is nothing left to cancel.', { id }),
      );
    if (run?.state !== 'running') return done(run ?? null);
    const { period, state } = run;
    await recordChange(transaction, {
      ...{ at, actor, subjectType: 'invoice-run', subject: String(id), tenant: null, action: 'cancel' },
      ...{ before: { period, state }, after: { period, state: 'cancelling' } },
    });
    const cancelled = await transaction
      .updateTable('billing.invoice_runs')
      .set({ state: 'cancelling' })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
    return done(cancelled);
  });
}

/** A run, unless it concerns a tenant beside `tenants` (null: all). */
export async function findRun(
  db: Kysely<Tables>,
  id: number,
  tenants: readonly string[] | null,
): Promise<InvoiceRun | null> {
  return (await visibleRuns(db, tenants).where('r.id', '=', id).executeTakeFirst()) ?? null;
}

/** The runs before one, newest first; those of which `tenants` (null: all) may know. */
export async function listRuns(
  db: Kysely<Tables>,
  tenants: readonly string[] | null,
  page: { before: number; limit: number },
): Promise<InvoiceRun[]> {
  return await visibleRuns(db, tenants)
    .where('r.id', '<', page.before)
    .orderBy('r.id', 'desc')
    .limit(page.limit)
    .execute();
}

function visibleRuns(db: Kysely<Tables>, tenants: readonly string[] | null) {
  const query = db.selectFrom('billing.invoice_runs as r').selectAll('r');
  if (tenants === null) return query;
  return query.where(
    sql<boolean>`NOT EXISTS (SELECT FROM billing.invoice_run_tenants t
      WHERE t.run = r.id AND t.tenant <> ALL (${[...tenants]}::text[]))`,
  );
}

export type RunTenant = Omit<Selectable<InvoiceRunTenantsTable>, 'run'>;

/** What became of the tenants of a run, by name, after one; `state` null: whatever it was. */
export async function runTenants(
  db: Kysely<Tables>,
  run: number,
  page: { state: RunTenant['state'] | null; after: string; limit: number },
): Promise<RunTenant[]> {
  let query = db
    .selectFrom('billing.invoice_run_tenants')
    .select(['tenant', 'state', 'invoice', 'problem', 'detail'])
    .where('run', '=', run)
    .where('tenant', '>', page.after)
    .orderBy('tenant')
    .limit(page.limit);
  if (page.state !== null) query = query.where('state', '=', page.state);
  return await query.execute();
}

/** What a run made of a tenant: the number of his invoice, or why there is none. */
export type RunOutcome =
  | Outcome<string>
  | { ok: false; refusal: { problem: 'internal-error'; detail: string } };

/** Notes what became of tenants that were waiting; one that was noted already stays as it is. Resolves with the run. */
export async function noteOutcomes(
  db: Kysely<Tables>,
  { id, for_all }: InvoiceRun,
  outcomes: ReadonlyMap<string, RunOutcome>,
): Promise<InvoiceRun> {
  const rows = [...outcomes].map(([tenant, outcome]) => ({
    tenant,
    state: stateOf(outcome, for_all),
    invoice: outcome.ok ? outcome.value : null,
    problem: outcome.ok ? null : outcome.refusal.problem,
    detail: outcome.ok ? null : outcome.refusal.detail,
  }));
  const { rows: runs } = await sql<InvoiceRun>`
    WITH noted AS (
      UPDATE billing.invoice_run_tenants t
      SET state = v.state, invoice = v.invoice, problem = v.problem, detail = v.detail
      FROM unnest(${rows.map(({ tenant }) => tenant)}::text[], ${rows.map(({ state }) => state)}::text[],
        ${rows.map(({ invoice }) => invoice)}::text[], ${rows.map(({ problem }) => problem)}::text[],
        ${rows.map(({ detail }) => detail)}::text[]) AS v(tenant, state, invoice, problem, detail)
      WHERE t.run = ${id} AND t.tenant = v.tenant AND t.state = 'waiting' RETURNING t.state)
    UPDATE billing.invoice_runs r SET
      final = r.final + (SELECT count(*) FROM noted WHERE state = 'final'),
      open = r.open + (SELECT count(*) FROM noted WHERE state = 'open'),
      nothing = r.nothing + (SELECT count(*) FROM noted WHERE state = 'nothing')
    WHERE r.id = ${id} RETURNING r.*`.execute(db);
  if (runs[0] === undefined) throw new Error(`invoice run ${id} is gone`);
  return runs[0];
}

/** Notes of those that are waiting still whether their invoice is final. */
export async function noteStanding(db: Kysely<Tables>, { id, period }: InvoiceRun): Promise<void> {
  await sql`
    WITH noted AS (
      UPDATE billing.invoice_run_tenants t SET state = 'final', invoice = i.number
      FROM billing.invoices i
      WHERE t.run = ${id} AND t.state = 'waiting'
        AND i.tenant = t.tenant AND i.period = ${period} AND i.status = 'final' RETURNING 1)
    UPDATE billing.invoice_runs r SET final = r.final + (SELECT count(*) FROM noted) WHERE r.id = ${id}`.execute(
    db,
  );
}

/** Whoever has no subscription any more was asked for by nobody: there is nothing to invoice. */
export function stateOf(outcome: RunOutcome, forAll: boolean): RunTenant['state'] {
  if (outcome.ok) return 'final';
  const problem: Refusal['problem'] | 'internal-error' = outcome.refusal.problem;
  return forAll && problem === 'no-subscription' ? 'nothing' : 'open';
}

/** Ends a run that nobody works on: nobody is waiting any more, or it was cancelled. */
export async function finishRun(db: Kysely<Tables>, id: number, at: number): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const run = await transaction
      .updateTable('billing.invoice_runs')
      .set({
        state: sql`CASE state WHEN 'cancelling' THEN 'cancelled' ELSE 'finished' END`,
        finished_at: at,
      })
      .where('id', '=', id)
      .where('state', 'in', ['running', 'cancelling'])
      .returningAll()
      .executeTakeFirst();
    if (run === undefined) return;
    const { period, total, final, open, nothing } = run;
    const state = run.state === 'cancelled' ? ('cancelled' as const) : ('finished' as const);
    const data = { run: id, period, state, total, final, open, nothing };
    await notify(transaction, [{ type: 'invoice-run.finished', of: [id], tenant: null, at, data }]);
  });
}

/** Whether a run is to go on. */
export async function goesOn(db: Kysely<Tables>, id: number): Promise<boolean> {
  const row = await db
    .selectFrom('billing.invoice_runs')
    .select('state')
    .where('id', '=', id)
    .executeTakeFirst();
  return row?.state === 'running';
}

export function waitingIn({ total, final, open, nothing }: InvoiceRun): number {
  return total - final - open - nothing;
}
