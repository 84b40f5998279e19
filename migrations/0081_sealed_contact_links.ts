import { type Kysely, sql } from 'kysely';

/**
 * Contact links and what the audit says of them, without a name in clear: by keyed hashes, the names sealed. What stands
 * in clear is put aside for the service, which has the keys and seals it at its start. Code before this cannot read it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE billing.contact_links RENAME TO clear_contact_links`.execute(db);
  await sql`ALTER TABLE billing.clear_contact_links DROP CONSTRAINT contact_links_pkey`.execute(db);
  await sql`ALTER TABLE billing.clear_contact_links DROP CONSTRAINT contact_links_change_key`.execute(db);
  await sql`DROP INDEX billing.contact_links_contact`.execute(db);
  await sql`
    CREATE TABLE billing.contact_links (
      tenant text COLLATE "C" NOT NULL,
      channel text COLLATE "C" NOT NULL,
      alias uuid NOT NULL,
      contact uuid,
      names bytea,
      actor text NOT NULL,
      created_at bigint NOT NULL,
      change bigint NOT NULL UNIQUE,
      PRIMARY KEY (tenant, channel, alias),
      CHECK ((contact IS NULL) = (names IS NULL))
    )`.execute(db);
  await sql`COMMENT ON COLUMN billing.contact_links.alias IS 'keyed hash of (tenant, channel, alias)'`.execute(
    db,
  );
  await sql`COMMENT ON COLUMN billing.contact_links.contact IS
    'keyed hash of (tenant, channel, contact); null: the link has ended'`.execute(db);
  await sql`COMMENT ON COLUMN billing.contact_links.names IS
    'alias and contact, sealed with a key of the contact'`.execute(db);
  await sql`COMMENT ON COLUMN billing.contact_links.change IS
    'number of the last change; changes commit in their order, for each holds the row of contact_link_changes'`.execute(
    db,
  );
  await sql`
    CREATE INDEX contact_links_contact ON billing.contact_links (contact) WHERE contact IS NOT NULL`.execute(
    db,
  );
  await audit(db);
}

async function audit(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE billing.audit ADD COLUMN names bytea, ADD COLUMN names_of uuid`.execute(db);
  await sql`COMMENT ON COLUMN billing.audit.names IS
    'what stands for names in subject, before and after, and the names: sealed with a key of names_of'`.execute(
    db,
  );
  await sql`CREATE TABLE billing.clear_audit AS
    SELECT id, at, actor, subject_type, subject, tenant, action, before, after
    FROM billing.audit WHERE subject_type = 'contact-link'`.execute(db);
  await sql`ALTER TABLE billing.audit DISABLE TRIGGER keep_for_ever`.execute(db);
  await sql`DELETE FROM billing.audit WHERE subject_type = 'contact-link'`.execute(db);
  await sql`ALTER TABLE billing.audit ENABLE TRIGGER keep_for_ever`.execute(db);
}
