import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { pause, startLoop } from '../../async.ts';
import { done } from '../../domain/refusal.ts';
import { LogBroken, LogRefused, LogUnavailable, type PartitionRange } from '../../log/log.ts';
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
  type InvoiceRun,
  noteOutcomes,
  type RunOutcome,
  runTenants,
  runToWorkOn,
} from './runs.ts';

interface RunWorkerDeps extends FinanceDeps {
  /** Has the connection that holds the lock of whoever works on the run. */
  pool: Pool;
  logger: Logger;
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
/** How long it waits for the projection, in ms: a projector that was killed too takes some time to come back. */
const COUNTING_MS = 120_000;

/**
 * Works on the invoice run that is under way, unless another process does. What it did is noted behind each batch: after
 * a kill it goes on with the tenants that are waiting, and finds those whose invoices were made final already.
 */
export function startRunWorker(deps: RunWorkerDeps): { stop(): Promise<void> } {
  return startLoop(async (signal) => {
    const { logger, retryMs = RETRY_MS } = deps;
    while (!signal.aborted) {
      let pauseMs = retryMs;
      try {
        if ((await runToWorkOn(deps.db)) === null) pauseMs = Math.min(retryMs, LOOK_MS);
        else await whileAlone(deps.pool, LOCKS.invoiceRun, signal, (alone) => workOn(deps, alone));
      } catch (error) {
        if (!signal.aborted) logger.warn({ err: error }, 'the invoice run was broken off and will go on');
      }
      await pause(pauseMs, signal);
    }
  });
}

async function workOn(deps: RunWorkerDeps, signal: AbortSignal): Promise<void> {
  const run = await runToWorkOn(deps.db);
  if (run === null) return;
  deps.logger.info({ run: run.id, period: run.period }, 'working on the invoice run');
  const ends = await deps.freshLogEnds();
  const passed = new Map(ends.map(({ partition, end }) => [partition, end]));
  await deps.waiter.until(passed, AbortSignal.any([AbortSignal.timeout(COUNTING_MS), signal]));
  const batches = waitingTenants(deps, run);
  const lane = async () => {
    for await (const tenants of batches) {
      if (signal.aborted) return;
      await noteOutcomes(deps.db, run, await finalizeEach(deps, run, ends, tenants, signal));
    }
  };
  // Neither goes on behind the back of whoever handles the failure of the other one.
  const ended = await Promise.allSettled(Array.from({ length: LANES }, lane));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  if (!signal.aborted) await finishRun(deps.db, run.id, deps.clock());
}

/** The tenants of a run that nothing became of yet, once each, some at a time. */
async function* waitingTenants({ db }: RunWorkerDeps, run: InvoiceRun): AsyncGenerator<string[]> {
  let after = '';
  for (;;) {
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
