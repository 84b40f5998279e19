import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { active, receptive, type TestFinance, testFinance } from '../../../test/support/finance.ts';
import { flat, planTerms } from '../../../test/support/plans.ts';

let finance: TestFinance;

beforeAll(async () => {
  finance = await testFinance();
});

afterAll(() => finance.close());

const NOVEMBER = '2026-11-10T12:00:00-03:00';
const DECEMBER = '2026-12-10T12:00:00-03:00';
let tenants = 0;
const newTenant = () => `mid-${++tenants}`;
const short = (lines: { id: string; quantity: number; amount: string }[]) =>
  lines.map(({ id, quantity, amount }) => [id, quantity, amount]);
const failed = (message: string, contact: string) => ({
  id: `${message}:failed`,
  type: 'message.failed',
  message,
  contact,
  at: '2026-12-05T10:00:00Z',
});
const put = (url: string, body: unknown) => finance.call('PUT', url, { body });

test('a tenant that left gets invoices of adjustments only, while late failures arrive', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant, '2026-01', { monthlyFee: '5.00' }, '2026-12');
  await finance.post(tenant, active(2, NOVEMBER));
  await finance.finalize(tenant, '2026-11');
  expect((await finance.invoice(tenant, '2026-12')).json).toMatchObject({
    type: '/problems/no-subscription',
    status: 404,
  });
  expect((await finance.finalize(tenant, '2026-12')).json).toMatchObject({
    type: '/problems/no-subscription',
    status: 409,
  });
  await finance.post(tenant, [...active(3, DECEMBER, 'unplanned'), failed('a0', 'a-0')]);
  const december = (await finance.finalize(tenant, '2026-12')).json;
  expect(december).toMatchObject({ plan: null, total: '-0.45', currency: 'BRL', status: 'final' });
  expect(short(december.lines)).toEqual([['adjustment.active:2026-11', -1, '-0.45']]);
  expect(december.digest).toBe('4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945');
  const usage = (await finance.get(`/v1/tenants/${tenant}/usage?period=2026-12`)).json;
  expect(usage).toMatchObject({ invoiced: { receptive: 0, active: 0 }, active: { windows: 3 } });
  await finance.post(tenant, [failed('a1', 'a-1')]);
  expect((await finance.finalize(tenant, '2027-01')).json.total).toBe('-0.45');
  expect((await finance.invoice(tenant, '2027-02')).status).toBe(404);
});

test('a credit on an invoice of adjustments only stays on it when the difference is gone', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant, '2026-01', {}, '2026-12');
  await finance.post(tenant, active(2, NOVEMBER));
  const { number } = (await finance.finalize(tenant, '2026-11')).json;
  await finance.post(tenant, [failed('a0', 'a-0')]);
  const body = { period: '2026-12', description: 'Desconto', amount: '-20.00', reason: 'contrato 12' };
  await finance.manualLine(tenant, 'discount', body);
  await finance.post(tenant, [
    {
      id: 'void',
      type: 'event.voided',
      target: 'a0:failed',
      reason: 'sent in error',
      actor: 'ana',
      contact: 'a-0',
      at: '2026-12-06T10:00:00Z',
    },
  ]);
  const only = [['manual:discount', 1, '-20.00']];
  const draft = (await finance.invoice(tenant, '2026-12')).json;
  expect(draft).toMatchObject({ plan: null, currency: 'BRL', total: '-20.00' });
  expect(short(draft.lines)).toEqual(only);
  await finance.voidInvoice(tenant, '2026-11');
  expect(short((await finance.invoice(tenant, '2026-12')).json.lines)).toEqual(only);
  const listed = (await finance.get('/v1/invoices?status=draft&period=2026-12')).json.items;
  expect(listed.map((invoice: { tenant: string }) => invoice.tenant)).toContain(tenant);
  expect((await finance.finalize(tenant, '2026-12')).json).toMatchObject({
    status: 'final',
    total: '-20.00',
  });
  expect((await finance.invoice(tenant, '2026-11')).json.replaces).toBe(number);
});

test('a plan changes from one month to the next, and late events keep the prices of their month', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  await put(`/v1/plans/plan-of-${tenant}/versions/2026-12`, planTerms({ active: { default: flat('9.00') } }));
  await finance.post(tenant, [...active(1, NOVEMBER, 'n'), ...active(1, DECEMBER, 'd')]);
  expect((await finance.finalize(tenant, '2026-11')).json).toMatchObject({
    total: '0.45',
    plan: { id: `plan-of-${tenant}`, from: '2026-01' },
  });
  const dearer = planTerms({ active: { default: flat('7.00') } });
  expect((await put(`/v1/plans/plan-of-${tenant}/versions/2026-01`, dearer)).json.type).toBe(
    '/problems/period-final',
  );
  await finance.post(tenant, active(1, NOVEMBER, 'late'));
  const december = (await finance.invoice(tenant, '2026-12')).json;
  expect(december.plan.from).toBe('2026-12');
  expect(short(december.lines)).toEqual([
    ['active:1', 1, '9.00'],
    ['adjustment.active:2026-11', 1, '0.45'],
  ]);
});

test('a tenant without a plan, or that nobody registered, is metered and has no invoice until it subscribes late', async () => {
  const tenant = newTenant();
  await finance.post(tenant, active(2, NOVEMBER));
  const usage = await finance.get(`/v1/tenants/${tenant}/usage?period=2026-11`);
  expect(usage.json).toMatchObject({ registered: false, plan: null, active: { windows: 2 } });
  expect(usage.json.receptive).toMatchObject({
    allowance: null,
    remaining: null,
    overage: null,
    limit: null,
  });
  expect((await finance.invoice(tenant, '2026-11')).status).toBe(404);
  await finance.subscribe(tenant, '2026-11');
  expect((await finance.invoice(tenant, '2026-11')).json.total).toBe('0.90');
});

test('a subscription covers whole periods: what lies outside costs nothing', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant, '2026-11', {}, '2026-12');
  await finance.post(tenant, [
    ...active(1, '2026-10-31T23:59:59-03:00', 'o'),
    ...active(1, NOVEMBER, 'n'),
    ...active(1, '2026-12-01T00:00:00-03:00', 'd'),
  ]);
  expect((await finance.invoice(tenant, '2026-10')).status).toBe(404);
  expect((await finance.invoice(tenant, '2026-11')).json.total).toBe('0.45');
  expect((await finance.invoice(tenant, '2026-12')).status).toBe(404);
});

test('nothing that touches a final period can change', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant, '2026-11');
  await finance.finalize(tenant, '2026-11');
  const subscription = `/v1/tenants/${tenant}/subscriptions/2026-11`;
  const manual = { period: '2026-11', description: 'x', amount: '1.00', reason: 'x' };
  await put('/v1/plans/other/versions/2026-01', planTerms());
  for (const answer of [
    await finance.call('DELETE', subscription),
    await put(subscription, { plan: 'other' }),
    await finance.manualLine(tenant, 'extra', manual),
    await put(`/v1/tenants/${tenant}`, { timeZone: 'Asia/Tokyo' }),
  ])
    expect(answer.json).toMatchObject({ type: '/problems/period-final', status: 409 });
  expect((await put(subscription, { plan: `plan-of-${tenant}`, until: '2026-12' })).status).toBe(200);
});

test('a zone corrected after the first invoice applies from the next period on, without gap or overlap', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  await finance.post(tenant, active(1, '2026-12-01T01:00:00Z', 'in-november'));
  const november = (await finance.finalize(tenant, '2026-11')).json;
  expect(november.total).toBe('0.45');
  const timeZone = [
    { from: null, zone: 'America/Sao_Paulo' },
    { from: '2026-12', zone: 'UTC' },
  ];
  expect((await put(`/v1/tenants/${tenant}`, { timeZone })).status).toBeLessThan(300);
  const december = (await finance.invoice(tenant, '2026-12')).json;
  expect(december.period).toEqual({
    id: '2026-12',
    start: '2026-12-01T03:00:00.000Z',
    end: '2027-01-01T00:00:00.000Z',
    timeZone: 'UTC',
  });
  expect(december.lines).toEqual([]);
  expect((await finance.invoice(tenant, '2026-11')).json).toEqual(november);
});

test('a minimum larger than the usage, a tier boundary, and quantities of 0', async () => {
  const tenant = newTenant();
  const overage = [{ upTo: 2, unitPrice: '0.30' }, ...flat('0.25')];
  await finance.subscribe(tenant, '2026-01', {
    minimum: '10.00',
    receptive: { allowance: 1, limit: 2, overage },
  });
  await finance.post(tenant, receptive(3, NOVEMBER));
  expect(short((await finance.invoice(tenant, '2026-11')).json.lines)).toEqual([
    ['receptive.included:1', 1, '0.00'],
    ['receptive.overage:1', 2, '0.60'],
    ['minimum:1', 1, '9.40'],
  ]);
  await finance.post(tenant, receptive(1, NOVEMBER, 'more'));
  expect(short((await finance.invoice(tenant, '2026-11')).json.lines)).toContainEqual([
    'receptive.overage:2',
    1,
    '0.25',
  ]);
  const usage = (await finance.get(`/v1/tenants/${tenant}/usage?period=2026-11`)).json;
  expect(usage.receptive).toEqual({
    windows: 4,
    allowance: 1,
    remaining: 0,
    overage: 3,
    limit: 2,
    overLimit: true,
  });
});

test('credits larger than the invoice make its total negative', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  await finance.post(tenant, active(1, NOVEMBER));
  const credit = { period: '2026-11', description: 'Desconto', amount: '-20', reason: 'contrato 12' };
  const created = await finance.manualLine(tenant, 'contrato-12', credit);
  expect(created.status).toBe(201);
  expect(created.json).toEqual({ ...credit, amount: '-20.00', id: 'contrato-12' });
  const cent = await finance.manualLine(tenant, 'cent', { ...credit, amount: '1.005' });
  expect(cent.json.errors[0].pointer).toBe('/amount');
  expect((await finance.finalize(tenant, '2026-11')).json).toMatchObject({
    total: '-19.55',
    lines: [{ id: 'active:1' }, { id: 'manual:contrato-12', code: 'manual', amount: '-20.00' }],
  });
  expect(await finance.windowsOf(tenant, '2026-11', 'manual:contrato-12')).toEqual([]);
  const nobody = await finance.manualLine('nobody', 'credit', credit);
  expect(nobody.json).toMatchObject({ type: '/problems/no-subscription', status: 409 });
});

test('periods may be finalized in any order, and each difference is shown once', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  await finance.post(tenant, active(1, NOVEMBER));
  await finance.finalize(tenant, '2027-01');
  await finance.finalize(tenant, '2026-11');
  await finance.post(tenant, active(1, NOVEMBER, 'late'));
  expect(short((await finance.invoice(tenant, '2026-12')).json.lines)).toEqual([
    ['adjustment.active:2026-11', 1, '0.45'],
  ]);
  expect((await finance.invoice(tenant, '2027-02')).json.lines).toEqual([]);
});
