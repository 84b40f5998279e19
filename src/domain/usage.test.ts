import { expect, test } from '@jest/globals';
import { flat, planTerms } from '../../test/support/plans.ts';
import { receptiveUsage, totalOf, windowsOfKind } from './usage.ts';

test('usage speaks of the allowance and the limit', () => {
  const terms = { allowance: 10, limit: 20, overage: flat('1') };
  expect(receptiveUsage(terms, 4)).toMatchObject({
    allowance: 10,
    remaining: 6,
    overage: 0,
    overLimit: false,
  });
  expect(receptiveUsage(terms, 20)).toMatchObject({ remaining: 0, overage: 10, limit: 20, overLimit: false });
  expect(receptiveUsage(terms, 21).overLimit).toBe(true);
  expect(receptiveUsage(planTerms().receptive, 9999)).toMatchObject({ limit: null, overLimit: false });
  expect(receptiveUsage(null, 3)).toMatchObject({
    windows: 3,
    allowance: null,
    remaining: null,
    overage: null,
  });
});

test('counts add up by kind, and to nothing where there are none', () => {
  expect(totalOf([])).toEqual({ receptive: 0, active: 0 });
  expect(
    totalOf([
      { receptive: 2, active: 1 },
      { receptive: 3, active: 0 },
    ]),
  ).toEqual({ receptive: 5, active: 1 });
  const counts = [
    { kind: 'receptive' as const, category: null, windows: 4 },
    { kind: 'active' as const, category: 'utility', windows: 1 },
    { kind: 'active' as const, category: 'marketing', windows: 2 },
  ];
  expect(windowsOfKind('active', counts)).toBe(3);
  expect(windowsOfKind('receptive', counts)).toBe(4);
});
