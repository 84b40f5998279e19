import { type Kysely, sql } from 'kysely';

/** Only adds. */
export const compatibleFrom = '0111_thresholds';

/** Of which final periods it was told that they no longer equal their computation. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE billing.adjustment_notices (
      tenant text COLLATE "C" NOT NULL,
      period text COLLATE "C" NOT NULL,
      invoice text NOT NULL,
      at bigint NOT NULL,
      PRIMARY KEY (tenant, period, invoice)
    )`.execute(db);
  await sql`COMMENT ON COLUMN billing.adjustment_notices.invoice IS
    'the last one that charged the period: once another one has carried the difference, the next is told'`.execute(
    db,
  );
}
