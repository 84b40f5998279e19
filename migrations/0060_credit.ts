import { type Kysely, sql } from 'kysely';

/**
 * What becomes of a total below zero: `settle` as ever, for everybody until somebody says otherwise. Not for older code:
 * it would carry nothing, take nothing back, and charge what it finds on these lines as something else.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const column = sql`credit text NOT NULL DEFAULT 'settle' CHECK (credit IN ('settle', 'carry'))`;
  await sql`ALTER TABLE billing.tenants ADD COLUMN ${column}`.execute(db);
  await sql`ALTER TABLE billing.invoices ADD COLUMN ${column}`.execute(db);
  await sql`COMMENT ON COLUMN billing.invoices.credit IS 'as the tenant had it when the invoice was made'`.execute(
    db,
  );
  await sql`
    CREATE INDEX invoice_lines_credit ON billing.invoice_lines (invoice)
    WHERE code IN ('credit.carried', 'credit.applied')`.execute(db);
}
