import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import type { Database } from '../src/store/database.ts';
import { KEY } from './ingest.ts';
import { openClient } from './lib/http-client.ts';
import { atLeast, atMost, type Finding, median, percentile, rate } from './lib/stats.ts';
import { inWorld } from './lib/world.ts';

const PERIOD = '2025-10';
const DRAFTS = 200;
const ROUNDS = 3;
const LINES_PER_INVOICE = 5;
/** What a stream may add to the memory of the service, in MB: buffers and garbage, whatever its length. */
const STREAM_MB = 200;

/** A draft and a final invoice for a tenant with `windows` windows in the period, and a stream of `lines` lines. */
export async function benchFinance(windows: number, lines: number): Promise<Finding[]> {
  const findings: Finding[] = [];
  await inWorld(async (world) => {
    const { url, database } = await world.database();
    await fillWindows(database, windows);
    const service = await world.service({ DATABASE_URL: url, ADMIN_API_KEY: KEY, GRACE_HOURS: '0' });
    await subscribe(service.url);
    findings.push(
      await benchDraft(service.url, windows),
      await benchFinalize(service.url, database, windows),
    );
    await fillLines(database, lines);
    findings.push(await benchStream(service.url, service.pid, lines));
  });
  return findings;
}

async function benchDraft(url: string, windows: number): Promise<Finding> {
  const client = await openClient(url, KEY);
  const times: number[] = [];
  for (let i = 0; i < DRAFTS + 10; i++) {
    const askedAt = performance.now();
    const { status, body } = await client.request('GET', `/v1/tenants/acme/invoices/${PERIOD}`);
    if (i >= 10) times.push(performance.now() - askedAt);
    if (status !== 200 || quantityOf(body) !== windows) throw new Error(`${status}: ${body.slice(0, 400)}`);
  }
  client.close();
  const p99 = percentile(times, 0.99);
  const measured = `p50 ${median(times).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
  return atMost(`draft of ${windows} windows, p99 / 100 ms`, measured, p99 / 100, 1);
}

/** The limit: the same rows, read the same way, into a table without any index. */
async function benchFinalize(url: string, database: Database, windows: number): Promise<Finding> {
  const client = await openClient(url, KEY);
  const invoice = `/v1/tenants/acme/invoices/${PERIOD}`;
  const bare: number[] = [];
  const finalized: number[] = [];
  let number = '';
  for (let i = 0; i < ROUNDS; i++) {
    await sql`CREATE TABLE bare (LIKE billing.billed_windows)`.execute(database.db);
    bare.push(await timed(() => bareInsert(database)));
    await sql`DROP TABLE bare`.execute(database.db);
    finalized.push(
      await timed(async () => {
        const { status, body } = await client.request('POST', `${invoice}/finalize`);
        if (status !== 200 || quantityOf(body) !== windows)
          throw new Error(`${status}: ${body.slice(0, 400)}`);
        number = JSON.parse(body).number;
      }),
    );
    await client.request('POST', `/v1/invoices/${number}/void`, Buffer.from('{"reason":"once more"}'));
  }
  client.close();
  const measured = `${rate(windows, median(finalized))} windows/s of ${rate(windows, median(bare))}`;
  return atLeast('finalize / bare INSERT ... SELECT', measured, median(bare) / median(finalized), 0.5);
}

export async function bareInsert({ db }: Database): Promise<void> {
  await sql`
    INSERT INTO bare SELECT 1, w.opened_at, w.closes_at, w."offset", w.conversation, w.opener, 0, w.kind, w.partition,
      w.channel, w.account, c.contact, w.opened_by, w.rule, w.origin, w.category, w.campaign
    FROM projection.windows w JOIN projection.conversations c USING (conversation)
    WHERE w.tenant = 'acme' AND w.opened_at >= ${START} AND w.opened_at < ${END}`.execute(db);
}

async function benchStream(url: string, pid: number, lines: number): Promise<Finding> {
  const before = residentMb(pid);
  let highest = before;
  const sampler = setInterval(() => {
    highest = Math.max(highest, residentMb(pid));
  }, 100);
  let seen = 0;
  const ms = await timed(async () => {
    const headers = { authorization: `Bearer ${KEY}`, accept: 'text/csv' };
    const response = await fetch(`${url}/v1/line-items?status=final`, { headers });
    for await (const chunk of response.body ?? [])
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) seen++;
  });
  clearInterval(sampler);
  if (seen !== lines + 1) throw new Error(`${seen} lines of CSV, not ${lines + 1}`);
  const measured = `${rate(lines, ms)} lines/s, from ${before} to at most ${highest} MB`;
  return atMost(
    `memory that ${lines} CSV lines take / ${STREAM_MB} MB`,
    measured,
    (highest - before) / STREAM_MB,
    1,
  );
}

const START = Date.UTC(2025, 9, 1, 3);
const END = Date.UTC(2025, 10, 1, 3);

export async function fillWindows({ db }: Database, windows: number): Promise<void> {
  await sql`
    INSERT INTO projection.conversations (conversation, tenant, channel, account, contact)
    SELECT md5('c' || i)::uuid, 'acme', 'whatsapp', '551140000001', '55119' || (80000000 + i)
    FROM generate_series(0, ${windows}::int / 2) AS i`.execute(db);
  await sql`
    INSERT INTO projection.windows (conversation, opened_at, closes_at, opener, kind, partition, "offset", tenant,
      channel, account, opened_by, rule, origin, category, campaign)
    SELECT md5('c' || i % (${windows}::int / 2))::uuid, at, at + 86400000, md5('e' || i)::uuid, kind, i % 12,
      i, 'acme', 'whatsapp', '551140000001',
      'wamid.HBgNNTUxMTk4' || i, 'fixed', CASE WHEN kind = 1 THEN 'campaign' END,
      CASE WHEN kind = 1 THEN (ARRAY['marketing', 'utility'])[1 + i % 2] END,
      CASE WHEN kind = 1 AND i % 4 = 0 THEN 'campaign-' || i % 50 END
    FROM (SELECT i, ${START}::bigint + (i::bigint * 2591) % ${END - START}::bigint AS at, (i % 5 = 0)::int AS kind
          FROM generate_series(1, ${windows}::int) AS i) AS drawn`.execute(db);
  await sql`
    INSERT INTO projection.window_tallies (tenant, day, kind, channel, account, origin, category, partition, windows)
    SELECT tenant, (to_timestamp(opened_at / 1000.0) AT TIME ZONE 'America/Sao_Paulo')::date, kind, channel, account,
      coalesce(origin, ''), coalesce(category, ''), partition, count(*)
    FROM projection.windows GROUP BY 1, 2, 3, 4, 5, 6, 7, 8`.execute(db);
  for (const table of ['windows', 'conversations', 'window_tallies'])
    await sql`VACUUM ANALYZE ${sql.table(`projection.${table}`)}`.execute(db);
}

async function subscribe(url: string): Promise<void> {
  const put = async (path: string, body: unknown) => {
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
    const answer = await fetch(`${url}/v1/${path}`, { method: 'PUT', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
  };
  const overage = [
    { upTo: 200_000, unitPrice: '0.30' },
    { upTo: null, unitPrice: '0.25' },
  ];
  const flat = [{ upTo: null, unitPrice: '0.45' }];
  await put('plans/pro/versions/2025-01', {
    currency: 'BRL',
    monthlyFee: '199.00',
    receptive: { allowance: 1000, overage },
    active: { default: flat, marketing: flat },
  });
  await put('tenants/acme/subscriptions/2025-01', { plan: 'pro' });
}

/** Invoices of other tenants, as they would have been made. */
async function fillLines({ db }: Database, lines: number): Promise<void> {
  await sql`
    INSERT INTO billing.invoices (tenant, period, status, number, start_at, end_at, time_zone, currency, total,
      receptive, active, as_of, finalized_at, changed_at)
    SELECT 'tenant-' || i, ${PERIOD}, 'pending', NULL, ${START}, ${END}, 'America/Sao_Paulo', 'BRL', '1.00', 0, 0,
      '[]', i, i FROM generate_series(1, ${lines / LINES_PER_INVOICE}::int) AS i`.execute(db);
  await sql`
    INSERT INTO billing.invoice_lines (invoice, line, id, code, description, period, start_at, end_at, time_zone,
      quantity, unit_price, amount)
    SELECT i.id, n, 'active.' || n || ':1', 'active.' || n, 'Conversas ativas', i.period, i.start_at, i.end_at,
      i.time_zone, 1, '0.20', '0.20'
    FROM billing.invoices i, generate_series(0, ${LINES_PER_INVOICE - 1}::int) AS n
    WHERE i.status = 'pending'`.execute(db);
  await sql`
    UPDATE billing.invoices SET status = 'final', number = '2024-' || finalized_at WHERE status = 'pending'`.execute(
    db,
  );
  await sql`VACUUM ANALYZE billing.invoices`.execute(db);
  await sql`VACUUM ANALYZE billing.invoice_lines`.execute(db);
}

function quantityOf(body: string): number {
  const { lines } = JSON.parse(body) as { lines: { code: string; quantity: number }[] };
  return lines
    .filter(({ code }) => code !== 'monthly-fee')
    .reduce((total, { quantity }) => total + quantity, 0);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function residentMb(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kilobytes) / 1024);
}
