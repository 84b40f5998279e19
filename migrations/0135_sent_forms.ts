import { type Kysely, sql } from 'kysely';

/** Only adds. */
export const compatibleFrom = '0130_unmatched';

/** Forms of the page that were sent, so that the same one does not act again at another process. Instants in ms. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE public.sent_forms (
      name bytea PRIMARY KEY,
      sent_at bigint NOT NULL
    )`.execute(db);
  await sql`COMMENT ON COLUMN public.sent_forms.name IS
    'SHA-256 of who sent which form with what in it: nothing of that is stored'`.execute(db);
}
