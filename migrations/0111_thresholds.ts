import { type Kysely, sql } from 'kysely';

/** Only adds. */
export const compatibleFrom = '0110_notifications';

/** How many windows of a period somebody wants to be told of, and which of that was told. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE billing.plan_versions ADD COLUMN thresholds jsonb`.execute(db);
  await sql`COMMENT ON COLUMN billing.plan_versions.thresholds IS
    'of all its subscribers that have none of their own; null: none'`.execute(db);
  await sql`
    CREATE TABLE billing.tenant_thresholds (
      tenant text COLLATE "C" PRIMARY KEY,
      thresholds jsonb
    )`.execute(db);
  await sql`COMMENT ON COLUMN billing.tenant_thresholds.thresholds IS 'null: those of its plan'`.execute(db);
  await sql`
    CREATE TABLE billing.threshold_firings (
      tenant text COLLATE "C" NOT NULL,
      period text COLLATE "C" NOT NULL,
      threshold text COLLATE "C" NOT NULL,
      at bigint NOT NULL,
      windows bigint NOT NULL,
      PRIMARY KEY (tenant, period, threshold)
    )`.execute(db);
  await sql`COMMENT ON TABLE billing.threshold_firings IS 'kept for ever: each is told once'`.execute(db);
}
