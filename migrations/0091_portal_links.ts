import { type Kysely, sql } from 'kysely';

/** Only adds. Code that does not know the links has no page that they open. */
export const compatibleFrom = '0090_sessions';

/** Links that show one tenant its own pages until they end; the hash is of a token that only the link has. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE billing.portal_links (
      token_hash bytea PRIMARY KEY,
      tenant text COLLATE "C" NOT NULL,
      invoices boolean NOT NULL,
      language text COLLATE "C" NOT NULL,
      expires_at bigint NOT NULL,
      created_by text COLLATE "C" NOT NULL
    )`.execute(db);
  await sql`COMMENT ON COLUMN billing.portal_links.created_by IS 'id of the key: a link ends with it'`.execute(
    db,
  );
  await sql`CREATE INDEX portal_links_expire ON billing.portal_links (expires_at)`.execute(db);
}
