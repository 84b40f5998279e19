import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestApi, testApi } from '../../test/support/api.ts';

let api: TestApi;
type Group = { account: string };
const LARGEST = 3_000_000;

beforeAll(async () => {
  api = await testApi({ clock: () => Date.parse('2026-11-03T13:00:00Z') });
});

afterAll(() => api?.close());

/** All items of a list, page by page; no page is larger than an answer may be. */
async function everything(url: string) {
  const items: {
    tenant: string;
    position: { offset: number };
    plan: string;
    id: string;
    from: string;
    period: { id: string };
  }[] = [];
  let pages = 0;
  for (let cursor: string | null = ''; cursor !== null; pages++) {
    const answer = await api.call(
      'GET',
      `${url}${url.includes('?') ? '&' : '?'}limit=1000${cursor === '' ? '' : `&cursor=${cursor}`}`,
    );
    expect(answer.status).toBe(200);
    expect(answer.text.length).toBeLessThan(LARGEST);
    items.push(...answer.json.items);
    cursor = answer.json.nextCursor;
  }
  return { items, pages };
}

function months(first: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const month = new Date(`${first}-01T00:00:00Z`);
    month.setUTCMonth(month.getUTCMonth() + i);
    return month.toISOString().slice(0, 7);
  });
}

function termsWith(categories: number) {
  const tiers = [{ upTo: null, unitPrice: '0.45' }];
  const names = Array.from({ length: categories }, (_, i) => [`c-${i}-${'x'.repeat(50)}`, tiers]);
  return {
    currency: 'BRL',
    monthlyFee: '0',
    minimum: '0',
    receptive: { allowance: 0, limit: null, overage: [{ upTo: null, unitPrice: '0.30' }] },
    active: { default: tiers, ...Object.fromEntries(names) },
  };
}

test('pages of tenants with long timelines of rules end early, and none is left out', async () => {
  const from = (i: number) => new Date(Date.UTC(2030, 0, 1) + i * 60_000).toISOString();
  const rules = [
    { from: null, rule: 'fixed' },
    ...Array.from({ length: 900 }, (_, i) => ({ from: from(i), rule: i % 2 === 0 ? 'sliding' : 'fixed' })),
  ];
  const names = Array.from({ length: 35 }, (_, i) => `large-${String(i).padStart(2, '0')}`);
  for (const name of names)
    expect((await api.call('PUT', `/v1/tenants/${name}`, { body: { rules } })).status).toBe(201);
  const { items, pages } = await everything('/v1/tenants');
  expect(items.map(({ tenant }) => tenant)).toEqual(names);
  expect(pages).toBeGreaterThan(1);
});

test('records in quarantine of a megabyte come few at a time', async () => {
  await api.database.database.pool.query(
    `INSERT INTO projection.quarantine (partition, "offset", reason, detail, record)
     SELECT 0, i, 'unreadable', 'no JSON', convert_to(repeat('x', 900000), 'UTF8') FROM generate_series(0, 9) i`,
  );
  const { items, pages } = await everything('/v1/ops/quarantine');
  expect(items.map(({ position }) => position.offset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(pages).toBeGreaterThan(2);
});

test('pages of connections that name thousands of numbers end early', async () => {
  const numbers = Array.from({ length: 12_000 }, (_, i) => [`n-${i}-${'x'.repeat(40)}`, 'acme']);
  const secrets = { kind: 'whatsapp-cloud', appSecret: 'secret', verifyToken: 'token', sends: 'posted' };
  const body = { ...secrets, tenants: Object.fromEntries(numbers), tenant: null };
  for (const name of ['a', 'b', 'c', 'd', 'e'])
    expect((await api.call('PUT', `/v1/connections/${name}`, { body })).status).toBe(201);
  const { items, pages } = await everything('/v1/connections');
  expect(items).toHaveLength(5);
  expect(pages).toBe(2);
});

test('the versions of a plan may only grow so far, and pages of plans end early', async () => {
  const body = termsWith(999);
  const putVersion = async (plan: string, year: number) =>
    await api.call('PUT', `/v1/plans/${plan}/versions/${year}-01`, { body });
  let year = 2026;
  let refused = await putVersion('growing', year);
  while (refused.status === 201) refused = await putVersion('growing', ++year);
  expect(refused.json).toMatchObject({ type: '/problems/plan-too-large', status: 409 });
  expect(year).toBeGreaterThan(2030);
  const whole = await api.call('GET', '/v1/plans/growing');
  expect(whole.text.length).toBeLessThan(LARGEST);
  expect(whole.json.versions).toHaveLength(year - 2026);
  for (const plan of ['next', 'other'])
    for (let i = 0; i < 6; i++) expect((await putVersion(plan, 2026 + i)).status).toBe(201);
  const { items, pages } = await everything('/v1/plans');
  expect(items.map(({ plan }) => plan)).toEqual(['growing', 'next', 'other']);
  expect(pages).toBe(2);
}, 60_000);

test('an invoice takes so many manual lines, and answers with all of them', async () => {
  await api.call('PUT', '/v1/plans/noted/versions/2026-01', { body: termsWith(1) });
  await api.call('PUT', '/v1/tenants/noted/subscriptions/2026-01', { body: { plan: 'noted', until: null } });
  const put = (id: string, period = '2026-10') =>
    api.call('PUT', `/v1/tenants/noted/manual-lines/${id}`, {
      body: { period, description: 'x'.repeat(256), amount: '1', reason: '"'.repeat(1024) },
    });
  expect((await put('0')).status).toBe(201);
  await api.database.database.pool.query(
    `INSERT INTO billing.manual_lines (tenant, period, line_id, description, amount, reason, currency, created_at)
     SELECT tenant, period, i::text, description, amount, reason, currency, created_at
     FROM billing.manual_lines, generate_series(1, 999) i WHERE tenant = 'noted'`,
  );
  expect((await put('one-more')).json).toMatchObject({
    type: '/problems/too-many-manual-lines',
    status: 409,
  });
  expect([(await put('7')).status, (await put('one-more', '2026-11')).status]).toEqual([200, 201]);
  const whole = await api.call('GET', '/v1/tenants/noted/invoices/2026-10');
  expect(whole.text.length).toBeLessThan(LARGEST);
  expect(whole.json.lines).toHaveLength(1000);
  const { items, pages } = await everything('/v1/line-items?tenant=noted&period=2026-10');
  expect([items.length, new Set(items.map(({ id }) => id)).size]).toEqual([1000, 1000]);
  expect(pages).toBe(2);
  expect((await api.call('DELETE', '/v1/tenants/noted/manual-lines/7')).status).toBe(204);
  expect((await put('one-more-2')).status).toBe(201);
});

test('an invoice names some thousands of adjustments, and the list of lines has them all', async () => {
  await api.call('PUT', '/v1/plans/adjusted/versions/2026-01', { body: termsWith(999) });
  await api.call('PUT', '/v1/tenants/adjusted', { body: {} });
  const body = { plan: 'adjusted', until: null };
  await api.call('PUT', '/v1/tenants/adjusted/subscriptions/2026-03', { body });
  for (const month of months('2026-03', 6))
    expect((await api.call('POST', `/v1/tenants/adjusted/invoices/${month}/finalize`)).status).toBe(200);
  await api.database.database.pool.query(
    `INSERT INTO projection.window_tallies (tenant, day, kind, channel, account, origin, category, partition, windows)
     SELECT 'adjusted', month, 1, 'whatsapp', 'a', 'api', 'c-' || i || '-' || repeat('x', 50), 0, 1
     FROM generate_series(0, 998) i, generate_series('2026-03-05', '2026-08-05', interval '1 month') month`,
  );
  const whole = await api.call('GET', '/v1/tenants/adjusted/invoices/2026-09');
  expect(whole.text.length).toBeLessThan(LARGEST);
  expect(whole.json.lines.length + whole.json.moreLines).toBe(6 * 999);
  expect(whole.json.moreLines).toBeGreaterThan(1_000);
  expect(whole.json.total).toBe((6 * 999 * 0.45).toFixed(2));
  const { items, pages } = await everything('/v1/line-items?tenant=adjusted&period=2026-09');
  expect(new Set(items.map(({ id }) => id)).size).toBe(6 * 999);
  expect(pages).toBeGreaterThan(5);
});

test('pages of subscriptions with many prices, and of invoices made by them, end early', async () => {
  const { currency: _, ...overrides } = termsWith(999);
  await api.call('PUT', '/v1/plans/agreed/versions/2020-01', { body: termsWith(1) });
  await api.call('PUT', '/v1/tenants/agreed', { body: {} });
  const body = { plan: 'agreed', until: '2023-12', overrides };
  expect((await api.call('PUT', '/v1/tenants/agreed/subscriptions/2023-11', { body })).status).toBe(201);
  await api.database.database.pool.query(
    `INSERT INTO billing.subscriptions (tenant, from_period, until_period, plan, overrides, created_at, updated_at)
     SELECT tenant, to_char(month, 'YYYY-MM'), to_char(month + interval '1 month', 'YYYY-MM'), plan, overrides,
       created_at, updated_at
     FROM billing.subscriptions, generate_series('2023-12-01', '2026-11-01', interval '1 month') month
     WHERE tenant = 'agreed'`,
  );
  const subscriptions = await everything('/v1/tenants/agreed/subscriptions');
  expect(subscriptions.items.map(({ from }) => from)).toEqual(months('2023-11', 37));
  expect(subscriptions.pages).toBe(2);
  // Drafts begin 24 months back.
  const invoices = await everything('/v1/tenants/agreed/invoices');
  expect(invoices.items.map(({ period }) => period.id)).toEqual(months('2024-12', 24));
  expect(invoices.pages).toBeGreaterThan(1);
});

test('usage has at most 20,000 groups in JSON, and all of them as a table', async () => {
  await api.database.database.pool.query(
    `INSERT INTO projection.window_tallies (tenant, day, kind, channel, account, origin, category, partition, windows)
     SELECT 'crowd', '2026-10-05', 0, 'whatsapp', 'a' || i, '', '', 0, 1 FROM generate_series(1, 20001) i`,
  );
  const url = '/v1/tenants/crowd/usage?period=2026-10&groupBy=account';
  expect((await api.call('GET', url)).json).toMatchObject({ type: '/problems/too-many-groups', status: 422 });
  const table = await api.call('GET', `${url}&format=csv`);
  expect([table.status, table.text.trimEnd().split('\n').length]).toEqual([200, 20_002]);
  await api.database.database.pool.query(
    "DELETE FROM projection.window_tallies WHERE tenant = 'crowd' AND account = 'a1'",
  );
  const { groups } = (await api.call('GET', url)).json;
  expect(groups).toHaveLength(20_000);
  const [, ...rows] = (await api.call('GET', `${url}&format=csv`)).text.trimEnd().split('\r\n');
  expect(rows.map((row) => row.split(',')[11])).toEqual(groups.map(({ account }: Group) => account));
});
