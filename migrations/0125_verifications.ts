import { type Kysely, sql } from 'kysely';

/** Only adds. */
export const compatibleFrom = '0120_received_index';

/** When what was last verified, what was found, and when somebody asked for it. Instants in ms. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE public.verifications (
      of text PRIMARY KEY CHECK (of IN ('projection', 'invoices')),
      requested_at bigint,
      verified_at bigint,
      holds boolean,
      difference text,
      mend text
    )`.execute(db);
  await sql`COMMENT ON COLUMN public.verifications.verified_at IS
    'the start of the last one that ended: what is asked for after it is still to be done'`.execute(db);
  await sql`INSERT INTO public.verifications (of) VALUES ('projection'), ('invoices')`.execute(db);
}
