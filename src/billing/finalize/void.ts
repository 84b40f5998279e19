import { type Kysely, sql } from 'kysely';
import { done, type Outcome, refuse } from '../../domain/refusal.ts';
import { recordChange } from '../../store/audit.ts';
import type { Tables } from '../../store/tables.ts';
import type { Invoice, Slot } from '../invoice.ts';
import { withInvoiceSession } from '../locks.ts';
import { numberedInvoice, standingInvoice } from '../made-invoices.ts';
import { type FinanceDeps, nextChange } from './finalize.ts';
import { discardPending } from './pending.ts';

/** Takes a standing invoice back; its number stays used. Refuses with `not-found`, `already-adjusted`. */
export async function voidInvoice(
  { pool, clock }: FinanceDeps,
  slot: Slot,
  reason: string,
  actor: string,
): Promise<Outcome<Invoice>> {
  const { tenant, period } = slot;
  return await withInvoiceSession(pool, tenant, ({ db }) =>
    db.transaction().execute(async (transaction) => {
      await discardPending(transaction, tenant);
      const standing = await standingInvoice(transaction, tenant, period);
      if (standing === null) return refuse('not-found', `${period} of ${tenant} has no final invoice.`);
      const adjuster = await adjusterOf(transaction, slot);
      if (adjuster !== null) return refuse('already-adjusted', sentenceOf(adjuster, period));
      const at = await nextChange(transaction, clock());
      const number = standing.number ?? '';
      await transaction
        .updateTable('billing.invoices')
        .set({ status: 'void', voided_at: at, void_reason: reason, changed_at: at })
        .where('number', '=', number)
        .execute();
      await recordChange(transaction, {
        at,
        actor,
        subjectType: 'invoice',
        subject: number,
        tenant,
        action: 'void',
        before: { number, tenant, period, status: 'final' },
        after: { number, tenant, period, status: 'void', reason },
      });
      const voided = await numberedInvoice(transaction, number);
      if (voided === null) throw new Error(`invoice ${number} is gone`);
      return done(voided);
    }),
  );
}

interface Adjuster {
  number: string;
  /** False: other windows stand behind the period since, but they cost the same. */
  inMoney: boolean;
}

/** A standing invoice that adjusts a period, in money or only in windows; null: none does. */
async function adjusterOf(db: Kysely<Tables>, { tenant, period }: Slot): Promise<Adjuster | null> {
  const { rows } = await sql<Adjuster>`
    SELECT a.number, a."inMoney" FROM (
      SELECT i.number, i.period,
        EXISTS (SELECT FROM billing.invoice_lines l WHERE l.invoice = i.id AND l.period = ${period}) AS "inMoney",
        EXISTS (SELECT FROM billing.billed_sets s WHERE s.invoice = i.id AND s.period = ${period}) AS "inWindows"
      FROM billing.invoices i
      WHERE i.tenant = ${tenant} AND i.status = 'final' AND i.period <> ${period}) a
    WHERE a."inMoney" OR a."inWindows"
    ORDER BY a."inMoney" DESC, a.period LIMIT 1`.execute(db);
  return rows[0] ?? null;
}

function sentenceOf({ number, inMoney }: Adjuster, period: string): string {
  return inMoney
    ? `Invoice ${number} adjusts ${period}.`
    : `Invoice ${number} has no line for ${period}, but it notes windows that came and went there since, at no difference in money.`;
}
