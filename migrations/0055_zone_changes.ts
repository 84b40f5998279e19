import { type Kysely, sql } from 'kysely';

/**
 * While a tenant's zone changes its days are counted by both; then only its tallies are replaced. So windows keep no day:
 * it follows from their opening instant. Code from before would count by one zone alone, and write the day.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE public.zone_changes (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      tenant text COLLATE "C" NOT NULL UNIQUE,
      zones jsonb NOT NULL
    )`.execute(db);
  await sql`COMMENT ON TABLE public.zone_changes IS
    'under way; one whose tenant nobody holds locked was broken off and is removed'`.execute(db);
  await sql`
    CREATE TABLE public.zone_change_windows (
      change bigint NOT NULL,
      schema text NOT NULL,
      day date NOT NULL,
      kind smallint NOT NULL,
      channel text COLLATE "C" NOT NULL,
      account text COLLATE "C" NOT NULL,
      origin text COLLATE "C" NOT NULL,
      category text COLLATE "C" NOT NULL,
      partition smallint NOT NULL,
      windows bigint NOT NULL
    )`.execute(db);
  await sql`
    CREATE TABLE public.zone_change_messages (
      change bigint NOT NULL,
      schema text NOT NULL,
      day date NOT NULL,
      partition smallint NOT NULL,
      received bigint NOT NULL,
      templates bigint NOT NULL,
      free_form bigint NOT NULL
    )`.execute(db);
  for (const name of ['zone_change_windows', 'zone_change_messages']) {
    await sql`COMMENT ON TABLE ${sql.id('public', name)} IS
      'summands of the tallies that a projection will have: rows are only added, so that nobody waits for anybody'`.execute(
      db,
    );
    await sql`CREATE INDEX ON ${sql.id('public', name)} (change, schema)`.execute(db);
  }
  const projections = await sql<{ schema: string }>`
    SELECT nspname AS schema FROM pg_namespace WHERE nspname ~ '^projection(_[0-9]+)?$'`.execute(db);
  for (const { schema } of projections.rows)
    await sql`ALTER TABLE ${sql.id(schema, 'windows')} DROP COLUMN day`.execute(db);
}
