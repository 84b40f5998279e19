import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { active, receptive, type TestFinance, testFinance } from '../../../test/support/finance.ts';
import { flat } from '../../../test/support/plans.ts';

let finance: TestFinance;

beforeAll(async () => {
  finance = await testFinance();
});

afterAll(() => finance.close());

const NOON = '2026-11-10T12:00:00-03:00';
let tenants = 0;
const newTenant = () => `tenant-${++tenants}`;
const short = (lines: { id: string; quantity: number; amount: string }[]) =>
  lines.map(({ id, quantity, amount }) => [id, quantity, amount]);

test.each([
  [999, 0, '0.00', [['receptive.included:1', 999, '0.00']]],
  [1000, 0, '0.00', [['receptive.included:1', 1000, '0.00']]],
  [
    1001,
    10,
    '4.80',
    [
      ['receptive.included:1', 1000, '0.00'],
      ['receptive.overage:1', 1, '0.30'],
      ['active:1', 10, '4.50'],
    ],
  ],
  [0, 1, '0.45', [['active:1', 1, '0.45']]],
  [0, 0, '0.00', []],
])('%d receptive and %d active windows cost %s', async (received, sent, total, lines) => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  await finance.post(tenant, [...receptive(received, NOON), ...active(sent, NOON)]);
  const draft = await finance.invoice(tenant, '2026-11');
  expect(draft.json).toMatchObject({ status: 'draft', number: null, total, digest: null });
  expect(short(draft.json.lines)).toEqual(lines);
  const final = await finance.finalize(tenant, '2026-11');
  expect(final.json).toMatchObject({ status: 'final', total, lines: draft.json.lines });
});

test('a running draft says what it comes to at the pace so far, alone and in the list; no other invoice does', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  await finance.post(tenant, [...receptive(600, NOON), ...active(10, NOON)]);
  finance.at('2026-11-16T00:00:00-03:00');
  // 1,200 receptive: 200 beyond the allowance, 60.00; 20 active, 9.00.
  const expected = { total: '69.00', receptive: 1200, active: 20 };
  expect((await finance.invoice(tenant, '2026-11')).json).toMatchObject({ total: '4.50', expected });
  const { json } = await finance.get(`/v1/invoices?tenant=${tenant}&period=2026-11`);
  expect(json.items).toMatchObject([{ expected }]);
  finance.at('2027-03-20T12:00:00Z');
  expect((await finance.invoice(tenant, '2026-11')).json.expected).toBeNull();
  expect((await finance.finalize(tenant, '2026-11')).json).toMatchObject({ total: '4.50', expected: null });
});

test('windows belong to the month of their opening instant', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  await finance.post(tenant, [
    { id: 'last', at: '2026-11-30T23:59:59.999-03:00', contact: '1' },
    { id: 'first', at: '2026-12-01T00:00:00.000-03:00', contact: '2' },
  ]);
  for (const period of ['2026-11', '2026-12']) {
    const { json } = await finance.invoice(tenant, period);
    expect(short(json.lines)).toEqual([['receptive.included:1', 1, '0.00']]);
  }
  const [window] = await finance.windowsOf(tenant, '2026-11', 'receptive.included:1');
  expect(window.openedBy).toBe('last');
});

test('37 active windows at 0.0345 are rounded once', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant, '2026-01', { active: { default: flat('0.0345') } });
  await finance.post(tenant, active(37, NOON));
  expect((await finance.invoice(tenant, '2026-11')).json.total).toBe('1.28');
});

test('5,000 messages in one window are one', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  const start = Date.parse(NOON);
  const messages = Array.from({ length: 5000 }, (_, i) => ({
    id: `m${i}`,
    at: new Date(start + i).toISOString(),
  }));
  await finance.post(tenant, messages);
  expect(short((await finance.invoice(tenant, '2026-11')).json.lines)).toEqual([
    ['receptive.included:1', 1, '0.00'],
  ]);
});

test('a final invoice has its number, its digest and a copy of its windows, and repeating gives the same', async () => {
  const tenant = newTenant();
  await finance.call('PUT', `/v1/tenants/${tenant}`, { body: { reference: 'ERP-7', language: 'en' } });
  await finance.subscribe(tenant, '2026-01', {
    receptive: { allowance: 2, limit: null, overage: flat('0.30') },
  });
  await finance.post(tenant, [...receptive(5, NOON), ...active(2, NOON)]);
  const inDraft = await finance.windowsOf(tenant, '2026-11', 'receptive.overage:1');
  const first = await finance.finalize(tenant, '2026-11');
  expect(first.status).toBe(200);
  expect(first.json).toMatchObject({ tenant, reference: 'ERP-7', total: '1.80', replaces: null });
  expect(first.json.number).toMatch(/^2027-\d{6}$/);
  expect(first.json.lines[0].description).toBe('Receptive conversations within the allowance');
  expect((await finance.finalize(tenant, '2026-11')).json).toEqual(first.json);
  expect((await finance.invoice(tenant, '2026-11')).json).toEqual(first.json);
  expect((await finance.get(`/v1/invoices/${first.json.number}`)).json).toEqual(first.json);
  expect(await finance.windowsOf(tenant, '2026-11', 'receptive.overage:1')).toEqual(inDraft);
  const usage = await finance.get(`/v1/tenants/${tenant}/usage?period=2026-11`);
  expect(usage.json).toMatchObject({
    plan: `plan-of-${tenant}`,
    state: 'final',
    invoiced: { number: first.json.number, receptive: 5, active: 2, finalizedAt: first.json.finalizedAt },
    receptive: { windows: 5, allowance: 2, remaining: 0, overage: 3 },
  });
});
