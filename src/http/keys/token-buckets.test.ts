import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BURST_SECONDS, createBuckets } from './token-buckets.ts';

function bucketsAt(perSecond: number) {
  const time = { ms: 0 };
  return { time, buckets: createBuckets(perSecond, () => time.ms) };
}

test('a burst is let through, then so many a second, to each name', () => {
  const { time, buckets } = bucketsAt(5);
  const taken = (name: string) => {
    let count = 0;
    for (; buckets.wait(name) === 0; count++) buckets.take(name, 1);
    return count;
  };
  expect([taken('ana'), taken('ben')]).toEqual([5 * BURST_SECONDS, 5 * BURST_SECONDS]);
  expect(buckets.wait('ana')).toBeCloseTo(0.2);
  time.ms += 1_000;
  expect(taken('ana')).toBe(5);
});

test('what is larger than any bucket is taken, and waited for by the next', () => {
  const { time, buckets } = bucketsAt(10);
  buckets.take('ana', 1_000);
  const seconds = buckets.wait('ana');
  expect(seconds).toBeCloseTo(90.1);
  time.ms += seconds * 1_000;
  expect(buckets.wait('ana')).toBe(0);
});

test('in the long run nobody gets more than the rate, whatever is asked for when', () => {
  const steps = fc.array(fc.record({ ms: fc.nat(2_000), amount: fc.integer({ min: 1, max: 300 }) }), {
    minLength: 1,
  });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 100 }), (asked, perSecond) => {
      const { time, buckets } = bucketsAt(perSecond);
      let taken = 0;
      for (const { ms, amount } of asked) {
        time.ms += ms;
        if (buckets.wait('ana') > 0) continue;
        buckets.take('ana', amount);
        taken += amount;
      }
      const most = perSecond * (BURST_SECONDS + time.ms / 1_000) + 300;
      expect(taken).toBeLessThanOrEqual(most);
    }),
  );
});

test('0 is no limit', () => {
  const { buckets } = bucketsAt(0);
  for (let i = 0; i < 1_000; i++) buckets.take('ana', 1_000);
  expect(buckets.wait('ana')).toBe(0);
});
