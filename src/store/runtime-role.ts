/** The role that the service runs as: what it may do, and whether it may do more. */

import { type Kysely, sql } from 'kysely';
import type { Database } from './database.ts';
import type { Tables } from './tables.ts';

type Right = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE';

const READ: Right[] = ['SELECT'];
const ADD: Right[] = [...READ, 'INSERT'];
const FOLLOW: Right[] = [...READ, 'UPDATE'];
const KEEP: Right[] = [...ADD, 'UPDATE'];
/** What is put aside once, and taken from there. */
const EMPTY: Right[] = [...READ, 'TRUNCATE'];
const ALL: Right[] = [...KEEP, 'DELETE'];

/**
 * What the service does with each table, and so may do: what is kept for ever is read and added to. Where a condition
 * decides (an invoice is pending, a position only grows) triggers refuse the rest, which a role that owns nothing
 * cannot take away. What a version that stays compatible still needs is not to be taken out.
 */
const RIGHTS: Readonly<Record<string, Right[]>> = {
  'log.meta': KEEP,
  'log.partitions': KEEP,
  'log.records': ADD,
  'billing.adjustment_notices': ADD,
  'billing.api_keys': KEEP,
  'billing.audit': ADD,
  'billing.billed_sets': ADD,
  'billing.billed_windows': [...ADD, 'DELETE'],
  'billing.change_causes': ADD,
  'billing.clear_audit': EMPTY,
  'billing.clear_contact_links': EMPTY,
  'billing.connections': KEEP,
  'billing.contact_link_changes': FOLLOW,
  'billing.contact_links': KEEP,
  'billing.invoice_clock': FOLLOW,
  'billing.invoice_lines': ADD,
  'billing.invoice_numbers': KEEP,
  'billing.invoice_periods': ADD,
  'billing.invoice_run_tenants': KEEP,
  'billing.invoice_runs': KEEP,
  'billing.invoices': ALL,
  'billing.manual_lines': KEEP,
  'billing.notification_topics': ADD,
  'billing.notifications': ALL,
  'billing.plan_versions': ALL,
  'billing.portal_links': [...ADD, 'DELETE'],
  'billing.public_plans': [...ADD, 'DELETE'],
  'billing.sessions': ALL,
  'billing.subscriptions': ALL,
  'billing.tenant_thresholds': KEEP,
  'billing.tenants': KEEP,
  'billing.threshold_firings': ADD,
  'billing.unmapped_parts': ALL,
  'billing.webhook_deliveries': ALL,
  'billing.webhooks': ALL,
  'public.installation': ADD,
  'public.janela_migrations': READ,
  'public.projection_current': FOLLOW,
  'public.rebuild_rules': [...ADD, 'DELETE'],
  'public.rebuilds': KEEP,
  'public.sealed_from': [...ADD, 'DELETE'],
  'public.sent_forms': [...ADD, 'DELETE'],
  'public.unmatched': FOLLOW,
  'public.verifications': FOLLOW,
  'public.zone_change_messages': [...ADD, 'DELETE'],
  'public.zone_change_windows': [...ADD, 'DELETE'],
  'public.zone_changes': [...ADD, 'DELETE'],
  'sealing.contact_keys': KEEP,
  'sealing.erased_ranks': KEEP,
  'sealing.erasure_keys': ADD,
  'sealing.erasures': KEEP,
  'sealing.hash_secret': KEEP,
  'sealing.key_changes': FOLLOW,
  'sealing.master_keys': KEEP,
};

/** A projection can be dropped and folded again. */
const PROJECTION = /^projection(_\d+)?\./;

/** Of a table that nobody has thought about it may do everything with the rows; null: the table is none of ours. */
function rightsOn(table: string): Right[] | null {
  if (PROJECTION.test(table)) return ALL;
  return RIGHTS[table] ?? (table.startsWith('public.') ? null : ALL);
}

/** The tables there are, each with what a role was granted there. */
async function tablesOf(
  db: Kysely<Tables>,
  role: string,
): Promise<{ name: string; schema: string; table: string; rights: string[] }[]> {
  const { rows } = await sql<{ name: string; schema: string; table: string; rights: string[] }>`
    SELECT n.nspname || '.' || c.relname AS name, n.nspname AS schema, c.relname AS table,
      ARRAY(SELECT x.privilege_type FROM aclexplode(c.relacl) x JOIN pg_roles r ON r.oid = x.grantee
        WHERE r.rolname = ${role}) AS rights
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND (n.nspname IN ('log', 'billing', 'sealing', 'public') OR n.nspname ~ '^projection(_[0-9]+)?$')
    ORDER BY 1`.execute(db);
  return rows;
}

/**
 * Gives a role exactly what the service needs, as the owner. Changes nothing where all is as it should be. A role
 * that has the owner's powers by itself gets none.
 */
export async function grantRights(db: Kysely<Tables>, role: string): Promise<void> {
  const { superuser, owns } = await standingOf(db, role);
  if (superuser || owns) return;
  const grantee = sql.id(role);
  const schemas = new Set<string>();
  for (const { name, schema, table, rights } of await tablesOf(db, role)) {
    const wanted: readonly string[] | null = rightsOn(name);
    if (wanted === null) continue;
    schemas.add(schema);
    const missing = wanted.filter((right) => !rights.includes(right));
    const extra = rights.filter((right) => !wanted.includes(right));
    const on = sql.id(schema, table);
    if (missing.length > 0)
      await sql`GRANT ${sql.raw(missing.join(', '))} ON ${on} TO ${grantee}`.execute(db);
    if (extra.length > 0) await sql`REVOKE ${sql.raw(extra.join(', '))} ON ${on} FROM ${grantee}`.execute(db);
  }
  for (const schema of await closedTo(db, role, [...schemas]))
    await sql`GRANT USAGE ON SCHEMA ${sql.id(schema)} TO ${grantee}`.execute(db);
  for (const signature of await notForUseBy(db, role))
    await sql`GRANT EXECUTE ON FUNCTION ${sql.raw(signature)} TO ${grantee}`.execute(db);
}

async function closedTo(db: Kysely<Tables>, role: string, schemas: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ schema: string }>`
    SELECT nspname AS schema FROM pg_namespace
    WHERE nspname = ANY (${schemas}) AND NOT has_schema_privilege(${role}, oid, 'USAGE')`.execute(db);
  return rows.map(({ schema }) => schema);
}

/** Of what the owner does for others (`migrations/0050_runtime_role.ts`), what a role may not ask for yet. */
async function notForUseBy(db: Kysely<Tables>, role: string): Promise<string[]> {
  const { rows } = await sql<{ signature: string }>`
    SELECT p.oid::regprocedure::text AS signature FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef AND p.proname ~ '^[a-z]+_projection$'
      AND NOT has_function_privilege(${role}, p.oid, 'EXECUTE')`.execute(db);
  return rows.map(({ signature }) => signature);
}

/** Why a role could take away what keeps log, audit and final invoices, in words that follow its name; null: it cannot. */
export function powerOf({ superuser, owns, makesRoles }: Standing): string | null {
  if (superuser) return 'is a superuser';
  if (owns) return 'owns the tables';
  return makesRoles ? 'may make roles' : null;
}

/** What a role is, whatever it was granted. */
interface Standing {
  superuser: boolean;
  /** Before PostgreSQL 16 such a role can make itself a member of any other. */
  makesRoles: boolean;
  /** By itself or as a member; false where there are no tables yet. */
  owns: boolean;
}

export async function standingOf(db: Kysely<Tables>, role: string): Promise<Standing> {
  const { rows } = await sql<Standing>`
    SELECT r.rolsuper AS superuser, r.rolcreaterole AS "makesRoles", EXISTS (
      SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'r' AND (n.nspname IN ('log', 'billing') OR n.nspname = 'public' AND c.relname = 'janela_migrations')
        AND pg_has_role(r.oid, c.relowner, 'MEMBER')) AS owns
    FROM pg_roles r WHERE r.rolname = ${role}`.execute(db);
  const [found] = rows;
  if (found === undefined) throw new Error(`there is no role ${role}`);
  return found;
}

/** Whom these connections are logged in as. */
export async function roleOf({ db }: Pick<Database, 'db'>): Promise<string> {
  const { rows } = await sql<{ role: string }>`SELECT current_user AS role`.execute(db);
  const [found] = rows;
  if (found === undefined) throw new Error('PostgreSQL does not say who is logged in');
  return found.role;
}
