import { isDeepStrictEqual } from 'node:util';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Pool } from 'pg';
import { formatInvoiceNumber } from '../../domain/invoice.ts';
import { previousPeriod } from '../../domain/period.ts';
import { versionAt } from '../../domain/plan.ts';
import { done, type Outcome, refuse } from '../../domain/refusal.ts';
import { subscriptionAt } from '../../domain/subscription.ts';
import type { PartitionRange } from '../../log/log.ts';
import type { PositionWaiter } from '../../projection/read/position-waiter.ts';
import { type ReadSnapshot, readSnapshot, viewIn } from '../../projection/read/snapshot.ts';
import { liveNextOffsets } from '../../projection/tables/positions.ts';
import { recordChange } from '../../store/audit.ts';
import { commitUnlessRefused } from '../../store/commit-unless-refused.ts';
import { LOCKS } from '../../store/locks.ts';
import type { Tables } from '../../store/tables.ts';
import { type TenantSettings, tenantSettings } from '../../store/tenants.ts';
import { settleAdjustments } from '../adjustments/adjust.ts';
import { type DraftInvoice, draftsOf } from '../drafts.ts';
import { type Invoice, type Slot, slotKey, spanOf } from '../invoice.ts';
import { allowLongStatements, type InvoiceSession, sharePlan, withInvoiceSession } from '../locks.ts';
import { finalPeriods, standingInvoice } from '../made-invoices.ts';
import { planVersions } from '../plans.ts';
import { subscriptionsOf } from '../subscriptions.ts';
import { asExpected, type Expected } from './expected.ts';
import { clockObjection, nextChange } from './invoice-clock.ts';
import { coverage, discardPending, insertPending, takeWindows } from './pending.ts';

export interface FinanceDeps {
  db: Kysely<Tables>;
  /** Of `FINANCE_CONNECTIONS`, for nothing else. */
  financePool: Pool;
  /** IANA name. */
  defaultTimeZone: string;
  graceHours: number;
  /** ms */
  clock(): number;
  /** The ends of the log now. Rejects with `LogUnavailable`. */
  freshLogEnds(): Promise<readonly PartitionRange[]>;
  /** Waits for the live projection. */
  waiter: PositionWaiter;
}

/** An invoice that is complete but for its number. */
interface Pending {
  key: number;
  draft: DraftInvoice;
}

/** Attempts, when the plan or the tenant's zone change at the same time. */
const ATTEMPTS = 3;

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
  const attempt = (session: InvoiceSession) => makeInvoice(session, deps, { ...request, slot, ends });
  return await withInvoiceSession(deps.financePool, slot.tenant, attempt, 'long');
}

/** Why a period cannot become final, as far as that is known without counting anything; null: it may. */
async function objectionTo(
  view: ReadSnapshot,
  deps: FinanceDeps,
  slot: Slot,
): Promise<Outcome<never> | null> {
  const settings = await settingsOf(view.db, deps, slot.tenant);
  if (settings.test) return refuse('test-tenant', `${slot.tenant} is a test tenant.`);
  if (!(await mayHaveInvoice(view, deps, slot)))
    return refuse('no-subscription', `${slot.tenant} has no plan in ${slot.period}.`);
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
  return refuse('projection-behind', `${events} events of the log are not counted yet.`);
}

/** Who wants an invoice to be final, and what he expects of it: else nothing is made. */
interface FinalizeRequest {
  actor: string;
  expected: Expected;
}

interface Making extends FinalizeRequest {
  slot: Slot;
  ends: readonly PartitionRange[];
}

async function makeInvoice(
  session: InvoiceSession,
  deps: FinanceDeps,
  making: Making,
): Promise<Outcome<Invoice>> {
  const { slot, expected, actor } = making;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const standing = await standingInvoice(session.db, slot.tenant, slot.period);
    if (standing !== null) return asExpected(standing, expected);
    await session.db.transaction().execute((transaction) => discardPending(transaction, slot.tenant));
    const pending = await prepare(session, deps, making);
    if (!pending.ok) return pending;
    const final = await makeFinal(session.db, deps, pending.value, actor);
    if (!final.ok) return final;
    if (final.value === 'changed') continue;
    const made = await standingInvoice(session.db, slot.tenant, slot.period);
    if (made !== null) return done(made);
  }
  return refuse('conflict', `The plan or the time zone of ${slot.tenant} keeps changing.`);
}

/** Transaction 1: everything is taken from one view of the database. */
async function prepare(
  session: InvoiceSession,
  deps: FinanceDeps,
  { slot, ends, expected }: Making,
): Promise<Outcome<Pending>> {
  return await commitUnlessRefused(
    session.db,
    async (transaction): Promise<Outcome<Pending>> => {
      const view = await viewIn(transaction);
      const settings = await settingsOf(transaction, deps, slot.tenant);
      if (settings.test) return refuse('test-tenant', `${slot.tenant} is a test tenant.`);
      const open = whyOpen(settings, deps, slot.period);
      if (open !== null) return open;
      const { positions, behind } = await coverage(view, ends);
      // Another projection became the live one since.
      if (behind > 0) return refuse('projection-behind', `${behind} events of the log are not counted yet.`);
      const draft = (await draftsOf(view, [slot], deps.defaultTimeZone)).get(slotKey(slot));
      if (draft === undefined)
        return refuse(
          'no-subscription',
          `${slot.tenant} has no plan in ${slot.period}, and nothing to adjust.`,
        );
      const { invoice } = draft;
      const changed = asExpected(invoice, { total: expected.total });
      if (!changed.ok) return changed;
      await allowLongStatements(transaction);
      const inside: InvoiceSession = { client: session.client, db: transaction };
      const key = await insertPending(transaction, draft, positions);
      await settleAdjustments(view, draft, key);
      const digest = await takeWindows(inside, deps.financePool, view, draft, key);
      const taken = asExpected({ ...invoice, digest }, expected);
      return taken.ok ? done({ key, draft }) : taken;
    },
    'repeatable read',
  );
}

async function settingsOf(
  db: Kysely<Tables>,
  { defaultTimeZone }: FinanceDeps,
  tenant: string,
): Promise<TenantSettings> {
  const settings = (await tenantSettings(db, [tenant], defaultTimeZone)).get(tenant);
  if (settings === undefined) throw new Error(`no settings of ${tenant}, not even the defaults`);
  return settings;
}

/** Whether events that are not counted yet may give the period an invoice of adjustments only. */
async function mayAdjust(db: Kysely<Tables>, { tenant, period }: Slot): Promise<boolean> {
  return (await finalPeriods(db, tenant)).includes(previousPeriod(period));
}

function whyOpen(
  settings: TenantSettings,
  { clock, graceHours }: FinanceDeps,
  period: string,
): Outcome<never> | null {
  const from = settings.calendar.boundsOf(period).end + graceHours * 3_600_000;
  if (clock() >= from) return null;
  return refuse('period-open', `${period} can be finalized from ${new Date(from).toISOString()} on.`);
}

/**
 * Transaction 2: gives a pending invoice its number, last of all, so that the series has no gaps. Nothing is done where
 * what it was made from has changed since it was taken. Refuses with `clock-behind`.
 */
async function makeFinal(
  db: Kysely<Tables>,
  deps: FinanceDeps,
  { key, draft }: Pending,
  actor: string,
): Promise<Outcome<'final' | 'changed'>> {
  return await db.transaction().execute(async (transaction): Promise<Outcome<'final' | 'changed'>> => {
    if (await hasChanged(transaction, deps, draft)) return done('changed');
    const { tenant, period, currency, total } = draft.invoice;
    const at = await nextChange(transaction, deps.clock());
    if (!at.ok) return at;
    const number = await nextNumber(transaction, yearOf(at.value, deps.defaultTimeZone));
    await transaction
      .updateTable('billing.invoices')
      .set({
        ...{ status: 'final', number, finalized_at: at.value, changed_at: at.value },
        ...datesOf(draft, at.value),
      })
      .where('id', '=', key)
      .execute();
    await recordChange(transaction, {
      at: at.value,
      actor,
      subjectType: 'invoice',
      subject: number,
      tenant,
      action: 'finalize',
      before: { tenant, period: period.id, status: 'draft' },
      after: { number, tenant, period: period.id, status: 'final', currency, total },
    });
    return done('final');
  });
}

/** When an invoice is issued and due, as dates of its own zone. */
function datesOf({ invoice, settings: { paymentDays } }: DraftInvoice, at: number) {
  const zoned = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(invoice.period.timeZone);
  const issued = zoned.toPlainDate();
  const due = paymentDays === null ? null : issued.add({ days: paymentDays });
  return { issue_date: issued.toString(), due_date: due?.toString() ?? null };
}

/**
 * Holds what a draft was made from still, and tells whether it changed since: the plan version in force, which nobody
 * changes any more once the invoice stands, and the tenant's zone and `test`.
 */
async function hasChanged(
  transaction: Transaction<Tables>,
  deps: FinanceDeps,
  { version, invoice: { tenant, period } }: DraftInvoice,
): Promise<boolean> {
  if (version !== null) {
    await sharePlan(transaction, version.plan);
    const versions = (await planVersions(transaction, [version.plan])).get(version.plan) ?? [];
    if (!isDeepStrictEqual(versionAt(versions, period.id), version)) return true;
  }
  // Whoever changes zones holds this exclusively, and looks for final periods while he does.
  await sql`SELECT pg_advisory_xact_lock_shared(${sql.lit(LOCKS.settings)})`.execute(transaction);
  const settings = await settingsOf(transaction, deps, tenant);
  return settings.test || !isDeepStrictEqual(spanOf(settings.calendar, period.id), period);
}

async function nextNumber(transaction: Transaction<Tables>, year: number): Promise<string> {
  const { last } = await transaction
    .insertInto('billing.invoice_numbers')
    .values({ year, last: 1 })
    .onConflict((conflict) =>
      conflict.column('year').doUpdateSet({ last: sql<number>`invoice_numbers.last + 1` }),
    )
    .returning('last')
    .executeTakeFirstOrThrow();
  return formatInvoiceNumber(year, last);
}

function yearOf(at: number, timeZone: string): number {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).year;
}
