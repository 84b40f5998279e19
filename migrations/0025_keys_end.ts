import { type Kysely, sql } from 'kysely';

/** Only adds. Older code takes an ended key for one that is good, so it does not work beside a database with keys that end. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    ALTER TABLE billing.api_keys
      ADD COLUMN created_by text COLLATE "C",
      ADD COLUMN expires_at bigint,
      ADD COLUMN last_used_at bigint`.execute(db);
  await sql`COMMENT ON COLUMN billing.api_keys.created_by IS 'id of the key that made it; null: not known'`.execute(
    db,
  );
  await sql`COMMENT ON COLUMN billing.api_keys.last_used_at IS 'written at most once a minute; null: never since it is kept'`.execute(
    db,
  );
  await sql`CREATE INDEX api_keys_created_by ON billing.api_keys (created_by, id)`.execute(db);
  await sql`
    UPDATE billing.api_keys k SET created_by = (
      SELECT a.actor FROM billing.audit a
      WHERE a.subject_type = 'key' AND a.subject = k.id AND a.action = 'create' ORDER BY a.id LIMIT 1)`.execute(
    db,
  );
  await sql`
    CREATE TABLE billing.public_plans (
      plan text COLLATE "C" PRIMARY KEY,
      since bigint NOT NULL
    )`.execute(db);
  await sql`COMMENT ON TABLE billing.public_plans IS 'plans that keys limited to tenants see although none of these has them'`.execute(
    db,
  );
}
