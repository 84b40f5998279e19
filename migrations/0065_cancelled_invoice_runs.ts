import { type Kysely, sql } from 'kysely';

/** Runs that somebody cancels. Not for older code: it does not stop one, nor show one. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    ALTER TABLE billing.invoice_runs DROP CONSTRAINT invoice_runs_state_check,
      ADD CHECK (state IN ('running', 'cancelling', 'finished', 'cancelled'))`.execute(db);
  await sql`DROP INDEX billing.invoice_runs_one_at_a_time`.execute(db);
  await sql`
    CREATE UNIQUE INDEX invoice_runs_one_at_a_time ON billing.invoice_runs ((true))
    WHERE state IN ('running', 'cancelling')`.execute(db);
  await sql`COMMENT ON COLUMN billing.invoice_runs.state IS
    'cancelling: no more invoices are begun; cancelled: none is being made any more'`.execute(db);
}
