import { type Kysely, sql, type Transaction } from 'kysely';
import { formatInvoiceNumber } from '../domain/invoice.ts';
import { recordChange } from '../store/audit.ts';
import { LOCKS } from '../store/locks.ts';
import type { Tables } from '../store/tables.ts';
import { tenantSettings } from '../store/tenants.ts';
import type { FinanceDeps, Pending } from './finalize.ts';
import { spanOf } from './invoice.ts';

/**
 * Transaction 2: gives a pending invoice its number, last of all, so that the series has no gaps. False where the
 * tenant's zone was changed since the windows were taken: nothing is done then.
 */
export async function makeFinal(
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
