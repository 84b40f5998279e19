import { type Kysely, sql } from 'kysely';

/**
 * Erasures of contacts, what they destroyed, and what order needed of ids that nobody can open any more. Code before
 * this would order the events of an erased contact otherwise.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE sealing.erasures (
      id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      tenant text COLLATE "C" NOT NULL,
      channel text COLLATE "C" NOT NULL,
      account text COLLATE "C",
      contacts uuid[] NOT NULL,
      conversations uuid[],
      reason bytea NOT NULL,
      actor text NOT NULL,
      requested_at bigint NOT NULL,
      state text NOT NULL CHECK (state IN ('ending', 'settling', 'counting', 'destroyed', 'done')),
      state_since timestamptz NOT NULL DEFAULT now(),
      ends jsonb,
      keys int NOT NULL DEFAULT 0,
      done_at bigint
    )`.execute(db);
  await sql`COMMENT ON COLUMN sealing.erasures.contacts IS
    'keyed hashes of (tenant, channel, contact): of the contact first, then of its aliases'`.execute(db);
  await sql`COMMENT ON COLUMN sealing.erasures.conversations IS
    'where an account was named: hashes of these conversations, of which alone the keys are destroyed'`.execute(
    db,
  );
  await sql`COMMENT ON COLUMN sealing.erasures.reason IS 'wrapped by a master key'`.execute(db);
  await sql`COMMENT ON COLUMN sealing.erasures.state IS
    'ending: keys are to be ended; settling: until nobody seals with them; counting: until the projection has counted what they sealed; destroyed: until every process knows it'`.execute(
    db,
  );
  await sql`CREATE INDEX erasures_tenant ON sealing.erasures (tenant, id)`.execute(db);
  await sql`CREATE INDEX erasures_open ON sealing.erasures (id) WHERE state <> 'done'`.execute(db);
  await sql`
    CREATE TABLE sealing.erasure_keys (
      erasure int NOT NULL REFERENCES sealing.erasures,
      conversation uuid NOT NULL,
      generation int NOT NULL,
      PRIMARY KEY (erasure, conversation, generation)
    )`.execute(db);
  await sql`
    CREATE TABLE sealing.erased_ranks (
      conversation uuid NOT NULL,
      key uuid NOT NULL,
      rank int NOT NULL,
      PRIMARY KEY (conversation, key)
    )`.execute(db);
  await sql`COMMENT ON TABLE sealing.erased_ranks IS
    'the order of messages of one conversation, instant and class among each other, from before their ids were destroyed'`.execute(
    db,
  );
}
