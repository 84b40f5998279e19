import { expect, test } from '@jest/globals';
import { expectedCount, expectedTotal } from './expected.ts';

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

test('a count goes on at its pace', () => {
  expect(expectedCount(8, { ...month, now: 10 * DAY })).toBe(24);
  expect(expectedCount(0, { ...month, now: 10 * DAY })).toBe(0);
});

test('of a period that is over, or has hardly begun, nothing is expected', () => {
  expect(expectedCount(8, { ...month, now: 30 * DAY })).toBeNull();
  expect(expectedCount(8, { ...month, now: DAY - 1 })).toBeNull();
  expect(expectedTotal('103.00', terms, counts, { ...month, now: 31 * DAY })).toBeNull();
});

test('a total grows by what the windows to come cost, and keeps what is no usage', () => {
  // 24 receptive: 14 beyond the allowance, 7.00; 9 active: 9.00.
  expect(expectedTotal('103.00', terms, counts, { ...month, now: 10 * DAY })).toBe('116.00');
  expect(expectedTotal('83.00', terms, counts, { ...month, now: 10 * DAY })).toBe('96.00');
  expect(expectedTotal('100.00', terms, [], { ...month, now: 10 * DAY })).toBe('100.00');
});
