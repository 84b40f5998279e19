import { type Kysely, sql } from 'kysely';

/** Only adds. */
export const compatibleFrom = '0081_sealed_contact_links';

/** Where events come from that are no events yet, and what of them could not be made one. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE billing.connections (
      name text COLLATE "C" PRIMARY KEY,
      kind text NOT NULL,
      sends text NOT NULL,
      tenants jsonb NOT NULL,
      tenant text COLLATE "C",
      secrets bytea NOT NULL,
      created_at bigint NOT NULL,
      updated_at bigint NOT NULL
    )`.execute(db);
  await sql`COMMENT ON COLUMN billing.connections.secrets IS 'sealed under the master key'`.execute(db);
  await sql`COMMENT ON COLUMN billing.connections.tenant IS 'whose all else is; null: nobody''s'`.execute(db);
  await sql`
    CREATE TABLE billing.unmapped_parts (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      connection text COLLATE "C" NOT NULL REFERENCES billing.connections,
      fingerprint bytea NOT NULL,
      reason text NOT NULL,
      detail text NOT NULL,
      received_at bigint NOT NULL,
      payload bytea NOT NULL,
      UNIQUE (connection, fingerprint)
    )`.execute(db);
  await sql`COMMENT ON COLUMN billing.unmapped_parts.payload IS 'sealed under the master key'`.execute(db);
  await sql`COMMENT ON COLUMN billing.unmapped_parts.fingerprint IS
    'keyed hash of the payload: what is delivered again is kept once'`.execute(db);
  await sql`CREATE INDEX unmapped_parts_list ON billing.unmapped_parts (connection, id)`.execute(db);
}
