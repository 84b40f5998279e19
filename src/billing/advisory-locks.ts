import { sql, type Transaction } from 'kysely';
import { LOCK_SPACES } from '../store/locks.ts';
import type { Tables } from '../store/tables.ts';

/**
 * Holds a tenant's invoices still until the end of the transaction: whatever an invoice is made from changes only
 * while none is being made. Must be the first statement, so that the next ones see what was committed before.
 */
export async function lockTenantInvoices(transaction: Transaction<Tables>, tenant: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${sql.lit(LOCK_SPACES.tenantInvoices)}, hashtext(${tenant}))`.execute(
    transaction,
  );
}

/** Holds the versions of a plan still, and who subscribes to it. Taken after the tenant's lock. */
export async function lockPlan(transaction: Transaction<Tables>, plan: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${sql.lit(LOCK_SPACES.plan)}, hashtext(${plan}))`.execute(
    transaction,
  );
}
