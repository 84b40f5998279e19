import { type Kysely, sql } from 'kysely';

/**
 * Room for sealed records (format 2). Of an event that came sealed the projection keeps the block as it is, and in place
 * of contact and id an empty text. Code from before would go on writing persons in clear: it cannot work beside this one.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const projections = await sql<{ schema: string }>`
    SELECT nspname AS schema FROM pg_namespace WHERE nspname ~ '^projection(_[0-9]+)?$'`.execute(db);
  for (const { schema } of projections.rows) {
    const events = sql.id(schema, 'events');
    await sql`ALTER TABLE ${events} ADD COLUMN who bytea, ADD COLUMN content uuid`.execute(db);
    // Nothing compresses what is sealed.
    await sql`ALTER TABLE ${events} ALTER COLUMN who SET STORAGE EXTERNAL`.execute(db);
    await sql`COMMENT ON COLUMN ${events}.who IS 'sealed as the log has it; null: a record of format 1, in clear'`.execute(
      db,
    );
    await sql`COMMENT ON COLUMN ${events}.id IS 'empty: sealed in who'`.execute(db);
    await sql`CREATE INDEX conversations_channel ON ${sql.id(schema, 'conversations')} (tenant, channel)`.execute(
      db,
    );
  }
  await sql`ALTER TABLE billing.invoices ADD COLUMN digest_version smallint NOT NULL DEFAULT 1`.execute(db);
  await sql`COMMENT ON COLUMN billing.invoices.digest_version IS
    '1: the digest covers contact and openedBy too; 2: it does not'`.execute(db);
  await sql`
    ALTER TABLE billing.billed_windows ALTER COLUMN contact SET DEFAULT '', ALTER COLUMN opened_by SET DEFAULT ''`.execute(
    db,
  );
  await sql`ALTER TABLE billing.change_causes ADD COLUMN event_conversation uuid, ADD COLUMN event_key uuid`.execute(
    db,
  );
  await sql`
    CREATE TABLE public.sealed_from (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      ends jsonb NOT NULL
    )`.execute(db);
  await sql`COMMENT ON TABLE public.sealed_from IS
    'where the partitions of the log ended before the first sealed record: records of format 1 stand before'`.execute(
    db,
  );
}
