import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestApi, testApi } from '../../../test/support/api.ts';
import { flat, planTerms } from '../../../test/support/plans.ts';

let api: TestApi;

const AS_PLANNED = { overrides: null, discount: null };

beforeAll(async () => {
  api = await testApi();
});

afterAll(() => api.close());

const put = (plan: string, from: string, body: unknown) =>
  api.call('PUT', `/v1/plans/${plan}/versions/${from}`, { body });

test('a plan shows all its versions, in the one form of every decimal', async () => {
  const created = await put('pro', '2026-03', planTerms({ monthlyFee: '199', minimum: '0' }));
  expect(created.status).toBe(201);
  expect(created.json).toMatchObject({ plan: 'pro', from: '2026-03', monthlyFee: '199.00', minimum: '0.00' });
  expect((await put('pro', '2026-01', planTerms())).status).toBe(201);
  expect((await put('pro', '2026-03', planTerms({ monthlyFee: '200.00' }))).status).toBe(200);
  const { json } = await api.call('GET', '/v1/plans/pro');
  expect(json.currency).toBe('BRL');
  expect(json.versions.map((version: { from: string }) => version.from)).toEqual(['2026-01', '2026-03']);
  expect(json.versions[1].monthlyFee).toBe('200.00');
  expect((await api.call('GET', '/v1/plans')).json.items).toMatchObject([{ plan: 'pro' }]);
  expect((await api.call('GET', '/v1/plans/none')).json.type).toBe('/problems/not-found');
});

test('terms that make no sense are refused where they are wrong', async () => {
  const answer = await put('bad', '2026-01', {
    ...planTerms({ monthlyFee: '1.005' }),
    active: { default: [{ upTo: 5, unitPrice: '1' }] },
  });
  expect(answer.status).toBe(400);
  expect(answer.json.errors.map((error: { pointer: string }) => error.pointer)).toEqual([
    '/monthlyFee',
    '/active/default/0/upTo',
  ]);
  expect((await put('bad', '2026-13', planTerms())).status).toBe(400);
  expect((await put('bad', '2026-01', { ...planTerms(), minimun: '0' })).status).toBe(400);
  expect((await put('bad', '2026-01', { ...planTerms(), currency: 'XXX' })).json.errors[0].pointer).toBe(
    '/currency',
  );
});

test.each(['__proto__', '_x', 'a b', ''])('a category cannot be called "%s"', async (category) => {
  const tiers = JSON.stringify(flat('1'));
  const active = JSON.parse(`{"default":${tiers},"constructor":${tiers},"${category}":${tiers}}`);
  const answer = await put('named', '2026-01', { ...planTerms(), active });
  expect(answer.status).toBe(400);
  expect(answer.json.errors).toEqual([
    { pointer: `/active/${category}`, detail: expect.stringMatching(/^must be named like /) },
  ]);
});

test('all versions of a plan, and all plans of a tenant, share one currency', async () => {
  await put('real', '2026-01', planTerms());
  expect((await put('real', '2026-02', planTerms({ currency: 'USD' }))).json.type).toBe(
    '/problems/currency-mismatch',
  );
  expect((await put('real', '2026-01', planTerms({ currency: 'USD' }))).status).toBe(200);
  expect((await put('real', '2026-01', planTerms())).status).toBe(200);
  await put('dollar', '2026-01', planTerms({ currency: 'USD' }));
  const subscribe = (from: string, body: unknown) =>
    api.call('PUT', `/v1/tenants/moneyed/subscriptions/${from}`, { body });
  expect((await subscribe('2026-01', { plan: 'real', until: '2026-03' })).status).toBe(201);
  expect((await subscribe('2026-03', { plan: 'dollar' })).json.type).toBe('/problems/currency-mismatch');
  expect((await subscribe('2026-01', { plan: 'dollar' })).status).toBe(200);
  expect((await put('dollar', '2026-01', planTerms())).json.type).toBe('/problems/currency-mismatch');
});

test('a credit or charge in one currency keeps the plans of its tenant in it', async () => {
  await put('in-reais', '2026-01', planTerms());
  for (const currency of ['USD', 'JPY'])
    await put(`in-${currency}`, '2026-01', {
      ...planTerms({ currency, monthlyFee: '0', minimum: '0' }),
      receptive: { allowance: 0, overage: flat('1') },
    });
  const url = '/v1/tenants/charged/subscriptions/2026-11';
  const subscribe = (plan: string) => api.call('PUT', url, { body: { plan } });
  await subscribe('in-reais');
  const body = { period: '2026-11', description: 'Setup', amount: '100.00', reason: 'agreed' };
  expect((await api.call('PUT', '/v1/tenants/charged/manual-lines/setup', { body })).status).toBe(201);
  for (const plan of ['in-USD', 'in-JPY'])
    expect((await subscribe(plan)).json).toMatchObject({
      type: '/problems/currency-mismatch',
      detail: `charged pays in BRL, the plan ${plan} is in ${plan.slice(3)}.`,
    });
  expect((await api.call('GET', '/v1/tenants/charged/invoices/2026-11')).json).toMatchObject({
    currency: 'BRL',
    total: '100.00',
  });
  expect((await api.call('GET', '/v1/invoices')).status).toBe(200);
});

test('a subscription cannot end under a credit or charge that is not invoiced yet', async () => {
  await put('ending', '2026-01', planTerms());
  const url = '/v1/tenants/leaving/subscriptions/2026-11';
  const subscribe = (until: string | null) => api.call('PUT', url, { body: { plan: 'ending', until } });
  await subscribe(null);
  const body = { period: '2026-12', description: 'Setup', amount: '100.00', reason: 'agreed' };
  await api.call('PUT', '/v1/tenants/leaving/manual-lines/setup', { body });
  for (const refused of [await api.call('DELETE', url), await subscribe('2026-12')])
    expect(refused.json).toMatchObject({
      type: '/problems/manual-lines',
      status: 409,
      detail: 'Manual lines of 2026-12 would be left without a plan to be invoiced with.',
    });
  expect((await subscribe('2027-01')).status).toBe(200);
});

test('subscriptions do not overlap, and start with a version of their plan', async () => {
  await put('basic', '2026-02', planTerms());
  const url = '/v1/tenants/acme/subscriptions';
  const subscribe = (from: string, body: unknown) => api.call('PUT', `${url}/${from}`, { body });
  expect((await subscribe('2026-01', { plan: 'basic' })).json.type).toBe('/problems/no-plan-version');
  expect((await subscribe('2026-02', { plan: 'nothing' })).status).toBe(404);
  expect((await subscribe('2026-05', { plan: 'basic', until: '2026-05' })).json.errors[0].pointer).toBe(
    '/until',
  );
  const created = await subscribe('2026-02', { plan: 'basic', until: '2026-04' });
  expect(created.status).toBe(201);
  expect(created.json).toMatchObject({ plan: 'basic', from: '2026-02', until: '2026-04', ...AS_PLANNED });
  expect((await subscribe('2026-03', { plan: 'basic' })).json.type).toBe('/problems/subscription-overlap');
  expect((await subscribe('2026-04', { plan: 'basic' })).status).toBe(201);
  const pages = await api.call('GET', `${url}?limit=1`);
  expect(pages.json.items).toHaveLength(1);
  const rest = await api.call('GET', `${url}?limit=1&cursor=${pages.json.nextCursor}`);
  expect(rest.json).toMatchObject({
    items: [{ plan: 'basic', from: '2026-04', until: null, ...AS_PLANNED }],
    nextCursor: null,
  });
  expect((await api.call('DELETE', `${url}/2026-04`)).status).toBe(200);
  expect((await api.call('DELETE', `${url}/2026-04`)).status).toBe(404);
});

test('every change is in the audit, with who, before and after', async () => {
  await put('audited', '2026-01', planTerms());
  await put('audited', '2026-01', planTerms({ monthlyFee: '5.00' }));
  const { json } = await api.call('GET', '/v1/audit?subjectType=plan&subject=audited/2026-01');
  expect(json.items).toMatchObject([
    { actor: 'admin', action: 'change', before: { monthlyFee: '0.00' }, after: { monthlyFee: '5.00' } },
    { actor: 'admin', action: 'create', before: null, after: { plan: 'audited', from: '2026-01' } },
  ]);
  const page = await api.call('GET', '/v1/audit?limit=1');
  expect(page.json.items).toHaveLength(1);
  const next = await api.call('GET', `/v1/audit?limit=1&cursor=${page.json.nextCursor}`);
  expect(next.json.items[0].id).toBeLessThan(page.json.items[0].id);
});

test('a plan or subscription that is put again as it is leaves no trace in the audit', async () => {
  const entries = async () => (await api.call('GET', '/v1/audit?limit=1000')).json.items.length;
  const subscribe = () =>
    api.call('PUT', '/v1/tenants/steady/subscriptions/2026-01', { body: { plan: 'steady' } });
  await put('steady', '2026-01', planTerms());
  await subscribe();
  const before = await entries();
  expect((await put('steady', '2026-01', planTerms({ monthlyFee: '0' }))).status).toBe(200);
  expect((await subscribe()).json).toEqual({
    ...{ plan: 'steady', from: '2026-01', until: null, ...AS_PLANNED },
    affects: { drafts: [], total: [], changed: 0, complete: true },
  });
  expect(await entries()).toBe(before);
});

test('reading needs billing:read, changing billing:write, and plans concern all tenants', async () => {
  const keyOf = async (scopes: string[], tenants: string[] | null) =>
    (await api.call('POST', '/v1/ops/keys', { body: { name: 'test', scopes, tenants } })).json.secret;
  const reader = await keyOf(['billing:read'], null);
  const limited = await keyOf(['billing:read', 'billing:write'], ['acme']);
  const body = planTerms();
  expect((await api.call('PUT', '/v1/plans/p/versions/2026-01', { body, key: reader })).json.type).toBe(
    '/problems/forbidden-scope',
  );
  expect((await api.call('PUT', '/v1/plans/p/versions/2026-01', { body, key: limited })).json.type).toBe(
    '/problems/forbidden-tenant',
  );
  expect((await api.call('GET', '/v1/plans', { key: reader })).status).toBe(200);
  expect(
    (await api.call('GET', '/v1/audit', { key: limited })).json.items.every(
      (entry: { tenant: string }) => entry.tenant === 'acme',
    ),
  ).toBe(true);
  expect((await api.call('GET', '/v1/tenants/other/subscriptions', { key: limited })).status).toBe(403);
});
