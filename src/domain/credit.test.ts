import { expect, test } from '@jest/globals';
import { type CreditLine, creditLines, creditOf } from './credit.ts';

const line = (number: string, amount: string, source: string | null = null): CreditLine => ({
  number,
  period: '2026-10',
  code: source === null ? 'credit.carried' : 'credit.applied',
  amount,
  source,
});

test('credit is what was carried, what was applied and by whom, and what is left', () => {
  const lines = [line('1', '10.00'), line('2', '-4.00', '1'), line('3', '1.00'), line('4', '-5.50', '1')];
  expect(creditOf(lines, 2)).toEqual([
    {
      ...{ invoice: '1', period: '2026-10', carried: '10.00', applied: '9.50', left: '0.50' },
      uses: [
        { invoice: '2', period: '2026-10', amount: '4.00' },
        { invoice: '4', period: '2026-10', amount: '5.50' },
      ],
    },
    { invoice: '3', period: '2026-10', carried: '1.00', applied: '0.00', left: '1.00', uses: [] },
  ]);
});

test.each([
  ['more than was carried', [line('1', '10'), line('2', '-11', '1')]],
  ['from an invoice that carried none', [line('1', '10'), line('2', '-1', '9')]],
])('nobody takes back %s', (_, lines) => {
  expect(() => creditOf(lines, 0)).toThrow('invoice 2 takes back credit');
});

const left = [
  { invoice: '2026-000001', period: '2026-09', left: '0.010' },
  { invoice: '2026-000002', period: '2026-10', left: '0.000' },
  { invoice: '2026-000003', period: '2026-08', left: '5.000' },
];
const moved = (total: bigint, mode: 'settle' | 'carry') =>
  creditLines(total, { mode, left }, 3, 'en').map(({ id, amount, description }) => [id, amount, description]);

test('a total takes back the oldest credit first, and no more than there is of either', () => {
  expect(moved(15n, 'carry')).toEqual([
    ['credit.applied:2026-000001', '-0.010', 'Credit of invoice 2026-000001, for 2026-09'],
    ['credit.applied:2026-000003', '-0.005', 'Credit of invoice 2026-000003, for 2026-08'],
  ]);
  expect(moved(10n, 'carry')).toHaveLength(1);
  expect(moved(6_000n, 'settle').map(([, amount]) => amount)).toEqual(['-0.010', '-5.000']);
  expect(moved(0n, 'carry')).toEqual([]);
});

test('a total below zero is lifted to zero where it is carried, and left alone where it is settled', () => {
  expect(moved(-15n, 'carry')).toEqual([
    ['credit.carried:1', '0.015', 'Credit carried to the next invoices'],
  ]);
  expect(moved(-15n, 'settle')).toEqual([]);
});
