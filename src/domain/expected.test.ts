import { expect, test } from '@jest/globals';
import { expectedAtEnd } from './expected.ts';

const DAY = 86_400_000;
const month = { start: 0, end: 30 * DAY };
const terms = {
  ...{ currency: 'BRL', monthlyFee: '100.00', minimum: '0' },
  receptive: { allowance: 10, limit: null, overage: [{ upTo: null, unitPrice: '0.50' }] },
  active: { default: [{ upTo: null, unitPrice: '1.00' }] },
};
const counts = [
  { kind: 'receptive', category: null, windows: 8 },
  { kind: 'active', category: 'utility', windows: 3 },
] as const;

test('counts go on at their pace, and a total grows by what the windows to come cost', () => {
  // 24 receptive: 14 beyond the allowance, 7.00; 9 active: 9.00.
  const windows = { receptive: 24, active: 9 };
  expect(expectedAtEnd('103.00', terms, counts, { ...month, now: 10 * DAY })).toEqual({
    ...{ total: '116.00', ...windows },
  });
  expect(expectedAtEnd('83.00', terms, counts, { ...month, now: 10 * DAY })).toEqual({
    ...{ total: '96.00', ...windows },
  });
  expect(expectedAtEnd('100.00', terms, [], { ...month, now: 10 * DAY })).toEqual({
    ...{ total: '100.00', receptive: 0, active: 0 },
  });
});

test('of a period that is over, or has hardly begun, nothing is expected', () => {
  for (const now of [0, DAY - 1, 30 * DAY, 31 * DAY])
    expect(expectedAtEnd('103.00', terms, counts, { ...month, now })).toBeNull();
});
