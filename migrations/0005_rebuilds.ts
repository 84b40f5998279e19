import { type Kysely, sql } from 'kysely';

/** Rebuilds of the projection, one at a time; each works in a schema of its own. Instants in ms since 1970. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE public.rebuilds (
      id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      schema text NOT NULL,
      state text NOT NULL
        CHECK (state IN ('running', 'caught-up', 'promoted', 'rolled-back', 'discarded', 'failed')),
      phase text NOT NULL CHECK (phase IN ('load', 'fold', 'index', 'compare', 'follow', 'rollback')),
      actor text NOT NULL,
      started_at bigint NOT NULL,
      changed_at bigint NOT NULL,
      worked_at bigint,
      done bigint NOT NULL DEFAULT 0,
      total bigint NOT NULL DEFAULT 0,
      rate double precision NOT NULL DEFAULT 0,
      comparison jsonb,
      error text,
      previous text,
      accepted_by text,
      accepted_reason text
    )`.execute(db);
  await sql`COMMENT ON COLUMN public.rebuilds.previous IS 'the schema that was live before this one was promoted'`.execute(
    db,
  );
  await sql`
    CREATE UNIQUE INDEX rebuilds_one_at_a_time ON public.rebuilds ((true))
    WHERE state IN ('running', 'caught-up')`.execute(db);
}
