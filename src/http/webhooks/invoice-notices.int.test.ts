/** What is told of invoices: final, void, and final periods that something late came for. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { active, receptive, type TestFinance, testFinance } from '../../../test/support/finance.ts';
import { createChangedPeriods, tellDue } from '../../notifications/adjustments/watch.ts';

let finance: TestFinance;
beforeAll(async () => {
  finance = await testFinance();
});
afterAll(() => finance.close());

async function told(tenant: string, type: string) {
  const rows = await finance.deps.db
    .selectFrom('billing.notifications')
    .select('body')
    .where('tenant', '=', tenant)
    .where('type', '=', type)
    .orderBy('at')
    .execute();
  return rows.map(({ body }) => JSON.parse(body).data);
}

const look = (tenant: string, period: string) =>
  tellDue({ db: finance.deps.db, clock: finance.deps.clock }, [{ tenant, period }]);

test('a final invoice and a voided one are told in the transaction in which they become so, once', async () => {
  await finance.subscribe('acme', '2026-01', { monthlyFee: '199.00' });
  await finance.post('acme', receptive(2, '2026-10-02T12:00:00Z'));
  const { number, total, digest } = (await finance.finalize('acme', '2026-10')).json;
  await finance.finalize('acme', '2026-10');
  const shown = {
    number,
    tenant: 'acme',
    reference: null,
    period: '2026-10',
    total,
    currency: 'BRL',
    digest,
  };
  expect(await told('acme', 'invoice.finalized')).toEqual([shown]);
  await finance.call('POST', `/v1/invoices/${number}/void`, { body: { reason: 'a test' } });
  await finance.call('POST', `/v1/invoices/${number}/void`, { body: { reason: 'again' } });
  expect(await told('acme', 'invoice.voided')).toEqual([{ ...shown, reason: 'a test' }]);
});

test('a final period that something late came for is told once, and again once an invoice has carried it', async () => {
  await finance.subscribe('late', '2026-10');
  await finance.post('late', active(2, '2026-10-02T12:00:00Z'));
  const { number } = (await finance.finalize('late', '2026-10')).json;
  await look('late', '2026-10');
  expect(await told('late', 'invoice.adjustment-due')).toEqual([]);
  await finance.post('late', active(1, '2026-10-05T12:00:00Z', 'late'));
  await Promise.all([look('late', '2026-10'), look('late', '2026-10')]);
  await finance.post('late', active(3, '2026-10-06T12:00:00Z', 'later'));
  await look('late', '2026-10');
  const first = {
    ...{ tenant: 'late', period: '2026-10', invoice: number },
    difference: { windows: { receptive: 0, active: 1 }, total: '0.45', currency: 'BRL' },
  };
  expect(await told('late', 'invoice.adjustment-due')).toEqual([first]);
  finance.at('2027-03-21T12:00:00Z');
  const carrying = (await finance.finalize('late', '2026-11')).json;
  expect(carrying.total).toBe('1.80');
  await look('late', '2026-10');
  expect(await told('late', 'invoice.adjustment-due')).toEqual([first]);
  await finance.post('late', active(2, '2026-10-07T12:00:00Z', 'latest'));
  await look('late', '2026-10');
  expect(await told('late', 'invoice.adjustment-due')).toEqual([
    first,
    {
      ...{ tenant: 'late', period: '2026-10', invoice: carrying.number },
      difference: { windows: { receptive: 0, active: 2 }, total: '0.90', currency: 'BRL' },
    },
  ]);
});

test('periods that run everywhere are not looked at; what is not looked at after all is kept', () => {
  const changed = createChangedPeriods(() => Date.parse('2026-10-30T20:00:00Z'));
  const totals = { receptive: 1, active: 0 };
  const periods = ['2026-09', '2026-10', '2026-11'].map((period) => [period, totals] as const);
  changed.counted(new Map([['acme', new Map(periods)]]));
  const [first, ...others] = changed.take(10);
  expect([first, others]).toEqual([{ tenant: 'acme', period: '2026-09' }, []]);
  expect(changed.take(10)).toEqual([]);
  changed.giveBack([{ tenant: 'acme', period: '2026-09' }]);
  expect(changed.take(10)).toEqual([first]);
});
