import { type Kysely, sql } from 'kysely';

/** Only adds: code that knows no runs makes none. */
export const compatibleFrom = '0013_bill_to';

/** Runs that make a month final for many tenants, one at a time, and what became of each. Instants in ms since 1970. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE billing.invoice_runs (
      id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      period text COLLATE "C" NOT NULL,
      for_all boolean NOT NULL,
      state text NOT NULL CHECK (state IN ('running', 'finished')),
      actor text NOT NULL,
      started_at bigint NOT NULL,
      finished_at bigint,
      total integer NOT NULL,
      final integer NOT NULL DEFAULT 0,
      open integer NOT NULL DEFAULT 0,
      nothing integer NOT NULL DEFAULT 0
    )`.execute(db);
  await sql`COMMENT ON COLUMN billing.invoice_runs.for_all IS
    'nobody named the tenants: those that may have an invoice of the period'`.execute(db);
  await sql`
    CREATE UNIQUE INDEX invoice_runs_one_at_a_time ON billing.invoice_runs ((true)) WHERE state = 'running'`.execute(
    db,
  );
  await sql`
    CREATE TABLE billing.invoice_run_tenants (
      run integer NOT NULL REFERENCES billing.invoice_runs ON DELETE CASCADE,
      tenant text COLLATE "C" NOT NULL,
      state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'final', 'open', 'nothing')),
      invoice text COLLATE "C",
      problem text,
      detail text,
      PRIMARY KEY (run, tenant)
    )`.execute(db);
}
