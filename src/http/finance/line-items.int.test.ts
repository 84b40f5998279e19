import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { active, receptive, type TestFinance, testFinance } from '../../../test/support/finance.ts';

let finance: TestFinance;
const NOVEMBER = '2026-11-10T12:00:00-03:00';

beforeAll(async () => {
  finance = await testFinance();
  finance.at('2027-01-20T12:00:00Z');
  await finance.call('PUT', '/v1/tenants/alpha', { body: { reference: '=cmd|x' } });
  for (const tenant of ['alpha', 'beta', 'gamma']) {
    await finance.subscribe(tenant, '2026-11', { monthlyFee: '10.00' });
    await finance.post(tenant, [...receptive(2, NOVEMBER), ...active(1, NOVEMBER)]);
  }
  await finance.finalize('alpha', '2026-11');
  await finance.finalize('beta', '2026-11');
  await finance.voidInvoice('alpha', '2026-11');
  await finance.post('beta', active(1, NOVEMBER, 'late'));
  const discount = { period: '2026-11', description: 'Desconto; "ágil"', amount: '-1.5', reason: 'goodwill' };
  await finance.manualLine('gamma', 'goodwill', discount);
});

afterAll(() => finance.close());

// biome-ignore lint/suspicious/noExplicitAny: lists of every shape
async function pages(url: string, limit: number, key?: string): Promise<any[]> {
  const items = [];
  let cursor = '';
  do {
    const { status, json, text } = await finance.call(
      'GET',
      `${url}limit=${limit}${cursor}`,
      key ? { key } : {},
    );
    if (status !== 200) throw new Error(text);
    items.push(...json.items);
    cursor = json.nextCursor === null ? '' : `&cursor=${json.nextCursor}`;
  } while (cursor !== '');
  return items;
}

test('invoices and drafts are listed by tenant and period, whatever the pages', async () => {
  const all = await pages('/v1/invoices?', 100);
  const places = all.map(({ tenant, period, status }) => `${tenant} ${period.id} ${status}`);
  expect(places).toEqual([
    'alpha 2026-11 void',
    'alpha 2026-11 draft',
    'alpha 2026-12 draft',
    'alpha 2027-01 draft',
    'beta 2026-11 final',
    'beta 2026-12 draft',
    'beta 2027-01 draft',
    'gamma 2026-11 draft',
    'gamma 2026-12 draft',
    'gamma 2027-01 draft',
  ]);
  expect(await pages('/v1/invoices?', 1)).toEqual(all);
  for (const status of ['draft', 'final', 'void'])
    expect(await pages(`/v1/invoices?status=${status}&`, 2)).toEqual(
      all.filter((invoice) => invoice.status === status),
    );
  expect(await pages('/v1/invoices?period=2026-12&', 2)).toEqual(
    all.filter(({ period }) => period.id === '2026-12'),
  );
  const single = (await finance.invoice('beta', '2026-12')).json;
  expect(all[5]).toEqual(single);
});

test('line items agree with the invoices, page by page and as CSV', async () => {
  const invoices = await pages('/v1/invoices?', 100);
  const items = await pages('/v1/line-items?', 100);
  const expected = invoices.flatMap(
    ({ tenant, reference, number, status, period, currency, lines, ...rest }) =>
      lines.map((line: object) => ({
        tenant,
        reference,
        invoice: number,
        status,
        invoicePeriod: period,
        currency,
        finalizedAt: rest.finalizedAt,
        voidedAt: rest.voidedAt,
        changedAt: rest.changedAt,
        ...line,
      })),
  );
  expect(items).toEqual(expected);
  expect(await pages('/v1/line-items?', 1)).toEqual(items);
  const csv = await finance.call('GET', '/v1/line-items', { headers: { accept: 'text/csv' } });
  expect(csv.headers['content-type']).toMatch(/^text\/csv; charset=utf-8/);
  const rows = csv.text.split('\r\n');
  expect(rows[0]).toBe(
    'tenant,reference,invoice,status,invoicePeriod,currency,finalizedAt,voidedAt,id,code,description,period,periodStart,periodEnd,timeZone,quantity,unitPrice,amount,detail,changedAt',
  );
  expect(rows.slice(1, -1)).toHaveLength(items.length);
  expect(rows.at(-1)).toBe('');
  expect(rows[1]).toContain("alpha,'=cmd|x,2027-000001,void,2026-11,BRL");
  expect(csv.text).toContain('"Desconto; ""ágil"""');
});

test('polling by changedAfter sees every change once, in order, and no drafts', async () => {
  const all = await pages('/v1/invoices?changedAfter=2020-01-01T00:00:00Z&', 1);
  expect(all.map(({ tenant, status }) => `${tenant} ${status}`)).toEqual(['beta final', 'alpha void']);
  const since = encodeURIComponent(all[0].changedAt);
  expect(await pages(`/v1/invoices?changedAfter=${since}&`, 10)).toEqual([all[1]]);
  const lines = await pages('/v1/line-items?changedAfter=2020-01-01T00:00:00Z&', 1);
  expect(lines.map(({ tenant, id }) => `${tenant} ${id}`)).toEqual(
    all.flatMap(({ tenant, lines }) => lines.map(({ id }: { id: string }) => `${tenant} ${id}`)),
  );
  const answer = await finance.get('/v1/invoices?status=draft&changedAfter=2020-01-01T00:00:00Z');
  expect(answer.json.type).toBe('/problems/invalid-request');
});

test('a key sees the tenants it may touch', async () => {
  const body = { name: 'beta', scopes: ['billing:read'], tenants: ['beta'] };
  const { secret } = (await finance.call('POST', '/v1/ops/keys', { body })).json;
  const seen = await pages('/v1/invoices?', 100, secret);
  expect(new Set(seen.map(({ tenant }) => tenant))).toEqual(new Set(['beta']));
  const problemOf = async (number: string) => {
    const { json } = await finance.call('GET', `/v1/invoices/${number}`, { key: secret });
    return { ...json, requestId: null };
  };
  expect(await problemOf('2027-000001')).toEqual({
    ...(await problemOf('2027-000009')),
    detail: 'There is no invoice 2027-000001.',
  });
  expect((await finance.call('GET', '/v1/invoices/2027-000002', { key: secret })).status).toBe(200);
  expect((await finance.call('GET', '/v1/invoices/2027-000009')).status).toBe(404);
  expect(
    (await finance.call('POST', '/v1/tenants/beta/invoices/2026-12/finalize', { key: secret })).status,
  ).toBe(403);
});

test('one tenant is asked for by tenant=, or under its own address; not by a key that may not touch it', async () => {
  const url = '/v1/invoices?limit=1000';
  const everything = (await finance.get(url)).json.items as { tenant: string }[];
  const tenant = everything[0]?.tenant ?? '';
  const own = everything.filter((invoice) => invoice.tenant === tenant);
  expect(own.length).toBeLessThan(everything.length);
  expect((await finance.get(`${url}&tenant=${tenant}`)).json.items).toEqual(own);
  expect((await finance.get(`/v1/tenants/${tenant}/invoices`)).json.items).toEqual(own);
  const lines = (await finance.get(`/v1/line-items?limit=1000&tenant=${tenant}`)).json.items;
  expect(new Set(lines.map((line: { tenant: string }) => line.tenant))).toEqual(new Set([tenant]));
  expect((await finance.get(`/v1/tenants/${tenant}/invoices?tenant=other`)).status).toBe(400);
  const key = { name: 'other', scopes: ['billing:read'], tenants: ['other'] };
  const { secret } = (await finance.call('POST', '/v1/ops/keys', { body: key })).json;
  for (const path of [`${url}&tenant=${tenant}`, `/v1/tenants/${tenant}/invoices`]) {
    const { status, json } = await finance.call('GET', path, { key: secret });
    expect([status, json.type]).toEqual([403, '/problems/forbidden-tenant']);
  }
});
