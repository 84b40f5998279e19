import { type Kysely, sql } from 'kysely';

/** Only adds; what is sealed from when on is a matter of the later ones. */
export const compatibleFrom = '0041_subscription_terms';

/** Keys: those of contacts, the secret of hashes, and the names of the master keys that wrap them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE SCHEMA sealing`.execute(db);
  await sql`
    CREATE TABLE sealing.master_keys (
      name text COLLATE "C" PRIMARY KEY,
      since timestamptz NOT NULL DEFAULT now(),
      retired_at timestamptz
    )`.execute(db);
  await sql`COMMENT ON COLUMN sealing.master_keys.retired_at IS
    'since when nothing is wrapped by it any more; one without it must be among those of MASTER_KEY'`.execute(
    db,
  );
  await sql`
    CREATE TABLE sealing.hash_secret (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      wrapped bytea NOT NULL
    )`.execute(db);
  await sql`
    CREATE TABLE sealing.contact_keys (
      conversation uuid NOT NULL,
      generation int NOT NULL,
      contact uuid NOT NULL,
      wrapped bytea,
      created_at bigint NOT NULL,
      ended_at bigint,
      erased_at bigint,
      change bigint UNIQUE,
      PRIMARY KEY (conversation, generation),
      CHECK ((wrapped IS NULL) = (erased_at IS NOT NULL)),
      CHECK (erased_at IS NULL OR ended_at IS NOT NULL)
    )`.execute(db);
  await sql`COMMENT ON COLUMN sealing.contact_keys.conversation IS
    'the hash that the records bear; of a key of a contact without account, the same as contact'`.execute(db);
  await sql`COMMENT ON COLUMN sealing.contact_keys.contact IS
    'keyed hash of (tenant, channel, contact)'`.execute(db);
  await sql`COMMENT ON COLUMN sealing.contact_keys.wrapped IS 'null: destroyed'`.execute(db);
  await sql`COMMENT ON COLUMN sealing.contact_keys.ended_at IS
    'since when nothing is sealed with it any more'`.execute(db);
  await sql`COMMENT ON COLUMN sealing.contact_keys.change IS
    'number of its last change, where it has any; changes commit in their order, for each holds the row of key_changes'`.execute(
    db,
  );
  await sql`CREATE INDEX contact_keys_contact ON sealing.contact_keys (contact)`.execute(db);
  await sql`
    CREATE TABLE sealing.key_changes (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      last bigint NOT NULL
    )`.execute(db);
  await sql`INSERT INTO sealing.key_changes (last) VALUES (0)`.execute(db);
}
