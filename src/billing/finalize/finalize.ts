import { type Kysely, sql, type Transaction } from 'kysely';
import type { Pool } from 'pg';
import { formatInvoiceNumber } from '../../domain/invoice.ts';
import { previousPeriod } from '../../domain/period.ts';
import { done, type Outcome, refuse } from '../../domain/refusal.ts';
import type { PartitionRange } from '../../log/log.ts';
import { viewIn } from '../../projection/read/snapshot.ts';
import { recordChange } from '../../store/audit.ts';
import { LOCKS } from '../../store/locks.ts';
import type { Tables } from '../../store/tables.ts';
import { type TenantSettings, tenantSettings } from '../../store/tenants.ts';
import { settleAdjustments } from '../adjustments/adjust.ts';
import { type DraftInvoice, draftsOf } from '../drafts.ts';
import { type Invoice, type Slot, slotKey, spanOf } from '../invoice.ts';
import { allowLongStatements, type InvoiceSession, withInvoiceSession } from '../locks.ts';
import { finalPeriods, standingInvoice } from '../made-invoices.ts';
import { coverage, discardPending, insertPending, takeWindows } from './pending.ts';

export interface FinanceDeps {
  db: Kysely<Tables>;
  pool: Pool;
  /** IANA name. */
  defaultTimeZone: string;
  graceHours: number;
  /** ms */
  clock(): number;
  /** The ends of the log now. Rejects with `LogUnavailable`. */
  freshLogEnds(): Promise<readonly PartitionRange[]>;
}

/** An invoice that is complete but for its number. */
interface Pending {
  key: number;
  draft: DraftInvoice;
}

/** Attempts, when the tenant's zone changes at the same time. */
const ATTEMPTS = 3;

/**
 * Makes the draft of a period final; resolves with the standing invoice where there is one already, and needs no log
 * for that. A failure at any point leaves nothing that counts. Refuses with `test-tenant`, `no-subscription`,
 * `period-open`, `projection-behind`.
 */
export async function finalize(deps: FinanceDeps, slot: Slot, actor: string): Promise<Outcome<Invoice>> {
  const made = await standingInvoice(deps.db, slot.tenant, slot.period);
  if (made !== null) return done(made);
  const ends = await deps.freshLogEnds();
  return await withInvoiceSession(deps.pool, slot.tenant, async (session) => {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const standing = await standingInvoice(session.db, slot.tenant, slot.period);
      if (standing !== null) return done(standing);
      await session.db.transaction().execute((transaction) => discardPending(transaction, slot.tenant));
      const pending = await prepare(session, deps, slot, ends);
      if (!pending.ok) return pending;
      if (!(await makeFinal(session.db, deps, pending.value, actor))) continue;
      const made = await standingInvoice(session.db, slot.tenant, slot.period);
      if (made !== null) return done(made);
    }
    throw new Error(`the time zone of ${slot.tenant} keeps changing`);
  });
}

/** Transaction 1: everything is taken from one view of the database. */
async function prepare(
  session: InvoiceSession,
  deps: FinanceDeps,
  slot: Slot,
  ends: readonly PartitionRange[],
): Promise<Outcome<Pending>> {
  return await session.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (transaction): Promise<Outcome<Pending>> => {
      const view = await viewIn(transaction);
      const settings = (await tenantSettings(transaction, [slot.tenant], deps.defaultTimeZone)).get(
        slot.tenant,
      );
      if (settings?.test) return refuse('test-tenant', `${slot.tenant} is a test tenant.`);
      const draft = (await draftsOf(view, [slot], deps.defaultTimeZone)).get(slotKey(slot));
      if (draft === undefined && !(await mayAdjust(transaction, slot)))
        return refuse('no-subscription', `${slot.tenant} has no plan in ${slot.period}.`);
      const open = settings === undefined ? null : whyOpen(settings, deps, slot.period);
      if (open !== null) return refuse('period-open', open);
      const { positions, behind } = await coverage(view, ends);
      if (behind > 0) return refuse('projection-behind', `${behind} events of the log are not counted yet.`);
      if (draft === undefined)
        return refuse(
          'no-subscription',
          `${slot.tenant} has no plan in ${slot.period}, and nothing to adjust.`,
        );
      await allowLongStatements(transaction);
      const inside: InvoiceSession = { client: session.client, db: transaction };
      const key = await insertPending(transaction, draft, positions);
      await settleAdjustments(view, draft, key);
      await takeWindows(inside, deps.pool, view, draft, key);
      return done({ key, draft });
    });
}

/** Whether events that are not counted yet may give the period an invoice of adjustments only. */
async function mayAdjust(db: Kysely<Tables>, { tenant, period }: Slot): Promise<boolean> {
  return (await finalPeriods(db, tenant)).includes(previousPeriod(period));
}

function whyOpen(
  settings: TenantSettings,
  { clock, graceHours }: FinanceDeps,
  period: string,
): string | null {
  const from = settings.calendar.boundsOf(period).end + graceHours * 3_600_000;
  return clock() >= from ? null : `${period} can be finalized from ${new Date(from).toISOString()} on.`;
}

/**
 * Transaction 2: gives a pending invoice its number, last of all, so that the series has no gaps. False where the
 * tenant's zone was changed since the windows were taken: nothing is done then.
 */
async function makeFinal(
  db: Kysely<Tables>,
  { clock, defaultTimeZone }: FinanceDeps,
  { key, draft: { invoice } }: Pending,
  actor: string,
): Promise<boolean> {
  return await db.transaction().execute(async (transaction) => {
    // Whoever changes zones holds this exclusively, and looks for final periods while he does.
    await sql`SELECT pg_advisory_xact_lock_shared(${sql.lit(LOCKS.settings)})`.execute(transaction);
    const { tenant, period } = invoice;
    const settings = (await tenantSettings(transaction, [tenant], defaultTimeZone)).get(tenant);
    const span = settings === undefined ? null : spanOf(settings.calendar, period.id);
    if (span?.start !== period.start || span.end !== period.end || span.timeZone !== period.timeZone)
      return false;
    const at = await nextChange(transaction, clock());
    const number = await nextNumber(transaction, yearOf(at, defaultTimeZone));
    await transaction
      .updateTable('billing.invoices')
      .set({ status: 'final', number, finalized_at: at, changed_at: at })
      .where('id', '=', key)
      .execute();
    const { currency, total } = invoice;
    await recordChange(transaction, {
      at,
      actor,
      subjectType: 'invoice',
      subject: number,
      tenant,
      action: 'finalize',
      before: { tenant, period: period.id, status: 'draft' },
      after: { number, tenant, period: period.id, status: 'final', currency, total },
    });
    return true;
  });
}

/**
 * The instant of a change of an invoice: now, or just after the one before. Changes wait for each other here, so that
 * whoever asks for what changed after an instant never misses one that was committed later.
 */
export async function nextChange(transaction: Transaction<Tables>, now: number): Promise<number> {
  const { changed_at } = await transaction
    .updateTable('billing.invoice_clock')
    .set({ changed_at: sql<number>`greatest(changed_at + 1, ${now}::bigint)` })
    .returning('changed_at')
    .executeTakeFirstOrThrow();
  return changed_at;
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
