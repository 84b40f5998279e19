import { type RawBuilder, sql } from 'kysely';
import type { ReadSnapshot } from './snapshot.ts';

/**
 * Tenants that are registered, have events, or concern finance (a subscription, an invoice: manual lines come with
 * either), by name. `only` null: all. Costs what the page has, not what the tenants have.
 */
export async function tenantNames(
  { db, schema }: ReadSnapshot,
  only: readonly string[] | null,
  page: { after: string; limit: number },
): Promise<string[]> {
  const tables = [
    sql.table('billing.tenants'),
    sql.table(`${schema}.conversations`),
    sql.table('billing.subscriptions'),
    sql.table('billing.invoices'),
  ];
  const names = only === null ? namesIn(tables, page) : knownOf(only, tables, page);
  const { rows } = await sql<{ tenant: string }>`${names}`.execute(db);
  return rows.map(({ tenant }) => tenant);
}

type Sql = RawBuilder<unknown>;

function knownOf(
  only: readonly string[],
  tables: readonly Sql[],
  { after, limit }: { after: string; limit: number },
): Sql {
  const known = tables.map((table) => sql`EXISTS (SELECT FROM ${table} t WHERE t.tenant = o.tenant)`);
  return sql`
    SELECT o.tenant FROM unnest(${[...only]}::text[]) AS o(tenant)
    WHERE o.tenant COLLATE "C" > ${after} AND (${sql.join(known, sql` OR `)})
    ORDER BY o.tenant COLLATE "C" LIMIT ${limit}`;
}

/** In each table the recursion steps from one tenant's rows to the next's by index. */
function namesIn(tables: readonly Sql[], { after, limit }: { after: string; limit: number }): Sql {
  const steps = tables.map(
    (table, i) => sql`${nameOf(i)} AS (
      (SELECT t.tenant, 1 AS n FROM ${table} t WHERE t.tenant > ${after} ORDER BY t.tenant LIMIT 1)
      UNION ALL
      SELECT t.tenant, met.n + 1 FROM ${nameOf(i)} met CROSS JOIN LATERAL
        (SELECT t.tenant FROM ${table} t WHERE t.tenant > met.tenant ORDER BY t.tenant LIMIT 1) t
      WHERE met.n < ${limit})`,
  );
  const parts = tables.map((_, i) => sql`SELECT tenant FROM ${nameOf(i)}`);
  return sql`
    WITH RECURSIVE ${sql.join(steps)} ${sql.join(parts, sql` UNION `)} ORDER BY tenant LIMIT ${limit}`;
}

function nameOf(i: number): Sql {
  return sql.id(`names_${i}`);
}
