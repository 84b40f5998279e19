import { expect, test } from '@jest/globals';
import { keptThresholds, reached, thresholdName, windowReaching } from './threshold.ts';

const TERMS = { allowance: 1_001, limit: null, overage: [] };

test('a share is reached by as many windows, rounded up, and by one at least', () => {
  const at = (of: 'allowance' | 'limit', percent: number, terms: Parameters<typeof windowReaching>[1]) =>
    windowReaching({ of, percent }, terms);
  expect(at('allowance', 80, TERMS)).toBe(801);
  expect(at('allowance', 100, TERMS)).toBe(1_001);
  expect(at('allowance', 80, { ...TERMS, allowance: 0 })).toBe(1);
  expect(at('limit', 100, TERMS)).toBeNull();
  expect(at('limit', 50, { ...TERMS, limit: 10 })).toBe(5);
  expect(at('allowance', 80, null)).toBeNull();
  expect(windowReaching({ of: 'active', count: 500 }, null)).toBe(500);
});

test('only periods from `since` on reach anything, and kinds are counted apart', () => {
  const list = [
    { of: 'receptive', count: 3, since: '2026-11' },
    { of: 'active', count: 3, since: '2026-11' },
  ] as const;
  const names = (period: string, receptive: number, active: number) =>
    reached(list, period, null, { receptive, active }).map(({ threshold }) => thresholdName(threshold));
  expect(names('2026-11', 3, 2)).toEqual(['receptive:3']);
  expect(names('2026-12', 9, 3)).toEqual(['receptive:3', 'active:3']);
  expect(names('2026-10', 9, 9)).toEqual([]);
});

test('what a new list has from the old one keeps its `since`', () => {
  const before = [{ of: 'allowance', percent: 80, since: '2026-03' }] as const;
  const wanted = [
    { of: 'allowance', percent: 80, since: '2026-11' },
    { of: 'allowance', percent: 90, since: '2026-11' },
  ] as const;
  expect(keptThresholds(wanted, before).map(({ since }) => since)).toEqual(['2026-03', '2026-11']);
});
