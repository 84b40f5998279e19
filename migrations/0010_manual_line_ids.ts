import { type Kysely, sql } from 'kysely';

/**
 * Manual lines have ids that their callers choose, and can be taken back. One that was taken back stays, for a voided
 * invoice may have it. Not for older code, which would go on charging it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE billing.manual_lines ADD COLUMN line_id text COLLATE "C", ADD COLUMN deleted_at bigint`.execute(
    db,
  );
  await sql`UPDATE billing.manual_lines SET line_id = id::text`.execute(db);
  await sql`ALTER TABLE billing.manual_lines ALTER COLUMN line_id SET NOT NULL`.execute(db);
  await sql`COMMENT ON COLUMN billing.manual_lines.line_id IS 'chosen by the caller; id is the order of entering'`.execute(
    db,
  );
  await sql`COMMENT ON COLUMN billing.manual_lines.deleted_at IS 'null: stands'`.execute(db);
  await sql`
    CREATE UNIQUE INDEX manual_lines_standing ON billing.manual_lines (tenant, line_id) WHERE deleted_at IS NULL`.execute(
    db,
  );
}
