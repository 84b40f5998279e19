import { type Kysely, sql } from 'kysely';

/** Only adds. Code that does not know the links takes their aliases for somebody else. */
export const compatibleFrom = '0026_kept_for_ever';

/** Whose an alias is. A link that ended stays as a row without a contact, so that whoever follows the changes sees it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE billing.contact_links (
      tenant text COLLATE "C" NOT NULL,
      channel text COLLATE "C" NOT NULL,
      alias text COLLATE "C" NOT NULL,
      contact text COLLATE "C",
      actor text NOT NULL,
      created_at bigint NOT NULL,
      change bigint NOT NULL UNIQUE,
      PRIMARY KEY (tenant, channel, alias)
    )`.execute(db);
  await sql`COMMENT ON COLUMN billing.contact_links.contact IS 'null: the link has ended'`.execute(db);
  await sql`COMMENT ON COLUMN billing.contact_links.change IS
    'number of the last change; changes commit in their order, for each holds the row of contact_link_changes'`.execute(
    db,
  );
  await sql`
    CREATE INDEX contact_links_contact ON billing.contact_links (tenant, channel, contact) WHERE contact IS NOT NULL`.execute(
    db,
  );
  await sql`
    CREATE TABLE billing.contact_link_changes (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      last bigint NOT NULL
    )`.execute(db);
  await sql`INSERT INTO billing.contact_link_changes (last) VALUES (0)`.execute(db);
}
