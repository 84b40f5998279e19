import { sql } from 'kysely';
import type { Database } from '../src/store/database.ts';
import { KEY } from './ingest.ts';
import { openClient } from './lib/http-client.ts';
import { atMost, type Finding, percentile } from './lib/stats.ts';
import { inWorld } from './lib/world.ts';

const WINDOWS = 1_000_000;
const REQUESTS = 400;

/** Answers for a tenant with a million windows in the period; the limit is the target itself, in ms. */
export async function benchUsage(): Promise<Finding[]> {
  const findings: Finding[] = [];
  await inWorld(async (world) => {
    const { url, database } = await world.database();
    await fillWindows(database);
    const service = await world.service({ DATABASE_URL: url, ADMIN_API_KEY: KEY });
    const client = await openClient(service.url, KEY);
    for (const [query, target] of [
      ['', 20],
      ['&groupBy=day,channel', 50],
      ['&groupBy=campaign', 1_000],
    ] as const) {
      const times: number[] = [];
      for (let i = 0; i < (target > 100 ? 20 : REQUESTS) + 10; i++) {
        const askedAt = performance.now();
        const { status, body } = await client.request('GET', `/v1/tenants/acme/usage?period=2026-10${query}`);
        if (i >= 10) times.push(performance.now() - askedAt);
        if (
          status !== 200 ||
          JSON.parse(body).receptive.windows + JSON.parse(body).active.windows !== WINDOWS
        )
          throw new Error(`${status}: ${body.slice(0, 400)}`);
      }
      const p99 = percentile(times, 0.99);
      const measured = `p50 ${percentile(times, 0.5).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
      findings.push(
        atMost(`usage${query} of ${WINDOWS} windows, p99 / ${target} ms`, measured, p99 / target, 1),
      );
    }
    client.close();
  });
  return findings;
}

/** A month of windows of one tenant: 30 days, two channels, ten accounts, four origins, three categories, 12 partitions. */
async function fillWindows({ db }: Database): Promise<void> {
  const start = Date.UTC(2026, 9, 1, 3);
  await sql`
    INSERT INTO projection.windows (conversation, opened_at, closes_at, opener, kind, partition, "offset", tenant,
      channel, account, opened_by, rule, origin, category, campaign)
    SELECT md5('c' || i)::uuid, at, at + 86400000, md5('e' || i)::uuid, kind, i % 12,
      i, 'acme',
      CASE WHEN i % 7 = 0 THEN 'instagram' ELSE 'whatsapp' END, '55114000000' || i % 10, 'e' || i, 'fixed',
      CASE WHEN kind = 1 THEN (ARRAY['campaign', 'manual', 'bot', 'api'])[1 + i % 4] END,
      CASE WHEN kind = 1 THEN (ARRAY['marketing', 'utility', 'authentication'])[1 + i % 3] END,
      CASE WHEN kind = 1 AND i % 4 = 0 THEN 'campaign-' || i % 50 END
    FROM (SELECT i, ${start}::bigint + (i::bigint * 2591) % (31::bigint * 86400000) AS at, (i % 5 = 0)::int AS kind
          FROM generate_series(1, ${WINDOWS}::int) AS i) AS drawn`.execute(db);
  await sql`
    INSERT INTO projection.window_tallies (tenant, day, kind, channel, account, origin, category, partition, windows)
    SELECT tenant, (to_timestamp(opened_at / 1000.0) AT TIME ZONE 'America/Sao_Paulo')::date, kind, channel, account,
      coalesce(origin, ''), coalesce(category, ''), partition, count(*)
    FROM projection.windows GROUP BY 1, 2, 3, 4, 5, 6, 7, 8`.execute(db);
  await sql`VACUUM ANALYZE projection.windows`.execute(db);
  await sql`VACUUM ANALYZE projection.window_tallies`.execute(db);
}
