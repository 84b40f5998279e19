import { type Kysely, sql } from 'kysely';

/**
 * Whether an event is voided stands in its row, and what names a message is found by its class: what became of a message
 * is seen in a few rows, however many receipts and voids there are. Code from before would not keep the mark.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const projections = await sql<{ schema: string; indexed: boolean }>`
    SELECT n.nspname AS schema, EXISTS (SELECT FROM pg_class i WHERE i.relnamespace = n.oid AND i.relname = 'events_ref')
      AS indexed
    FROM pg_namespace n WHERE n.nspname ~ '^projection(_[0-9]+)?$'`.execute(db);
  for (const { schema, indexed } of projections.rows) {
    const events = sql.id(schema, 'events');
    await sql`ALTER TABLE ${events} ADD COLUMN voided boolean NOT NULL DEFAULT false`.execute(db);
    await sql`COMMENT ON COLUMN ${events}.voided IS 'an event of class 6 names it'`.execute(db);
    await sql`
      UPDATE ${events} e SET voided = true FROM ${events} v
      WHERE v.class = 6 AND v.conversation = e.conversation AND v.ref = e.key AND e.class <> 6`.execute(db);
    // A rebuild that is still loading gets the indexes that the live projection has by then.
    if (!indexed) continue;
    await sql`DROP INDEX ${sql.id(schema, 'events_ref')}`.execute(db);
    await sql`CREATE INDEX events_ref ON ${events} (conversation, ref, class, voided) WHERE ref IS NOT NULL`.execute(
      db,
    );
    await sql`CREATE INDEX events_revoking ON ${events} (conversation, at) WHERE class BETWEEN 5 AND 6`.execute(
      db,
    );
  }
}
