import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestFinance, testFinance } from '../../../test/support/finance.ts';

let finance: TestFinance;

beforeAll(async () => {
  finance = await testFinance();
});

afterAll(() => finance?.close());

const PLAIN = {
  registered: false,
  receptive: { windows: 0 },
  active: { windows: 0 },
};

test('usage of all lists whoever gets an invoice, without events and registration too', async () => {
  await finance.subscribe('subscribed', '2027-01');
  await finance.subscribe('invoiced', '2027-01');
  expect((await finance.finalize('invoiced', '2027-01')).status).toBe(200);
  expect((await finance.voidInvoice('invoiced', '2027-01')).status).toBe(200);
  await finance.call('DELETE', '/v1/tenants/invoiced/subscriptions/2027-01');
  await finance.subscribe('zealous', '2027-01');

  const url = '/v1/usage?period=2027-01';
  const pages = await Promise.all([
    finance.get(`${url}&limit=2`),
    finance.get(`${url}&limit=2`).then(({ json }) => finance.get(`${url}&cursor=${json.nextCursor}`)),
  ]);
  expect(pages.flatMap(({ json }) => json.items)).toMatchObject([
    { ...PLAIN, tenant: 'invoiced', plan: null },
    { ...PLAIN, tenant: 'subscribed', plan: 'plan-of-subscribed' },
    { ...PLAIN, tenant: 'zealous', plan: 'plan-of-zealous' },
  ]);

  const key = { name: 'some', scopes: ['usage:read'], tenants: ['invoiced', 'subscribed', 'nowhere'] };
  const { secret } = (await finance.call('POST', '/v1/ops/keys', { body: key })).json;
  const { items } = (await finance.call('GET', url, { key: secret })).json;
  expect(items.map(({ tenant }: { tenant: string }) => tenant)).toEqual(['invoiced', 'subscribed']);
});
