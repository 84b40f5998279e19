import { type Kysely, sql } from 'kysely';

/** Only adds. Code that does not know sessions has no page to sign in to. */
export const compatibleFrom = '0081_sealed_contact_links';

/** Who is signed in to the page: hashes of a token and of the key's secret, neither of which can be had from them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE billing.sessions (
      token_hash bytea PRIMARY KEY,
      secret_hash bytea NOT NULL,
      expires_at bigint NOT NULL
    )`.execute(db);
  await sql`CREATE INDEX sessions_expire ON billing.sessions (expires_at)`.execute(db);
}
