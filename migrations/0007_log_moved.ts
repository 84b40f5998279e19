import { type Kysely, sql } from 'kysely';

/** Where the log went, so that nobody goes on writing into the one that was left behind. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE log.meta ADD COLUMN moved_to text`.execute(db);
  await sql`COMMENT ON COLUMN log.meta.moved_to IS 'where the log was imported into, for a person; null: it is here'`.execute(
    db,
  );
}
