import { type Kysely, sql } from 'kysely';

/** Only adds. */
export const compatibleFrom = '0010_manual_line_ids';

/** What was invoiced by a version of a plan is found without reading every invoice. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE INDEX invoices_plan ON billing.invoices (plan, plan_from, period) WHERE status = 'final'`.execute(
    db,
  );
}
