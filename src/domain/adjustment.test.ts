import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anyCounts, anyCurrency, anyTerms, counted, flat, planTerms } from '../../test/support/plans.ts';
import { type Charge, carriedBy, chargedFor, difference } from './adjustment.ts';
import { minorDigits } from './currency.ts';
import { nextPeriod } from './period.ts';
import { rate, sum } from './rate.ts';

const short = (lines: Charge[]) =>
  lines.map(({ code, quantity, unitPrice, amount }) => [code, quantity, unitPrice, amount]);
const between = (terms = planTerms(), now = counted(0), invoiced = counted(0)) =>
  difference(terms.currency, rate(terms, now), rate(terms, invoiced));

test('nothing changed, nothing to adjust', () => {
  expect(between(planTerms(), counted(1500, { utility: 3 }), counted(1500, { utility: 3 }))).toEqual([]);
});

test('a template that failed after the month closed is given back', () => {
  expect(between(planTerms(), counted(5, { utility: 9 }), counted(5, { utility: 10 }))).toEqual([
    {
      code: 'active',
      quantity: -1,
      unitPrice: '0.45',
      amount: '-0.45',
      computed: { quantity: 9, amount: '4.05' },
      invoiced: { quantity: 10, amount: '4.50' },
    },
  ]);
});

test('a late message turns an active window into a receptive one', () => {
  expect(short(between(planTerms(), counted(6), counted(5, { utility: 1 })))).toEqual([
    ['receptive.included', 1, '0.00', '0.00'],
    ['active', -1, '0.45', '-0.45'],
  ]);
});

test('tiers are summed, and a price stands only where every line of the code has it', () => {
  const overage = [{ upTo: 10, unitPrice: '0.30' }, ...flat('0.25')];
  const terms = planTerms({ receptive: { allowance: 0, limit: null, overage } });
  expect(short(between(terms, counted(12), counted(9)))).toEqual([['receptive.overage', 3, null, '0.80']]);
  expect(short(between(terms, counted(10), counted(9)))).toEqual([['receptive.overage', 1, '0.30', '0.30']]);
  const same = planTerms({
    receptive: { allowance: 0, limit: null, overage: [{ upTo: 10, unitPrice: '1' }, ...flat('1.00')] },
  });
  expect(short(between(same, counted(12), counted(9)))).toEqual([['receptive.overage', 3, '1.00', '3.00']]);
});

test('a price that an earlier adjustment could not name stays unnamed', () => {
  const invoiced = [...rate(planTerms(), counted(0, { utility: 2 }))].map((line) => ({
    ...line,
    unitPrice: null,
  }));
  expect(short(difference('BRL', rate(planTerms(), counted(0, { utility: 1 })), invoiced))).toEqual([
    ['active', -1, null, '-0.45'],
  ]);
});

test('the amount is a difference of rounded amounts', () => {
  const terms = planTerms({ active: { default: flat('0.0345') } });
  expect(short(between(terms, counted(0, { utility: 37 }), counted(0, { utility: 36 })))).toEqual([
    ['active', 1, '0.0345', '0.04'],
  ]);
  expect(short(between(terms, counted(0, { utility: 38 }), counted(0, { utility: 37 })))).toEqual([
    ['active', 1, '0.0345', '0.03'],
  ]);
});

test('usage that now exceeds the minimum takes the top-up back', () => {
  const terms = planTerms({ minimum: '1.00' });
  expect(short(between(terms, counted(0, { utility: 3 }), counted(0, { utility: 1 })))).toEqual([
    ['active', 2, '0.45', '0.90'],
    ['minimum', -1, '0.55', '-0.55'],
  ]);
  expect(short(between(terms, counted(0, { utility: 2 }), counted(0, { utility: 1 })))).toEqual([
    ['active', 1, '0.45', '0.45'],
    ['minimum', 0, null, '-0.45'],
  ]);
});

test('what a period was charged is its own lines and the adjustments of later invoices, without manual ones', () => {
  const line = (period: string, code: string, amount: string) => ({
    period,
    code,
    quantity: 1,
    unitPrice: null,
    amount,
  });
  const charged = chargedFor('2026-10', [
    line('2026-10', 'active', '4.50'),
    line('2026-10', 'manual', '-10.00'),
    line('2026-10', 'adjustment.active', '-0.45'),
    line('2026-11', 'active', '9.00'),
    line('2026-09', 'adjustment.active', '1.00'),
  ]);
  expect(charged).toEqual([
    { code: 'active', quantity: 1, unitPrice: null, amount: '4.50' },
    { code: 'active', quantity: 1, unitPrice: null, amount: '-0.45' },
  ]);
});

/** The rule told forwards: the earliest later period that is not final shows what a final period still owes. */
function carrierOf(period: string, isFinal: (period: string) => boolean): string {
  let carrier = nextPeriod(period);
  while (isFinal(carrier)) carrier = nextPeriod(carrier);
  return carrier;
}

const within = (finals: string[]) => (period: string) => finals.includes(period);

test.each([
  ['2026-10', ['2026-10'], '2026-11'],
  ['2026-10', ['2026-10', '2026-11', '2026-12'], '2027-01'],
  ['2026-10', ['2026-10', '2026-12'], '2026-11'],
])('what %s still owes, with %p final, is carried by %s', (period, finals, carrier) => {
  expect(carrierOf(period, within(finals))).toBe(carrier);
});

test.each([
  ['2026-12', ['2026-11', '2026-10'], ['2026-10', '2026-11']],
  ['2026-12', ['2026-10'], []],
  ['2027-01', ['2026-12', '2026-10'], ['2026-12']],
  ['2026-12', [], []],
])('%s, with %p final, carries %p', (period, finals, carried) => {
  expect(carriedBy(period, within(finals))).toEqual(carried);
});

test('each final period is carried exactly once', () => {
  const months = Array.from({ length: 9 }, (_, i) => `2026-0${i + 1}`);
  fc.assert(
    fc.property(fc.subarray(months), (finals) => {
      const open = [...months, '2026-10'].filter((period) => !finals.includes(period));
      const carried = open.flatMap((by) => carriedBy(by, within(finals)).map((period) => [period, by]));
      expect(carried).toEqual(finals.map((period) => [period, carrierOf(period, within(finals))]));
    }),
  );
});

test('an adjustment settles a period: charged plus adjusted is what it costs now, code by code', () => {
  fc.assert(
    fc.property(anyCurrency.chain(anyTerms), anyCounts, anyCounts, (terms, before, after) => {
      const digits = minorDigits(terms.currency);
      const [invoiced, computed] = [rate(terms, before), rate(terms, after)];
      const lines = difference(terms.currency, computed, invoiced);
      expect(sum([...invoiced, ...lines], digits)).toBe(sum(computed, digits));
      expect(difference(terms.currency, computed, [...invoiced, ...lines])).toEqual([]);
      const quantity = (list: Charge[], code: string) =>
        list.filter((line) => line.code === code).reduce((total, line) => total + line.quantity, 0);
      for (const { code } of [...invoiced, ...computed]) {
        expect(quantity([...invoiced, ...lines], code)).toBe(quantity(computed, code));
      }
    }),
  );
});

test('a change and its reverse cancel out', () => {
  fc.assert(
    fc.property(anyCurrency.chain(anyTerms), anyCounts, anyCounts, (terms, before, after) => {
      const digits = minorDigits(terms.currency);
      const there = between(terms, after, before);
      const back = between(terms, before, after);
      expect(sum([...there, ...back], digits)).toBe(0n);
      expect(back.map(({ code, quantity, unitPrice }) => [code, -quantity, unitPrice])).toEqual(
        there.map(({ code, quantity, unitPrice }) => [code, quantity === 0 ? -0 : quantity, unitPrice]),
      );
    }),
  );
});
