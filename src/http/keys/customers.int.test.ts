import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestFinance, testFinance } from '../../../test/support/finance.ts';
import { planTerms } from '../../../test/support/plans.ts';

let finance: TestFinance;

beforeAll(async () => {
  finance = await testFinance();
  await finance.subscribe('acme');
  await finance.subscribe('globex');
});

afterAll(() => finance.close());

async function keyOf(scopes: string[], tenants: string[] | null): Promise<string> {
  const body = { name: 'test', scopes, tenants };
  return (await finance.call('POST', '/v1/ops/keys', { body })).json.secret;
}

const SUBSCRIPTION = { plan: 'plan-of-acme', until: '2026-02' };

test.each([
  ['PUT', '/v1/tenants/acme/subscriptions/2025-01', SUBSCRIPTION],
  ['DELETE', '/v1/tenants/acme/subscriptions/2026-01', undefined],
  ['PUT', '/v1/tenants/acme', { test: true }],
  ['PUT', '/v1/tenants/acme', { billTo: { name: 'Somebody else' } }],
  ['PUT', '/v1/tenants/acme', { paymentDays: 365 }],
  ['PUT', '/v1/tenants/acme', { credit: 'carry' }],
  ['PUT', '/v1/tenants/acme/manual-lines/gift', lineOf('-100000')],
  ['DELETE', '/v1/tenants/acme/manual-lines/none', undefined],
  ['POST', '/v1/tenants/acme/invoices/2026-11/finalize', undefined],
  ['POST', '/v1/invoices/2027-000001/void', { reason: 'I do not like it' }],
  ['PATCH', '/v1/invoices/2027-000001', { metadata: { paid: true } }],
  ['POST', '/v1/invoice-runs', { period: '2026-11', tenants: ['acme'] }],
] as const)('what a customer must not decide needs billing:admin: %s %s', async (method, url, body) => {
  const ask = async (scopes: string[], tenants: string[] | null) =>
    (await finance.call(method, url, { key: await keyOf(scopes, tenants), body })).json;
  const refused = await ask(['billing:read', 'billing:write'], ['acme']);
  expect(refused).toMatchObject({ type: '/problems/forbidden-scope', status: 403 });
  expect(refused.detail).toContain('billing:admin');
  const notRefused = async (scopes: string[], tenants: string[] | null) =>
    expect((await ask(scopes, tenants))?.type).not.toBe('/problems/forbidden-scope');
  if (method === 'DELETE' && url.includes('subscriptions')) return;
  await notRefused(['billing:write', 'billing:admin'], ['acme']);
  await notRefused(['billing:write'], null);
});

test('a tenant may be changed by its own key as far as that decides no invoice', async () => {
  const key = await keyOf(['billing:read', 'billing:write'], ['initech']);
  const made = await finance.call('PUT', '/v1/tenants/initech', { key, body: { name: 'Initech' } });
  expect(made.status).toBe(201);
  const same = await finance.call('PUT', '/v1/tenants/initech', { key, body: { name: 'B', test: false } });
  expect(same.json).toMatchObject({ name: 'B', test: false });
  const created = await keyOf(['billing:write'], ['hooli']);
  const asTest = await finance.call('PUT', '/v1/tenants/hooli', { key: created, body: { test: true } });
  expect(asTest.status).toBe(403);
  expect((await finance.get('/v1/tenants/hooli')).status).toBe(404);
});

test('a key limited to tenants sees the plans that they have, and public ones; of others not even that they exist', async () => {
  await finance.call('PUT', '/v1/plans/list-price/versions/2026-01', { body: planTerms() });
  const key = await keyOf(['billing:read', 'billing:write', 'billing:admin'], ['acme']);
  const seen = async () =>
    (await finance.call('GET', '/v1/plans', { key })).json.items.map(({ plan }: { plan: string }) => plan);
  expect(await seen()).toEqual(['plan-of-acme']);
  const one = (plan: string) => finance.call('GET', `/v1/plans/${plan}`, { key });
  expect((await one('plan-of-acme')).json).toMatchObject({ public: false });
  expect((await one('plan-of-globex')).json).toEqual({
    ...(await one('no-such-plan')).json,
    detail: 'There is no plan plan-of-globex.',
    requestId: expect.any(String),
  });
  const url = '/v1/tenants/acme/subscriptions/2025-01';
  const take = (plan: string) => finance.call('PUT', url, { key, body: { plan, until: '2025-02' } });
  expect((await take('plan-of-globex')).json).toMatchObject({ type: '/problems/not-found', status: 404 });

  const mark = (body: object, asking = {}) =>
    finance.call('PUT', '/v1/plans/list-price', { body, ...asking });
  expect((await mark({ public: true }, { key })).json.type).toBe('/problems/forbidden-tenant');
  expect((await mark({ public: true })).json).toMatchObject({ plan: 'list-price', public: true });
  expect((await mark({ public: true })).status).toBe(200);
  expect(await seen()).toEqual(['list-price', 'plan-of-acme']);
  expect((await one('list-price')).json.public).toBe(true);
  const { items } = (await finance.get('/v1/audit?subjectType=plan&subject=list-price')).json;
  expect(items).toMatchObject([{ before: { public: false }, after: { public: true } }]);

  await finance.call('DELETE', '/v1/plans/list-price/versions/2026-01');
  await finance.call('PUT', '/v1/plans/list-price/versions/2026-01', { body: planTerms() });
  expect(await seen()).toEqual(['plan-of-acme']);
  const unknown = await finance.call('PUT', '/v1/plans/no-such-plan', { body: { public: true } });
  expect(unknown.status).toBe(404);
});

test("another tenant's invoice answers as if there were none", async () => {
  finance.at('2026-12-20T12:00:00Z');
  const { number } = (await finance.finalize('globex', '2026-11')).json;
  const key = await keyOf(['billing:read', 'billing:write', 'billing:admin'], ['acme']);
  const show = (one: string) => finance.call('GET', `/v1/invoices/${one}`, { key });
  const undo = (one: string) =>
    finance.call('POST', `/v1/invoices/${one}/void`, { key, body: { reason: 'x' } });
  const note = (one: string) =>
    finance.call('PATCH', `/v1/invoices/${one}`, { key, body: { metadata: { paid: true } } });
  for (const ask of [show, undo, note]) {
    const [theirs, nobodys] = [await ask(number), await ask('2026-999999')];
    expect(theirs.status).toBe(404);
    expect({ ...theirs.json, detail: '', requestId: '' }).toEqual({
      ...nobodys.json,
      detail: '',
      requestId: '',
    });
    expect(theirs.json.detail.replace(number, '2026-999999')).toBe(nobodys.json.detail);
  }
  expect((await finance.get(`/v1/invoices/${number}`)).json.status).toBe('final');
});

function lineOf(amount: string) {
  return { period: '2026-11', description: 'Gift', amount, reason: 'Because' };
}
