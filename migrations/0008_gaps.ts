import { type Kysely, sql } from 'kysely';

/** Offsets of the log without a record, in every projection there is: nothing else accounts for them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const projections = await sql<{ schema: string }>`
    SELECT nspname AS schema FROM pg_namespace WHERE nspname ~ '^projection(_[0-9]+)?$'`.execute(db);
  for (const { schema } of projections.rows) {
    await sql`
      CREATE TABLE ${sql.id(schema, 'gaps')} (
        partition smallint NOT NULL,
        first bigint NOT NULL,
        next bigint NOT NULL CHECK (next > first),
        PRIMARY KEY (partition, first)
      )`.execute(db);
    await sql`COMMENT ON TABLE ${sql.id(schema, 'gaps')} IS
      'offsets from first up to and without next hold no record: marks and aborted records of a foreign transaction in Kafka, confirmed by reading them'`.execute(
      db,
    );
  }
}
