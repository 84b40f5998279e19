import type { Kysely } from 'kysely';
import { minorDigits } from '../domain/currency.ts';
import { formatAmount, parseAmount } from '../domain/money.ts';
import { done, type Outcome, refuse } from '../domain/refusal.ts';
import { viewIn } from '../projection/read/snapshot.ts';
import { recordChange } from '../store/audit.ts';
import type { Tables } from '../store/tables.ts';
import { draftsOf } from './drafts.ts';
import { type Slot, slotKey } from './invoice.ts';
import { lockTenantInvoices } from './locks.ts';
import { finalPeriods } from './made-invoices.ts';
import type { Author } from './plans.ts';

export interface ManualCharge {
  period: string;
  description: string;
  /** In the currency of the invoice. */
  amount: string;
  reason: string;
}

/**
 * Puts a credit or charge on the invoice of a period; resolves with it and the id of its line. Refuses with
 * `period-final`, `no-subscription` (the period has no invoice to put it on), `invalid-request`.
 */
export async function addManualLine(
  db: Kysely<Tables>,
  tenant: string,
  charge: ManualCharge,
  defaultTimeZone: string,
  author: Author,
): Promise<Outcome<ManualCharge & { id: string }>> {
  const { period, description, reason } = charge;
  return await db.transaction().execute(async (transaction) => {
    await lockTenantInvoices(transaction, tenant);
    if ((await finalPeriods(transaction, tenant)).includes(period))
      return refuse('period-final', `The invoice of ${period} is final.`);
    const slot: Slot = { tenant, period };
    const drafts = await draftsOf(await viewIn(transaction), [slot], defaultTimeZone);
    const currency = drafts.get(slotKey(slot))?.invoice.currency;
    if (currency === undefined) return refuse('no-subscription', `${tenant} has no plan in ${period}.`);
    const digits = minorDigits(currency);
    const parsed = parseAmount(charge.amount, digits);
    if (!parsed.ok) return refuse('invalid-request', parsed.reason, '/amount');
    const amount = formatAmount(parsed.value, digits);
    const { id } = await transaction
      .insertInto('billing.manual_lines')
      .values({ tenant, period, description, amount, reason, currency, created_at: author.at })
      .returning('id')
      .executeTakeFirstOrThrow();
    const line = { id: `manual:${id}`, period, description, amount, reason };
    const subject = `${tenant}/${period}/${line.id}`;
    await recordChange(transaction, {
      ...author,
      subjectType: 'manual-line',
      subject,
      tenant,
      action: 'create',
      before: null,
      after: line,
    });
    return done(line);
  });
}
