import { type Kysely, sql } from 'kysely';

/** Takes nothing away from anybody who means well. */
export const compatibleFrom = '0041_subscription_terms';

/**
 * What guards log, audit and invoices finds PostgreSQL's own functions and operators, whatever search path is set by the
 * one whose statement sets it off: he could have some of the same names that find everything equal.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const guards = [
    'public.keep_for_ever()',
    'billing.keep_invoices()',
    'billing.keep_invoice_parts()',
    'billing.begin_pending()',
    'billing.add_to_pending()',
  ];
  for (const guard of guards)
    await sql`ALTER FUNCTION ${sql.raw(guard)} SET search_path = pg_catalog, pg_temp`.execute(db);
}
