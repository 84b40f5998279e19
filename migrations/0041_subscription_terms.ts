import { type Kysely, sql } from 'kysely';

/** What a subscription says otherwise than its plan. Not for older code: it would invoice without the discount. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE billing.subscriptions ADD COLUMN overrides jsonb, ADD COLUMN discount jsonb`.execute(
    db,
  );
  await sql`COMMENT ON COLUMN billing.subscriptions.overrides IS
    'members of a plan version that this tenant has in another way'`.execute(db);
}
