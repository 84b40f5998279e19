import type { Kysely } from 'kysely';
import { previousPeriod } from '../../domain/period.ts';
import { done, type Outcome, refuse } from '../../domain/refusal.ts';
import { say } from '../../domain/sentences.ts';
import { subscriptionAt } from '../../domain/subscription.ts';
import type { PartitionRange } from '../../log/log.ts';
import { type ReadSnapshot, readSnapshot } from '../../projection/read/snapshot.ts';
import { liveNextOffsets } from '../../projection/tables/positions.ts';
import type { Tables } from '../../store/tables.ts';
import { draftsOf } from '../drafts.ts';
import { type Invoice, type Slot, slotKey } from '../invoice.ts';
import { type InvoiceSession, withInvoiceSession } from '../locks.ts';
import { finalPeriods, numberedInvoice, standingInvoice } from '../made-invoices.ts';
import { subscriptionsOf } from '../subscriptions.ts';
import { asExpected, type Expected } from './expected.ts';
import { clockObjection } from './invoice-clock.ts';
import { type FinanceDeps, makeInvoices, settingsOf, whyOpen } from './make-invoices.ts';

/** How long it waits for the projection, in ms. */
const COUNTING_MS = 10_000;

/**
 * Makes the draft of a period final; resolves with the standing invoice where there is one already, and needs no log
 * for that. Waits, up to 10 s and with no connection in hand, until the projection has passed the ends that the log
 * has now: what comes after them cannot keep it from ending. A failure at any point leaves nothing that counts. Refuses
 * with `test-tenant`, `no-subscription`, `period-open`, `projection-behind` (also when the signal ends the waiting),
 * `clock-behind`, `changed`, `conflict`.
 */
export async function finalize(
  deps: FinanceDeps,
  slot: Slot,
  { signal, ...request }: FinalizeRequest & { signal: AbortSignal },
): Promise<Outcome<Invoice>> {
  const made = await standingInvoice(deps.db, slot.tenant, slot.period);
  if (made !== null) return asExpected(made, request.expected);
  const refused = await readSnapshot(deps.db, (view) => objectionTo(view, deps, slot));
  if (refused !== null) return refused;
  const ends = await deps.freshLogEnds();
  const passed = new Map(ends.map(({ partition, end }) => [partition, end]));
  const limit = AbortSignal.any([AbortSignal.timeout(COUNTING_MS), signal]);
  if (!(await deps.waiter.until(passed, limit))) return await behind(deps.db, passed);
  const attempt = (session: InvoiceSession) => finalizeHeld(session, deps, slot, { ...request, ends });
  return await withInvoiceSession(deps.financePool, slot.tenant, attempt, 'long');
}

/** The same for a tenant whom the session holds, as far as the log is counted. */
async function finalizeHeld(
  session: InvoiceSession,
  deps: FinanceDeps,
  slot: Slot,
  { actor, expected, ends }: FinalizeRequest & { ends: readonly PartitionRange[] },
): Promise<Outcome<Invoice>> {
  const standing = await standingInvoice(session.db, slot.tenant, slot.period);
  if (standing !== null) return asExpected(standing, expected);
  const outcome = (await makeInvoices(session, deps, { slots: [slot], ends, actor, expected })).get(
    slotKey(slot),
  );
  if (outcome === undefined) throw new Error(`nothing became of ${slotKey(slot)}`);
  if (!outcome.ok) return outcome;
  const made = await numberedInvoice(session.db, outcome.value);
  if (made === null) throw new Error(`invoice ${outcome.value} is gone`);
  return done(made);
}

/** Why a period cannot become final, as far as that is known without counting anything; null: it may. */
async function objectionTo(
  view: ReadSnapshot,
  deps: FinanceDeps,
  slot: Slot,
): Promise<Outcome<never> | null> {
  const settings = await settingsOf(view.db, deps, slot.tenant);
  if (settings.test) return refuse('test-tenant', say('{tenant} is a test tenant.', { tenant: slot.tenant }));
  if (!(await mayHaveInvoice(view, deps, slot)))
    return refuse(
      'no-subscription',
      say('{tenant} has no plan in {period}.', { tenant: slot.tenant, period: slot.period }),
    );
  return whyOpen(settings, deps, slot.period) ?? (await clockObjection(view.db, deps.clock()));
}

async function mayHaveInvoice(view: ReadSnapshot, deps: FinanceDeps, slot: Slot): Promise<boolean> {
  const timeline = (await subscriptionsOf(view.db, [slot.tenant])).get(slot.tenant) ?? [];
  if (subscriptionAt(timeline, slot.period) !== null || (await mayAdjust(view.db, slot))) return true;
  return (await draftsOf(view, [slot], deps.defaultTimeZone)).size > 0;
}

async function behind(db: Kysely<Tables>, ends: ReadonlyMap<number, number>): Promise<Outcome<never>> {
  const positions = await liveNextOffsets(db);
  let events = 0;
  for (const [partition, end] of ends) events += Math.max(0, end - (positions.get(partition) ?? 0));
  return refuse('projection-behind', say('{events} events of the log are not counted yet.', { events }));
}

/** Who wants an invoice to be final, and what he expects of it: else nothing is made. */
interface FinalizeRequest {
  actor: string;
  expected: Expected;
}

/** Whether events that are not counted yet may give the period an invoice of adjustments only. */
async function mayAdjust(db: Kysely<Tables>, { tenant, period }: Slot): Promise<boolean> {
  return (await finalPeriods(db, tenant)).includes(previousPeriod(period));
}
