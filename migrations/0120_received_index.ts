import { type Kysely, sql } from 'kysely';

/** Adds an index, which older code does not mind. */
export const compatibleFrom = '0095_connections';

/**
 * Finds what was received within a few minutes. Rows lie in about the order in which they came, so a summary of some
 * hundred bytes per range of pages does, and costs next to nothing to keep.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const projections = await sql<{ schema: string }>`
    SELECT n.nspname AS schema FROM pg_namespace n WHERE n.nspname ~ '^projection(_[0-9]+)?$'
      AND EXISTS (SELECT FROM pg_class i WHERE i.relnamespace = n.oid AND i.relname = 'events_ref')`.execute(
    db,
  );
  for (const { schema } of projections.rows)
    await sql`CREATE INDEX events_received ON ${sql.id(schema, 'events')}
      USING brin (received_at) WITH (pages_per_range = 32, autosummarize = on)`.execute(db);
}
