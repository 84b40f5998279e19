import { sql } from 'kysely';
import type { Database } from '../../src/store/database.ts';

/** Windows of many tenants, counted as the projector would have, in a month of São Paulo. */
export interface ManyTenants {
  /** `<prefix>-00001` and so on. */
  prefix: string;
  tenants: number;
  /** Of each tenant; every fifth is active. */
  windows: number;
  /** Of the month, in ms. */
  start: number;
  end: number;
}

/** Writes them into the live projection past the log, and a subscription to a plan for each. */
export async function fillManyTenants(
  { db }: Database,
  { prefix, tenants, windows, start, end }: ManyTenants,
  subscription: { plan: string; from: string },
): Promise<void> {
  const name = sql`${prefix}::text || '-' || lpad(t::text, 5, '0')`;
  await sql`
    INSERT INTO billing.subscriptions (tenant, from_period, plan, created_at, updated_at)
    SELECT ${name}, ${subscription.from}, ${subscription.plan}, 0, 0 FROM generate_series(1, ${tenants}::int) AS t`.execute(
    db,
  );
  await sql`
    INSERT INTO projection.conversations (conversation, tenant, channel, account, contact)
    SELECT md5(${prefix}::text || t || '/' || c)::uuid, ${name}, 'whatsapp', '551140000001', '55119' || (80000000 + c)
    FROM generate_series(1, ${tenants}::int) AS t, generate_series(1, ${windows}::int) AS c`.execute(db);
  await sql`
    INSERT INTO projection.windows (conversation, opened_at, closes_at, opener, kind, partition, "offset", tenant,
      channel, account, opened_by, rule, origin, category, campaign)
    SELECT md5(${prefix}::text || t || '/' || c)::uuid, at, at + 86400000, md5('e' || t || '/' || c)::uuid, kind, 0,
      c, tenant, 'whatsapp', '551140000001',
      'wamid.HBgNNTUxMTk4' || c, 'fixed', CASE WHEN kind = 1 THEN 'campaign' END,
      CASE WHEN kind = 1 THEN (ARRAY['marketing', 'utility'])[1 + c % 2] END, NULL
    FROM (SELECT t, c, ${name} AS tenant, (c % 5 = 0)::int AS kind,
        ${start}::bigint + (c::bigint * 7919 * 1009 + t * 104729::bigint) % ${end - start}::bigint AS at
      FROM generate_series(1, ${tenants}::int) AS t, generate_series(1, ${windows}::int) AS c) AS drawn`.execute(
    db,
  );
  await sql`
    INSERT INTO projection.window_tallies (tenant, day, kind, channel, account, origin, category, partition, windows)
    SELECT tenant, (to_timestamp(opened_at / 1000.0) AT TIME ZONE 'America/Sao_Paulo')::date, kind, channel, account,
      coalesce(origin, ''), coalesce(category, ''), partition, count(*)
    FROM projection.windows WHERE tenant LIKE ${`${prefix}-%`} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8`.execute(db);
  for (const table of ['windows', 'conversations', 'window_tallies'])
    await sql`VACUUM ANALYZE ${sql.table(`projection.${table}`)}`.execute(db);
  await sql`VACUUM ANALYZE billing.subscriptions`.execute(db);
}

/** October 2025 in São Paulo. */
export const OCTOBER = { start: Date.UTC(2025, 9, 1, 3), end: Date.UTC(2025, 10, 1, 3) };
