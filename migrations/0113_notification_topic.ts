import { type Kysely, sql } from 'kysely';

/** Only adds. */
export const compatibleFrom = '0112_adjustment_notices';

/** Which notifications went to the topic, and since when there is one. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE billing.notifications ADD COLUMN published_at bigint`.execute(db);
  await sql`COMMENT ON COLUMN billing.notifications.published_at IS 'to the topic; null: not yet'`.execute(
    db,
  );
  await sql`
    CREATE INDEX notifications_unpublished ON billing.notifications (at, id) WHERE published_at IS NULL`.execute(
    db,
  );
  await sql`
    CREATE TABLE billing.notification_topics (
      topic text COLLATE "C" PRIMARY KEY,
      since bigint NOT NULL
    )`.execute(db);
  await sql`COMMENT ON COLUMN billing.notification_topics.since IS
    'first start with it: what was noted before does not go there'`.execute(db);
}
