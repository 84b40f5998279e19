import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { countFitting, largestRecordIn } from './batch-size.ts';

function record(partition: number, bytes: number) {
  return { partition, key: Buffer.alloc(32), value: Buffer.alloc(Math.max(0, bytes - 32)) };
}

test('the records of each partition are a batch of their own', () => {
  const records = [record(0, 400), record(1, 400), record(0, 400), record(1, 400), record(0, 400)];
  expect(countFitting(records, 1_000)).toBe(4);
  expect(countFitting(records, 100_000)).toBe(5);
});

test('the largest record that fits does, with one byte more it is sent alone', () => {
  const largest = largestRecordIn(1_000);
  expect(countFitting([record(1, 40), record(0, largest)], 1_000)).toBe(2);
  expect(countFitting([record(1, 40), record(0, largest + 1)], 1_000)).toBe(1);
  expect(countFitting([record(0, largest + 1), record(1, 40)], 1_000)).toBe(2);
});

test('whatever comes, some of it can be sent', () => {
  const records = fc.array(fc.record({ partition: fc.nat(2), bytes: fc.integer({ min: 32, max: 2_000 }) }), {
    minLength: 1,
  });
  fc.assert(
    fc.property(records, fc.integer({ min: 100, max: 3_000 }), (sizes, batchBytes) => {
      const count = countFitting(
        sizes.map(({ partition, bytes }) => record(partition, bytes)),
        batchBytes,
      );
      expect(count).toBeGreaterThan(0);
      expect(count).toBeLessThanOrEqual(sizes.length);
    }),
  );
});
