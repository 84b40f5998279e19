import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { active, receptive, type TestFinance, testFinance } from '../../../test/support/finance.ts';
import { fillManyTenants, OCTOBER } from '../../../test/support/many-tenants.ts';
import { flat, planTerms } from '../../../test/support/plans.ts';
import { until } from '../../../test/support/until.ts';
import { FINANCE_CONNECTIONS } from '../../billing/locks.ts';
import { startRunWorker } from '../../billing/runs/worker.ts';
import { createMetrics, type Metrics } from '../../metrics.ts';
import { createPositionWaiter } from '../../projection/read/position-waiter.ts';
import { liveNextOffsets } from '../../projection/tables/positions.ts';
import { type Database, openDatabase } from '../../store/database.ts';
import { verifyInvoices } from '../../verify/invoices/verify-invoices.ts';

let finance: TestFinance;
let pool: Database;
let metrics: Metrics;
const NOVEMBER = '2026-11-10T12:00:00-03:00';

beforeAll(async () => {
  finance = await testFinance();
  pool = openDatabase({ url: finance.database.url, max: FINANCE_CONNECTIONS });
  metrics = createMetrics();
});

afterAll(async () => {
  await pool.close();
  await finance.close();
});

function startWorker() {
  const { db, pool: lockPool } = finance.database.database;
  return startRunWorker({
    ...{
      db,
      pool: lockPool,
      financePool: pool.pool,
      retryMs: 20,
      logger: pino({ level: 'silent' }),
      metrics,
    },
    ...{ defaultTimeZone: finance.deps.defaultTimeZone, graceHours: 72, clock: () => finance.deps.clock() },
    unsealing: finance.deps.unsealing,
    freshLogEnds: () => finance.log.ends(),
    waiter: createPositionWaiter(() => liveNextOffsets(db)),
  });
}

const start = (period: string, tenants: readonly string[] | null, key?: string) =>
  finance.call('POST', '/v1/invoice-runs', {
    body: { period, tenants },
    ...(key === undefined ? {} : { key }),
  });

const report = async (id: number, query = '') => (await finance.get(`/v1/invoice-runs/${id}${query}`)).json;

async function finished(id: number) {
  await until(async () => (await report(id, '?limit=1')).state === 'finished', {
    timeoutMs: 120_000,
    what: 'the run to finish',
  });
  return await report(id, '?limit=1000');
}

/** Runs it with a worker of its own. */
async function run(period: string, tenants: readonly string[] | null) {
  const started = await start(period, tenants);
  expect(started.status).toBe(202);
  const worker = startWorker();
  try {
    return await finished(started.json.id);
  } finally {
    await worker.stop();
  }
}

test('a run makes what it can final and says of each tenant what kept it open', async () => {
  await finance.subscribe('ready');
  await finance.post('ready', [...receptive(3, NOVEMBER), ...active(2, NOVEMBER)]);
  await finance.subscribe('made-before');
  const before = (await finance.finalize('made-before', '2026-11')).json.number;
  await finance.call('PUT', '/v1/tenants/on-trial', { body: { test: true } });
  await finance.subscribe('on-trial');
  const tenants = ['ready', 'made-before', 'on-trial', 'never-seen', 'ready'];
  const { items, ...rest } = await run('2026-11', tenants);
  expect(rest).toMatchObject({
    ...{ period: '2026-11', forAll: false, state: 'finished', nextCursor: null },
    progress: { total: 4, waiting: 0, final: 2, open: 2, nothing: 0 },
  });
  const ready = (await finance.invoice('ready', '2026-11')).json;
  expect(ready).toMatchObject({ status: 'final' });
  expect(items).toMatchObject([
    { tenant: 'made-before', state: 'final', invoice: before, problem: null },
    {
      tenant: 'never-seen',
      state: 'open',
      invoice: null,
      problem: { type: '/problems/no-subscription', status: 409 },
    },
    { tenant: 'on-trial', state: 'open', problem: { type: '/problems/test-tenant' } },
    { tenant: 'ready', state: 'final', invoice: ready.number, problem: null },
  ]);
  const open = await report(rest.id, '?state=open&limit=1');
  expect(open.items.map(({ tenant }: { tenant: string }) => tenant)).toEqual(['never-seen']);
  const next = await report(rest.id, `?state=open&limit=1&cursor=${open.nextCursor}`);
  expect(next.items.map(({ tenant }: { tenant: string }) => tenant)).toEqual(['on-trial']);
  expect(next.nextCursor).toBeNull();
});

test('an invoice that a run makes is the one that finalizing it alone makes', async () => {
  const events = [
    ...receptive(40, NOVEMBER),
    ...active(7, NOVEMBER, 'm', 'marketing'),
    ...active(3, NOVEMBER),
  ];
  for (const tenant of ['alone', 'in-a-run']) {
    await finance.subscribe(tenant, '2026-01', { active: planTerms().active });
    await finance.post(tenant, events);
    await finance.finalize(tenant, '2026-10');
  }
  await finance.finalize('alone', '2026-11');
  await run('2026-11', ['in-a-run']);
  const own = async (tenant: string) => {
    const { lines, total, period, terms } = (await finance.invoice(tenant, '2026-11')).json;
    return { lines, total, period, terms };
  };
  expect(await own('in-a-run')).toEqual(await own('alone'));
  expect(await finance.windowsOf('in-a-run', '2026-11', 'receptive.included:1')).toHaveLength(
    (await finance.windowsOf('alone', '2026-11', 'receptive.included:1')).length,
  );
});

test('there is one run at a time; another one of the same month tries again what was kept open', async () => {
  await finance.subscribe('twice');
  finance.at('2027-01-02T12:00:00Z');
  const first = await start('2026-12', ['twice']);
  expect((await start('2026-12', ['twice'])).json).toMatchObject({
    type: '/problems/invoice-run-running',
    status: 409,
  });
  const worker = startWorker();
  const { items } = await finished(first.json.id);
  await worker.stop();
  expect(items).toMatchObject([
    { tenant: 'twice', state: 'open', problem: { type: '/problems/period-open' } },
  ]);
  finance.at('2027-03-20T12:00:00Z');
  const again = await run('2026-12', ['twice']);
  expect(again.items).toMatchObject([{ tenant: 'twice', state: 'final' }]);
  const list = (await finance.get('/v1/invoice-runs?limit=2')).json;
  expect(list.items.map(({ id }: { id: number }) => id)).toEqual([again.id, first.json.id]);
});

test('one tenant whose numbers do not hold does not keep the others', async () => {
  for (const tenant of ['sound-a', 'broken-b', 'sound-c']) {
    await finance.subscribe(tenant);
    await finance.post(tenant, receptive(2, NOVEMBER));
  }
  await finance.database.database.pool.query(
    "UPDATE projection.window_tallies SET windows = windows + 1 WHERE tenant = 'broken-b'",
  );
  const { items } = await run('2026-11', ['sound-a', 'broken-b', 'sound-c']);
  expect(items).toMatchObject([
    {
      ...{ tenant: 'broken-b', state: 'open', invoice: null },
      problem: {
        type: '/problems/internal-error',
        detail: expect.stringMatching(
          /^The invoice could not be made, which is a fault of the service: its log says why, at run \d+ and this tenant\.$/,
        ),
      },
    },
    { tenant: 'sound-a', state: 'final' },
    { tenant: 'sound-c', state: 'final' },
  ]);
  await finance.database.database.pool.query(
    "UPDATE projection.window_tallies SET windows = windows - 1 WHERE tenant = 'broken-b'",
  );
});

test('a run that is cancelled begins no more invoices, and says what it made', async () => {
  const tenants = Array.from({ length: 900 }, (_, i) => `cut-${i + 1000}`);
  await finance.call('PUT', '/v1/plans/of-cut/versions/2025-01', { body: planTerms() });
  await finance.database.database.pool.query(
    `INSERT INTO billing.subscriptions (tenant, from_period, until_period, plan, created_at, updated_at)
     SELECT tenant, '2025-08', '2025-09', 'of-cut', 0, 0 FROM unnest($1::text[]) AS tenant`,
    [tenants],
  );
  const { id } = (await start('2025-08', tenants)).json;
  const cancel = (key?: string) =>
    finance.call('POST', `/v1/invoice-runs/${id}/cancel`, key === undefined ? {} : { key });
  const worker = startWorker();
  await until(async () => (await report(id, '?limit=1')).progress.final > 0);
  const cancelled = await cancel();
  expect(cancelled).toMatchObject({ status: 202, json: { id, state: 'cancelling', finishedAt: null } });
  expect((await start('2025-08', tenants)).json.type).toBe('/problems/invoice-run-running');
  await until(async () => (await report(id, '?limit=1')).state === 'cancelled');
  await worker.stop();
  const { progress, items, finishedAt } = await report(id, '?limit=1000');
  expect(finishedAt).not.toBeNull();
  expect(progress.waiting).toBeGreaterThanOrEqual(100);
  expect(progress).toMatchObject({ total: 900, final: 900 - progress.waiting, open: 0 });
  const final = items.filter(({ state }: { state: string }) => state === 'final');
  const { rows } = await finance.database.database.pool.query(
    "SELECT number FROM billing.invoices WHERE tenant = ANY ($1) AND status = 'final' ORDER BY tenant",
    [tenants],
  );
  expect(final.map(({ invoice }: { invoice: string }) => invoice)).toEqual(rows.map(({ number }) => number));
  expect((await cancel()).json).toMatchObject({ state: 'cancelled' });
  const changes = (await finance.get(`/v1/audit?limit=1000`)).json.items.filter(
    (entry: { subject: string; action: string }) => entry.subject === String(id) && entry.action === 'cancel',
  );
  expect(changes).toMatchObject([{ before: { state: 'running' }, after: { state: 'cancelling' } }]);
  const again = await run('2025-08', tenants);
  expect(again.progress).toMatchObject({ waiting: 0, final: 900 });
  const over = await finance.call('POST', `/v1/invoice-runs/${again.id}/cancel`);
  expect(over).toMatchObject({ status: 409, json: { type: '/problems/invoice-run-finished' } });
  expect((await finance.call('POST', '/v1/invoice-runs/999/cancel')).json.type).toBe('/problems/not-found');
});

test('what a killed process made of a run that was cancelled then is found', async () => {
  for (const tenant of ['made-unnoted', 'never-begun']) await finance.subscribe(tenant);
  const { id } = (await start('2026-11', ['made-unnoted', 'never-begun'])).json;
  const { number } = (await finance.finalize('made-unnoted', '2026-11')).json;
  await finance.call('POST', `/v1/invoice-runs/${id}/cancel`);
  const worker = startWorker();
  await until(async () => (await report(id, '?limit=1')).state === 'cancelled');
  await worker.stop();
  expect((await report(id)).items).toMatchObject([
    { tenant: 'made-unnoted', state: 'final', invoice: number },
    { tenant: 'never-begun', state: 'waiting', invoice: null, problem: null },
  ]);
  expect((await finance.invoice('never-begun', '2026-11')).json.status).toBe('draft');
});

test('the metrics say how far a run is and what became of its tenants', async () => {
  const shown = async (state: string) =>
    (await metrics.invoiceRunTenants.get()).values.find(({ labels }) => labels.state === state)?.value ?? 0;
  const waiting = async () => (await metrics.invoiceRunWaiting.get()).values[0]?.value;
  for (const tenant of ['counted-a', 'counted-b']) await finance.subscribe(tenant);
  const before = await Promise.all(['final', 'open', 'failed'].map(shown));
  await run('2026-11', ['counted-a', 'counted-b', 'never-seen']);
  const after = await Promise.all(['final', 'open', 'failed'].map(shown));
  expect(after.map((value, i) => value - (before[i] ?? 0))).toEqual([2, 1, 0]);
  expect(await waiting()).toBe(0);
  const { id } = (await start('2026-11', ['counted-a'])).json;
  const worker = startWorker();
  await finished(id);
  await worker.stop();
  expect(await shown('final')).toBe((after[0] ?? 0) + 1);
});

test('a key that is limited to tenants runs for these and sees no other run', async () => {
  await finance.subscribe('mine');
  const keyWith = async (...scopes: string[]) =>
    (await finance.call('POST', '/v1/ops/keys', { body: { name: 'mine', scopes, tenants: ['mine'] } })).json;
  const customer = await keyWith('billing:write');
  expect((await start('2026-11', null, customer.secret)).json.type).toBe('/problems/forbidden-scope');
  const json = await keyWith('billing:read', 'billing:write', 'billing:admin');
  const theirs = await run('2026-11', ['ready']);
  expect((await start('2026-11', ['ready'], json.secret)).json.type).toBe('/problems/forbidden-tenant');
  const started = await start('2026-11', null, json.secret);
  expect(started.json.progress.total).toBe(1);
  const worker = startWorker();
  await finished(started.json.id);
  await worker.stop();
  const seen = await finance.call('GET', '/v1/invoice-runs', { key: json.secret });
  expect(seen.json.items.map(({ id }: { id: number }) => id)).toEqual([started.json.id]);
  const other = await finance.call('GET', `/v1/invoice-runs/${theirs.id}`, { key: json.secret });
  expect(other.json.type).toBe('/problems/not-found');
});

test('a month of 1,200 tenants becomes final, numbered without gaps, by two workers that are stopped on the way', async () => {
  await finance.call('PUT', '/v1/plans/of-many/versions/2025-01', {
    body: planTerms({ receptive: { allowance: 5, limit: null, overage: flat('0.30') } }),
  });
  const many = { prefix: 'many', tenants: 1_200, windows: 12, ...OCTOBER };
  await fillManyTenants(finance.database.database, many, { plan: 'of-many', from: '2025-10' });
  await finance.subscribe('left', '2025-09', {}, '2025-10');
  await finance.finalize('left', '2025-09');
  const { json } = await start('2025-10', null);
  expect(json.progress.total).toBe(1_201);
  for (let stops = 1; stops <= 3; stops++) {
    const workers = [startWorker(), startWorker()];
    await until(async () => (await report(json.id, '?limit=1')).progress.waiting <= 1_201 - stops * 200);
    for (const worker of workers) await worker.stop();
  }
  const worker = startWorker();
  const { progress } = await finished(json.id);
  await worker.stop();
  expect(progress).toEqual({ total: 1_201, waiting: 0, final: 1_200, open: 0, nothing: 1 });
  const { rows } = await finance.database.database.pool.query<{ made: number; first: number; last: number }>(
    `SELECT count(*)::int AS made, min(right(number, 6)::int) AS first, max(right(number, 6)::int) AS last
     FROM billing.invoices WHERE tenant LIKE 'many-%' AND status = 'final'`,
  );
  const { made = 0, first = 0, last = 0 } = rows[0] ?? {};
  expect(made).toBe(1_200);
  expect(last - first + 1).toBe(1_200);
  expect(await verifyInvoices(finance.database.database)).toMatchObject({ ok: true });
}, 180_000);

test('while many events come in a run rests, makes all the same invoices, and says how long it rested', async () => {
  const many = 1_600;
  await finance.call('PUT', '/v1/plans/of-crowd/versions/2025-01', {
    body: planTerms({ monthlyFee: '1.00' }),
  });
  const november = { start: Date.UTC(2025, 10, 1, 3), end: Date.UTC(2025, 11, 1, 3) };
  const rested = async () => (await metrics.invoiceRunRested.get()).values[0]?.value ?? 0;
  const runFor = async (prefix: string, beside?: () => Promise<void>) => {
    const crowd = { prefix, tenants: many, windows: 2, ...november };
    await fillManyTenants(finance.database.database, crowd, { plan: 'of-crowd', from: '2025-11' });
    const tenants = Array.from({ length: many }, (_, i) => `${prefix}-${String(i + 1).padStart(5, '0')}`);
    const [{ progress }] = await Promise.all([run('2025-11', tenants), beside?.()]);
    expect(progress).toMatchObject({ total: many, final: many });
  };
  const before = await rested();
  await runFor('quiet');
  expect(await rested()).toBe(before);
  const made = async () => {
    const { rows } = await finance.database.database.pool.query(
      "SELECT count(*)::int AS made FROM billing.invoices WHERE tenant LIKE 'beside-%' AND status = 'final'",
    );
    return rows[0].made as number;
  };
  await runFor('beside', async () => {
    // The run does not wait to count what comes after it began.
    await until(async () => (await made()) > 0, { what: 'the run to be at work' });
    for (let posted = 0; (await made()) < many; posted += 1_000) {
      const body = Array.from({ length: 1_000 }, (_, i) => ({
        ...{ id: `noise-${posted + i}`, type: 'activity.close', tenant: 'noise', channel: 'webchat' },
        ...{ account: 'shop', contact: `c${i}`, occurredAt: NOVEMBER },
      }));
      expect((await finance.call('POST', '/v1/events', { body })).status).toBe(202);
    }
  });
  expect(await rested()).toBeGreaterThan(before);
}, 120_000);
