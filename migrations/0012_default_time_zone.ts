import { type Kysely, sql } from 'kysely';

/** Only adds. */
export const compatibleFrom = '0011_plan_versions_stand';

/**
 * What is fixed at the first start. Where a tenant that nobody registered was invoiced already, its invoice says in
 * which zone; else the next start fixes its own.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE public.installation (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      default_time_zone text NOT NULL
    )`.execute(db);
  await sql`COMMENT ON COLUMN public.installation.default_time_zone IS
    'decides the periods of tenants that chose no zone, and so what was invoiced'`.execute(db);
  await sql`
    INSERT INTO public.installation (default_time_zone)
    SELECT i.time_zone FROM billing.invoices i
    WHERE i.status <> 'pending' AND NOT EXISTS (SELECT FROM billing.tenants t WHERE t.tenant = i.tenant)
    ORDER BY i.id DESC LIMIT 1`.execute(db);
}
