import { type Kysely, sql } from 'kysely';

/** Only adds. */
export const compatibleFrom = '0125_verifications';

/** Receipts and voids that apply to nothing, as last judged: one row. Instants in ms. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE public.unmatched (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      received_from bigint,
      received_to bigint,
      events bigint NOT NULL DEFAULT 0,
      found jsonb NOT NULL DEFAULT '[]'
    )`.execute(db);
  await sql`COMMENT ON COLUMN public.unmatched.found IS
    'by tenant and type, those with the most first; events counts them all'`.execute(db);
  await sql`INSERT INTO public.unmatched DEFAULT VALUES`.execute(db);
}
