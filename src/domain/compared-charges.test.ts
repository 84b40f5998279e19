import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anyCounts, anyTerms, planTerms } from '../../test/support/plans.ts';
import type { Charge } from './adjustment.ts';
import { compareCharges, totalCharges } from './compared-charges.ts';
import { minorDigits } from './currency.ts';
import { formatAmount } from './money.ts';
import { rate, sum } from './rate.ts';

const line = (code: string, quantity: number, amount: string): Charge => ({
  code,
  quantity,
  unitPrice: null,
  amount,
});

test('lines are compared code by code, tiers summed, in the order of an invoice', () => {
  const live = [
    line('monthly-fee', 1, '199.00'),
    line('active', 3, '1.35'),
    line('manual', 1, '-10.00'),
    line('adjustment.active', -1, '-0.45'),
  ];
  const rebuilt = [
    line('monthly-fee', 1, '199.00'),
    line('receptive.overage', 2, '0.60'),
    line('receptive.overage', 1, '0.25'),
    line('active', 2, '0.90'),
    line('manual', 1, '-10.00'),
  ];
  expect(compareCharges('BRL', live, rebuilt)).toEqual({
    currency: 'BRL',
    live: '189.90',
    rebuilt: '190.75',
    difference: '0.85',
    lines: [
      charged('monthly-fee', [1, '199.00'], [1, '199.00'], '0.00'),
      charged('receptive.overage', [0, '0.00'], [3, '0.85'], '0.85'),
      charged('active', [3, '1.35'], [2, '0.90'], '-0.45'),
      charged('manual', [1, '-10.00'], [1, '-10.00'], '0.00'),
      charged('adjustment.active', [-1, '-0.45'], [0, '0.00'], '0.45'),
    ],
  });
});

function charged(code: string, live: [number, string], rebuilt: [number, string], difference: string) {
  const side = ([quantity, amount]: [number, string]) => ({ quantity, amount });
  return { code, live: side(live), rebuilt: side(rebuilt), difference };
}

test('totals count each charge once, currency by currency: an adjustment on a draft repeats an earlier period', () => {
  const october = compareCharges('BRL', [line('active', 3, '1.35')], [line('active', 1, '0.45')]);
  const november = compareCharges(
    'BRL',
    [line('active', 1, '0.45')],
    [line('active', 1, '0.45'), line('adjustment.active', -2, '-0.90')],
  );
  const abroad = compareCharges('JPY', [line('monthly-fee', 1, '300')], [line('monthly-fee', 1, '300')]);
  expect(totalCharges([abroad, october, november])).toEqual([
    { currency: 'BRL', live: '1.80', rebuilt: '0.90', difference: '-0.90' },
    { currency: 'JPY', live: '300', rebuilt: '300', difference: '0' },
  ]);
  expect(totalCharges([])).toEqual([]);
});

test('each total is the sum of the rated lines, whatever the plan', () => {
  fc.assert(
    fc.property(anyTerms('KWD'), anyCounts, anyCounts, (terms, before, after) => {
      const [live, rebuilt] = [rate(terms, before), rate(terms, after)];
      const compared = compareCharges('KWD', live, rebuilt);
      expect(compared.live).toBe(formatAmount(sum(live, minorDigits('KWD')), 3));
      expect(compared.rebuilt).toBe(formatAmount(sum(rebuilt, minorDigits('KWD')), 3));
      const differences = compared.lines.map(({ difference }) => ({ amount: difference }));
      expect(compared.difference).toBe(formatAmount(sum(differences, 3), 3));
    }),
  );
  expect(compareCharges(planTerms().currency, [], [])).toMatchObject({ live: '0.00', lines: [] });
});
