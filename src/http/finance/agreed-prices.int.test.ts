import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { active, receptive, type TestFinance, testFinance } from '../../../test/support/finance.ts';
import { flat, planTerms } from '../../../test/support/plans.ts';
import { comparedMoney } from '../../billing/compared-money.ts';
import { readSnapshot } from '../../projection/read/snapshot.ts';
import { verifyInvoices } from '../../verify/invoices/verify-invoices.ts';

let finance: TestFinance;
const NOVEMBER = '2026-11-10T12:00:00-03:00';
const DECEMBER = '2026-12-10T12:00:00-03:00';
const PLAN = 'plan-of-list';

beforeAll(async () => {
  finance = await testFinance();
  await finance.subscribe('list', '2026-01', { monthlyFee: '199.00' });
});

afterAll(() => finance.close());

const subscribe = (tenant: string, body: object) =>
  finance.call('PUT', `/v1/tenants/${tenant}/subscriptions/2026-01`, { body: { plan: PLAN, ...body } });

const amounts = ({ lines }: { lines: { id: string; quantity: number; amount: string }[] }) =>
  lines.map(({ id, quantity, amount }) => [id, quantity, amount]);

test('a tenant has other prices than its plan and a discount, on the draft, in its terms and for nobody else', async () => {
  const overrides = {
    monthlyFee: '149.99',
    receptive: { allowance: 2, limit: null, overage: flat('0.300') },
  };
  const put = await subscribe('acme', { overrides, discount: { percent: '12.50' } });
  expect(put).toMatchObject({
    status: 201,
    json: {
      overrides: { monthlyFee: '149.99', receptive: { allowance: 2, limit: null, overage: flat('0.30') } },
      discount: { percent: '12.5' },
    },
  });
  await finance.post('acme', [...receptive(5, NOVEMBER), ...active(1, NOVEMBER)]);
  const draft = (await finance.invoice('acme', '2026-11')).json;
  expect(amounts(draft)).toEqual([
    ['monthly-fee:1', 1, '149.99'],
    ['receptive.included:1', 2, '0.00'],
    ['receptive.overage:1', 3, '0.90'],
    ['active:1', 1, '0.45'],
    // 12.5 % of 151.34 is 18.9175.
    ['discount:1', 1, '-18.92'],
  ]);
  expect(draft).toMatchObject({ total: '132.42', plan: { id: PLAN, from: '2026-01' } });
  expect(draft.terms).toMatchObject({ monthlyFee: '149.99', discount: { percent: '12.5' } });
  expect(draft.lines.at(-1)).toMatchObject({
    description: 'Desconto',
    detail: { percent: '12.5', of: '151.34' },
  });
  const usage = (await finance.get('/v1/tenants/acme/usage?period=2026-11')).json;
  expect(usage.receptive).toMatchObject({ allowance: 2, overage: 3 });
  expect((await finance.invoice('list', '2026-11')).json).toMatchObject({ total: '199.00' });
});

test('adjustments are made with the terms of the final invoice, its discount too, whatever was agreed since', async () => {
  await finance.call('PUT', '/v1/tenants/late', { body: { language: 'en' } });
  await subscribe('late', {
    overrides: { monthlyFee: '1.00', minimum: '3.00' },
    discount: { percent: '50' },
  });
  await finance.post('late', active(10, NOVEMBER));
  const november = (await finance.finalize('late', '2026-11')).json;
  expect(november).toMatchObject({ status: 'final', total: '2.75' });
  const change = await subscribe('late', { discount: { percent: '10' } });
  expect(change.json).toMatchObject({ type: '/problems/period-final', status: 409 });
  await subscribe('late', {
    until: '2026-12',
    overrides: { monthlyFee: '1.00', minimum: '3.00' },
    discount: { percent: '50' },
  });
  await finance.call('PUT', '/v1/tenants/late/subscriptions/2026-12', { body: { plan: PLAN } });
  await finance.post('late', active(3, NOVEMBER, 'more'));
  const december = (await finance.finalize('late', '2026-12')).json;
  expect(amounts(december)).toEqual([
    ['monthly-fee:1', 1, '199.00'],
    ['adjustment.active:2026-11', 3, '1.35'],
    // Half of 6.85 is 3.425; of the 2.75 let off before.
    ['adjustment.discount:2026-11', 0, '-0.68'],
  ]);
  expect(december.lines.at(-1)).toMatchObject({
    description: 'Adjustment for 2026-11 - Discount',
    detail: { computed: { quantity: 1, amount: '-3.43' }, invoiced: { quantity: 1, amount: '-2.75' } },
  });
  expect(december).toMatchObject({ total: '199.67' });
  expect(december.terms.discount).toBeUndefined();
  expect(await verifyInvoices(finance.database.database)).toMatchObject({ ok: true });
});

test('what a rebuild would cost is reckoned with what was agreed', async () => {
  await subscribe('compared', { discount: { percent: '100' } });
  await finance.post('compared', active(4, DECEMBER));
  const slots = [{ tenant: 'compared', period: '2026-12' }];
  const money = await readSnapshot(finance.deps.db, (view) =>
    comparedMoney(view, view, slots, finance.deps.defaultTimeZone),
  );
  expect(money).toMatchObject([
    {
      live: '0.00',
      rebuilt: '0.00',
      lines: [{ code: 'monthly-fee' }, { code: 'active' }, { code: 'discount' }],
    },
  ]);
});

test.each([
  [{ overrides: { monthlyFee: '1.001' } }, '/overrides/monthlyFee'],
  [
    { overrides: { receptive: { allowance: 1, overage: [{ upTo: 3, unitPrice: '1' }] } } },
    '/overrides/receptive/overage/0/upTo',
  ],
  [{ overrides: { currency: 'USD' } }, '/overrides'],
  [{ discount: { percent: '100.01' } }, '/discount/percent'],
  [{ discount: { percent: '0' } }, '/discount/percent'],
])('what cannot be agreed is refused: %j', async (body, pointer) => {
  const refused = await subscribe('refused', body);
  expect(refused.json).toMatchObject({ type: '/problems/invalid-request', status: 400 });
  expect(refused.json.errors[0].pointer).toMatch(new RegExp(`^${pointer}`));
});

test('a subscription that begins more than 36 months ago has to be confirmed, and says how many drafts it makes', async () => {
  const put = (from: string, body: object) =>
    finance.call('PUT', `/v1/tenants/slip/subscriptions/${from}`, { body: { plan: 'of-old', ...body } });
  await finance.call('PUT', '/v1/plans/of-old/versions/2006-10', { body: planTerms() });
  expect((await put('2006-10', {})).json).toMatchObject({
    ...{ type: '/problems/needs-confirmation', status: 409 },
    detail: 'It would begin 245 months ago and make 246 drafts, from 2006-10 to 2027-03.',
  });
  expect((await put('2024-02', { until: '2024-04' })).json.detail).toMatch(
    /make 2 drafts, from 2024-02 to 2024-03/,
  );
  expect((await put('2024-03', { until: '2024-05' })).status).toBe(201);
  expect((await put('2006-10', { until: '2006-12', confirm: true })).status).toBe(201);
  expect((await put('2006-10', { until: '2007-01' })).status).toBe(200);
});
