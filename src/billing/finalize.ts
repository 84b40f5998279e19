import type { Kysely } from 'kysely';
import type { Pool } from 'pg';
import { previousPeriod } from '../domain/period.ts';
import type { PartitionRange } from '../log/log.ts';
import type { Tables } from '../store/tables.ts';
import { type TenantSettings, tenantSettings } from '../store/tenants.ts';
import { settleAdjustments } from './adjust.ts';
import { type DraftInvoice, draftsOf } from './drafts.ts';
import { type Invoice, type Slot, slotKey } from './invoice.ts';
import { makeFinal } from './make-final.ts';
import { coverage, discardPending, insertPending } from './pending.ts';
import { done, type Outcome, refuse } from './refusal.ts';
import { allowLongStatements, type InvoiceSession, withInvoiceSession } from './session.ts';
import { finalPeriods } from './standing.ts';
import { standingInvoice } from './stored.ts';
import { takeWindows } from './take-windows.ts';
import { viewIn } from './view.ts';

export interface FinanceDeps {
  db: Kysely<Tables>;
  pool: Pool;
  /** IANA name. */
  defaultTimeZone: string;
  graceHours: number;
  /** ms */
  clock(): number;
  /** The ends of the log now. Rejects with `LogUnavailable`. */
  logEnds(): Promise<readonly PartitionRange[]>;
}

/** An invoice that is complete but for its number. */
export interface Pending {
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
  const ends = await deps.logEnds();
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
