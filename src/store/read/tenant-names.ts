import { sql } from 'kysely';
import type { ReadSnapshot } from './snapshot.ts';

/**
 * Tenants that are registered or have events, by name. `only` null: all. The recursion steps from one tenant's
 * conversations to the next's by index, so it costs what the page has, not what the tenants have.
 */
export async function tenantNames(
  { db, schema }: ReadSnapshot,
  only: readonly string[] | null,
  page: { after: string; limit: number },
): Promise<string[]> {
  const conversations = sql.id(schema, 'conversations');
  if (only !== null) {
    const { rows } = await sql<{ tenant: string }>`
      SELECT o.tenant FROM unnest(${[...only]}::text[]) AS o(tenant)
      WHERE o.tenant COLLATE "C" > ${page.after}
        AND (EXISTS (SELECT FROM billing.tenants t WHERE t.tenant = o.tenant)
          OR EXISTS (SELECT FROM ${conversations} c WHERE c.tenant = o.tenant))
      ORDER BY o.tenant COLLATE "C" LIMIT ${page.limit}`.execute(db);
    return rows.map(({ tenant }) => tenant);
  }
  const { rows } = await sql<{ tenant: string }>`
    WITH RECURSIVE met AS (
      (SELECT c.tenant, 1 AS n FROM ${conversations} c WHERE c.tenant > ${page.after} ORDER BY c.tenant LIMIT 1)
      UNION ALL
      SELECT c.tenant, met.n + 1 FROM met CROSS JOIN LATERAL
        (SELECT c.tenant FROM ${conversations} c WHERE c.tenant > met.tenant ORDER BY c.tenant LIMIT 1) c
      WHERE met.n < ${page.limit})
    SELECT tenant FROM met
    UNION
    (SELECT tenant FROM billing.tenants WHERE tenant > ${page.after} ORDER BY tenant LIMIT ${page.limit})
    ORDER BY tenant LIMIT ${page.limit}`.execute(db);
  return rows.map(({ tenant }) => tenant);
}
