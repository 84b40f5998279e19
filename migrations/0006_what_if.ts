import { type Kysely, sql } from 'kysely';

/** A rebuild may judge by other rules than the tenants' own: a what-if. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE public.rebuilds ADD COLUMN rules jsonb, ADD COLUMN period text COLLATE "C"`.execute(
    db,
  );
  await sql`COMMENT ON COLUMN public.rebuilds.rules IS
    '{"all": timeline | null, "tenants": {tenant: timeline}}; null: every tenant has its own'`.execute(db);
  await sql`COMMENT ON COLUMN public.rebuilds.period IS 'the only one that is compared; null: all'`.execute(
    db,
  );
  await sql`
    CREATE TABLE public.rebuild_rules (
      rebuild integer NOT NULL REFERENCES public.rebuilds,
      tenant text COLLATE "C" NOT NULL,
      rules jsonb NOT NULL,
      PRIMARY KEY (rebuild, tenant)
    )`.execute(db);
  await sql`COMMENT ON TABLE public.rebuild_rules IS
    'the rules that tenants had when a what-if was compared; once it is promoted, what a rollback gives back to them'`.execute(
    db,
  );
}
