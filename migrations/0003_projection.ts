import { type Kysely, sql } from 'kysely';

/**
 * What the log folds into. Everything in the schema can be dropped and folded again; a rebuild makes another schema
 * with the same tables (CREATE TABLE ... LIKE). Instants are milliseconds since 1970; hashes are 128 bits of SHA-256.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE SCHEMA projection`.execute(db);
  await sql`
    CREATE TABLE projection.events (
      conversation uuid NOT NULL,
      key uuid NOT NULL,
      ref uuid,
      class smallint NOT NULL,
      partition smallint NOT NULL,
      at bigint NOT NULL,
      "offset" bigint NOT NULL,
      received_at bigint NOT NULL,
      id text COLLATE "C" NOT NULL,
      key_id text NOT NULL,
      detail text,
      metadata text,
      PRIMARY KEY (conversation, key)
    )`.execute(db);
  await sql`COMMENT ON COLUMN projection.events.class IS
    '0 received, 1 template, 2 free text, 3 delivered, 4 read, 5 failed, 6 void, 7 activity'`.execute(db);
  await sql`CREATE INDEX events_ref ON projection.events (conversation, ref) WHERE ref IS NOT NULL`.execute(
    db,
  );
  await sql`CREATE INDEX events_at ON projection.events (conversation, at) WHERE class <= 2`.execute(db);
  await sql`
    CREATE TABLE projection.conversations (
      conversation uuid PRIMARY KEY,
      tenant text COLLATE "C" NOT NULL,
      channel text COLLATE "C" NOT NULL,
      account text COLLATE "C" NOT NULL,
      contact text COLLATE "C" NOT NULL
    )`.execute(db);
  await sql`CREATE INDEX conversations_tenant ON projection.conversations (tenant, contact, conversation)`.execute(
    db,
  );
  await sql`
    CREATE TABLE projection.windows (
      conversation uuid NOT NULL,
      opened_at bigint NOT NULL,
      closes_at bigint NOT NULL,
      opener uuid NOT NULL,
      kind smallint NOT NULL,
      partition smallint NOT NULL,
      day date NOT NULL,
      "offset" bigint NOT NULL,
      tenant text COLLATE "C" NOT NULL,
      channel text COLLATE "C" NOT NULL,
      account text COLLATE "C" NOT NULL,
      opened_by text COLLATE "C" NOT NULL,
      rule text NOT NULL,
      origin text COLLATE "C",
      category text COLLATE "C",
      campaign text COLLATE "C",
      PRIMARY KEY (conversation, opened_at)
    ) WITH (fillfactor = 90)`.execute(db);
  await sql`COMMENT ON COLUMN projection.windows.kind IS '0 receptive, 1 active'`.execute(db);
  await sql`CREATE INDEX windows_tenant ON projection.windows (tenant, opened_at, conversation, opener)`.execute(
    db,
  );
  await sql`
    CREATE TABLE projection.window_tallies (
      tenant text COLLATE "C" NOT NULL,
      day date NOT NULL,
      kind smallint NOT NULL,
      channel text COLLATE "C" NOT NULL,
      account text COLLATE "C" NOT NULL,
      origin text COLLATE "C" NOT NULL,
      category text COLLATE "C" NOT NULL,
      partition smallint NOT NULL,
      windows bigint NOT NULL,
      PRIMARY KEY (tenant, day, kind, channel, account, origin, category, partition)
    ) WITH (fillfactor = 80)`.execute(db);
  await sql`COMMENT ON TABLE projection.window_tallies IS 'origin and category are empty for receptive windows'`.execute(
    db,
  );
  await sql`
    CREATE TABLE projection.message_tallies (
      tenant text COLLATE "C" NOT NULL,
      day date NOT NULL,
      partition smallint NOT NULL,
      received bigint NOT NULL,
      templates bigint NOT NULL,
      free_form bigint NOT NULL,
      PRIMARY KEY (tenant, day, partition)
    ) WITH (fillfactor = 80)`.execute(db);
  await sql`
    CREATE TABLE projection.positions (
      partition smallint PRIMARY KEY,
      next bigint NOT NULL DEFAULT 0,
      last_offset bigint,
      last_digest bytea,
      chain bytea NOT NULL,
      events bigint NOT NULL DEFAULT 0,
      duplicates bigint NOT NULL DEFAULT 0,
      quarantined bigint NOT NULL DEFAULT 0
    ) WITH (fillfactor = 50)`.execute(db);
  await sql`
    CREATE TABLE projection.quarantine (
      partition smallint NOT NULL,
      "offset" bigint NOT NULL,
      reason text NOT NULL,
      detail text NOT NULL,
      tenant text COLLATE "C",
      conversation uuid,
      key uuid,
      record bytea NOT NULL,
      PRIMARY KEY (partition, "offset")
    )`.execute(db);
  await sql`CREATE INDEX quarantine_event ON projection.quarantine (tenant, conversation, key)`.execute(db);
  await sql`
    CREATE TABLE public.projection_current (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      schema text NOT NULL
    )`.execute(db);
  await sql`INSERT INTO public.projection_current (schema) VALUES ('projection')`.execute(db);
}
