import { type Kysely, sql } from 'kysely';

/** What does not come from the log: who is metered, who may ask, and who changed what. Instants in ms since 1970. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE SCHEMA billing`.execute(db);
  await sql`
    CREATE TABLE billing.tenants (
      tenant text COLLATE "C" PRIMARY KEY,
      name text NOT NULL,
      reference text,
      language text NOT NULL,
      test boolean NOT NULL,
      zones jsonb NOT NULL,
      rules jsonb NOT NULL,
      version bigint NOT NULL,
      created_at bigint NOT NULL,
      updated_at bigint NOT NULL
    )`.execute(db);
  await sql`COMMENT ON COLUMN billing.tenants.zones IS '[{"from": null | "2026-11", "zone": IANA name}], ascending'`.execute(
    db,
  );
  await sql`COMMENT ON COLUMN billing.tenants.rules IS '[{"from": null | ms, "rule", "hours", "activeWhen"}], ascending'`.execute(
    db,
  );
  await sql`
    CREATE TABLE billing.api_keys (
      id text COLLATE "C" PRIMARY KEY,
      name text NOT NULL,
      secret_hash bytea NOT NULL UNIQUE,
      scopes text[] NOT NULL,
      tenants text[],
      created_at bigint NOT NULL,
      revoked_at bigint
    )`.execute(db);
  await sql`COMMENT ON COLUMN billing.api_keys.secret_hash IS 'SHA-256; the secret itself is kept nowhere'`.execute(
    db,
  );
  await sql`COMMENT ON COLUMN billing.api_keys.tenants IS 'null: all'`.execute(db);
  await sql`
    CREATE TABLE billing.audit (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      at bigint NOT NULL,
      actor text NOT NULL,
      subject_type text NOT NULL,
      subject text COLLATE "C" NOT NULL,
      tenant text COLLATE "C",
      action text NOT NULL,
      before jsonb,
      after jsonb
    )`.execute(db);
  await sql`COMMENT ON COLUMN billing.audit.actor IS 'id of the API key'`.execute(db);
  await sql`CREATE INDEX audit_subject ON billing.audit (subject_type, subject, id)`.execute(db);
  await sql`CREATE INDEX audit_tenant ON billing.audit (tenant, id)`.execute(db);
}
