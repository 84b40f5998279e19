import type { Kysely } from 'kysely';
import { done, type Outcome, refuse } from '../../domain/refusal.ts';
import { say } from '../../domain/sentences.ts';
import { recordChange } from '../../store/audit.ts';
import { notify } from '../../store/notifications.ts';
import type { Tables } from '../../store/tables.ts';
import { userOfCredit } from '../credit.ts';
import type { Invoice } from '../invoice.ts';
import { invoiceNotice } from '../invoice-notice.ts';
import { withInvoiceSession } from '../locks.ts';
import { numberedInvoice } from '../made-invoices.ts';
import { nextChange } from './invoice-clock.ts';
import type { FinanceDeps } from './make-invoices.ts';
import { discardPending } from './pending.ts';

/**
 * Takes the invoice of a number back; the number stays used. One that is void already stays as it is, so that a late
 * retry hits no other one. Refuses with `not-found`, `already-adjusted`, `credit-used`, `clock-behind`.
 */
export async function voidInvoice(
  { financePool, clock }: Pick<FinanceDeps, 'financePool' | 'clock'>,
  { tenant, number }: { tenant: string; number: string },
  reason: string,
  actor: string,
): Promise<Outcome<Invoice>> {
  return await withInvoiceSession(financePool, tenant, ({ db }) =>
    db.transaction().execute(async (transaction) => {
      await discardPending(transaction, [tenant]);
      const invoice = await numberedInvoice(transaction, number);
      if (invoice === null) return refuse('not-found', say('There is no invoice {number}.', { number }));
      if (invoice.status === 'void') return done(invoice);
      const period = invoice.period.id;
      const adjuster = await adjusterOf(transaction, tenant, period);
      if (adjuster !== null)
        return refuse(
          'already-adjusted',
          say('Invoice {invoice} has a line that adjusts {period}.', { invoice: adjuster, period }),
        );
      const user = await userOfCredit(transaction, tenant, number);
      if (user !== null)
        return refuse(
          'credit-used',
          say('Invoice {invoice} took back credit that {number} carried.', { invoice: user, number }),
        );
      const at = await nextChange(transaction, clock());
      if (!at.ok) return at;
      await transaction
        .updateTable('billing.invoices')
        .set({ status: 'void', voided_at: at.value, void_reason: reason, changed_at: at.value })
        .where('number', '=', number)
        .execute();
      await recordChange(transaction, {
        at: at.value,
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
      const data = { ...invoiceNotice(voided, { number, digest: voided.digest }), reason };
      await notify(transaction, [{ type: 'invoice.voided', of: [number], tenant, at: clock(), data }]);
      return done(voided);
    }),
  );
}

/** The number of a standing invoice with a line that adjusts a period; null: there is none. */
async function adjusterOf(db: Kysely<Tables>, tenant: string, period: string): Promise<string | null> {
  const found = await db
    .selectFrom('billing.invoices as i')
    .innerJoin('billing.invoice_lines as l', 'l.invoice', 'i.id')
    .select('i.number')
    .where('i.tenant', '=', tenant)
    .where('i.status', '=', 'final')
    .where('i.period', '<>', period)
    .where('l.period', '=', period)
    .orderBy('i.period')
    .limit(1)
    .executeTakeFirst();
  return found?.number ?? null;
}
