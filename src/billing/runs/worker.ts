import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { pause, startLoop } from '../../async.ts';
import { done } from '../../domain/refusal.ts';
import { LogBroken, LogRefused, LogUnavailable, type PartitionRange } from '../../log/log.ts';
import type { Metrics } from '../../metrics.ts';
import { whileAlone } from '../../store/alone.ts';
import { LOCKS } from '../../store/locks.ts';
import { isDatabaseUnavailable } from '../../store/unavailable.ts';
import { finalize } from '../finalize/finalize.ts';
import { type FinanceDeps, makeInvoices } from '../finalize/make-invoices.ts';
import { slotKey } from '../invoice.ts';
import { withFreeTenants } from '../locks.ts';
import { standingNumbers } from '../made-invoices.ts';
import {
  finishRun,
  goesOn,
  type InvoiceRun,
  noteOutcomes,
  noteStanding,
  type RunOutcome,
  runTenants,
  runToWorkOn,
  stateOf,
  waitingIn,
} from './runs.ts';

interface RunWorkerDeps extends FinanceDeps {
  /** Has the connection that holds the lock of whoever works on the run. */
  pool: Pool;
  logger: Logger;
  metrics: Pick<Metrics, 'invoiceRunWaiting' | 'invoiceRunTenants' | 'invoiceRunRested'>;
  /** How soon it looks again after a failure, or where another process works on the run. Default 1 s. */
  retryMs?: number;
}

const RETRY_MS = 1_000;
/** How soon work begins that was asked for, in whatever process. */
const LOOK_MS = 200;
/** Tenants whose invoices are made together; what is the same for all of a batch then costs a hundredth of each. */
const TOGETHER = 200;
/** Two batches at a time: while one waits for the database the other one reckons. As many as may make invoices. */
const LANES = 2;
/**
 * Where more events a second come in, the run gives way: it rests as long as each batch took. At its full pace it takes
 * whatever it is given of two cores, and intake, whose thread it shares, falls to a third (measured).
 */
const BUSY_EVENTS_PER_SECOND = 500;
/** How long it waits for the projection, in ms: a projector that was killed too takes some time to come back. */
const COUNTING_MS = 120_000;

/**
 * Works on the invoice run that is under way, unless another process does. What it did is noted behind each batch: after
 * a kill it goes on with the tenants that are waiting, and finds those whose invoices were made final already.
 */
export function startRunWorker(deps: RunWorkerDeps): { stop(): Promise<void> } {
  const { logger, metrics, retryMs = RETRY_MS } = deps;
  for (const state of ['final', 'open', 'nothing', 'failed']) metrics.invoiceRunTenants.inc({ state }, 0);
  return startLoop(async (signal) => {
    while (!signal.aborted) {
      let pauseMs = retryMs;
      try {
        const run = await runToWorkOn(deps.db);
        metrics.invoiceRunWaiting.set(run === null ? 0 : waitingIn(run));
        if (run === null) pauseMs = Math.min(retryMs, LOOK_MS);
        else await whileAlone(deps.pool, LOCKS.invoiceRun, signal, (alone) => workOn(deps, alone));
      } catch (error) {
        if (!signal.aborted) logger.warn({ err: error }, 'the invoice run was broken off and will go on');
      }
      await pause(pauseMs, signal);
    }
  });
}

async function workOn(deps: RunWorkerDeps, signal: AbortSignal): Promise<void> {
  const { db, logger } = deps;
  const run = await runToWorkOn(db);
  if (run === null) return;
  logger.info({ run: run.id, period: run.period, state: run.state }, 'working on the invoice run');
  if (run.state === 'running') await finalizeAll(deps, run, signal);
  if (signal.aborted) return;
  // Whoever was killed while he made invoices of a run that was cancelled then has noted nothing of them.
  if (!(await goesOn(db, run.id))) await noteStanding(db, run);
  await finishRun(db, run.id, deps.clock());
}

/** Makes invoices until nobody is waiting, or the run is cancelled. */
async function finalizeAll(deps: RunWorkerDeps, run: InvoiceRun, signal: AbortSignal): Promise<void> {
  const ends = await deps.freshLogEnds();
  await untilCounted(deps, run, ends, signal);
  const batches = waitingTenants(deps, run);
  const isBusy = watchIntake(deps, ends);
  const lane = async () => {
    for await (const tenants of batches) {
      if (signal.aborted) return;
      const startedAt = performance.now();
      const outcomes = await finalizeEach(deps, run, ends, tenants, signal);
      const noted = await noteOutcomes(deps.db, run, outcomes);
      count(deps.metrics, noted, outcomes.values());
      if (!(await isBusy())) continue;
      const ms = performance.now() - startedAt;
      await pause(ms, signal);
      deps.metrics.invoiceRunRested.inc(ms / 1_000);
    }
  };
  // Neither goes on behind the back of whoever handles the failure of the other one.
  const ended = await Promise.allSettled(Array.from({ length: LANES }, lane));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}

/** Waits for the projection, as long as that may take and nobody cancels the run. */
async function untilCounted(
  { db, waiter }: RunWorkerDeps,
  { id }: InvoiceRun,
  ends: readonly PartitionRange[],
  signal: AbortSignal,
): Promise<void> {
  const passed = new Map(ends.map(({ partition, end }) => [partition, end]));
  const limit = AbortSignal.any([AbortSignal.timeout(COUNTING_MS), signal]);
  do {
    const some = AbortSignal.any([AbortSignal.timeout(RETRY_MS), limit]);
    if (await waiter.until(passed, some)) return;
  } while (!limit.aborted && (await goesOn(db, id)));
}

/** Says whether many events come in, since the log ended at `ends` and then since it was asked before. */
function watchIntake(
  { freshLogEnds }: Pick<RunWorkerDeps, 'freshLogEnds'>,
  ends: readonly PartitionRange[],
): () => Promise<boolean> {
  const totalOf = (ranges: readonly PartitionRange[]) => ranges.reduce((total, { end }) => total + end, 0);
  let seen = { total: totalOf(ends), at: performance.now(), busy: false };
  return async () => {
    const at = performance.now();
    if (at - seen.at < LOOK_MS) return seen.busy;
    const total = totalOf(await freshLogEnds());
    const busy = ((total - seen.total) * 1_000) / (at - seen.at) > BUSY_EVENTS_PER_SECOND;
    seen = { total, at, busy };
    return busy;
  };
}

function count(
  { invoiceRunWaiting, invoiceRunTenants }: RunWorkerDeps['metrics'],
  run: InvoiceRun,
  outcomes: Iterable<RunOutcome>,
): void {
  invoiceRunWaiting.set(waitingIn(run));
  for (const outcome of outcomes) {
    const failed = !outcome.ok && outcome.refusal.problem === 'internal-error';
    invoiceRunTenants.inc({ state: failed ? 'failed' : stateOf(outcome, run.for_all) });
  }
}

/** The tenants of a run that nothing became of yet, once each, some at a time, as long as nobody cancels it. */
async function* waitingTenants({ db }: RunWorkerDeps, run: InvoiceRun): AsyncGenerator<string[]> {
  let after = '';
  while (await goesOn(db, run.id)) {
    const rows = await runTenants(db, run.id, { state: 'waiting', after, limit: TOGETHER });
    if (rows.length === 0) return;
    after = rows.at(-1)?.tenant ?? after;
    yield rows.map(({ tenant }) => tenant);
  }
}

/** What becomes of some tenants. An error that only one of them causes is that one's; what stops all rejects. */
async function finalizeEach(
  deps: RunWorkerDeps,
  run: InvoiceRun,
  ends: readonly PartitionRange[],
  tenants: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, RunOutcome>> {
  try {
    return await finalizeTogether(deps, run, ends, tenants, signal);
  } catch (error) {
    if (signal.aborted || stopsAll(error)) throw error;
    const [tenant] = tenants;
    if (tenants.length === 1 && tenant !== undefined) {
      deps.logger.error({ err: error, run: run.id, tenant }, 'an invoice could not be made');
      const detail = error instanceof Error ? error.message : String(error);
      return new Map([[tenant, { ok: false, refusal: { problem: 'internal-error', detail } }]]);
    }
    // By halves: one that fails keeps the others from being made together only a few times.
    const half = Math.ceil(tenants.length / 2);
    const first = await finalizeEach(deps, run, ends, tenants.slice(0, half), signal);
    return new Map([...first, ...(await finalizeEach(deps, run, ends, tenants.slice(half), signal))]);
  }
}

function stopsAll(error: unknown): boolean {
  const ofLog = [LogUnavailable, LogRefused, LogBroken].some((kind) => error instanceof kind);
  return ofLog || isDatabaseUnavailable(error);
}

async function finalizeTogether(
  deps: RunWorkerDeps,
  { period, actor }: InvoiceRun,
  ends: readonly PartitionRange[],
  tenants: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, RunOutcome>> {
  const outcomes = new Map<string, RunOutcome>();
  const left = await withFreeTenants(deps.financePool, tenants, async (session, free, busy) => {
    const standing = await standingNumbers(session.db, free, period);
    for (const [tenant, number] of standing) outcomes.set(tenant, done(number));
    const slots = free.filter((tenant) => !standing.has(tenant)).map((tenant) => ({ tenant, period }));
    if (slots.length === 0) return busy;
    const made = await makeInvoices(session, deps, { slots, ends, actor, expected: {} });
    for (const slot of slots) {
      const outcome = made.get(slotKey(slot));
      if (outcome === undefined) throw new Error(`nothing became of ${slotKey(slot)}`);
      outcomes.set(slot.tenant, outcome);
    }
    return busy;
  });
  // Whoever is at these has them for a moment only; here they are waited for in a line.
  for (const tenant of left) {
    const made = await finalize(deps, { tenant, period }, { actor, expected: {}, signal });
    outcomes.set(tenant, made.ok ? done(made.value.number ?? '') : made);
  }
  return outcomes;
}
