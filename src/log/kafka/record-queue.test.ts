import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Batch } from '../log.ts';
import { createRecordQueue } from './reader.ts';

/** Consecutive batches; a gap before a batch belongs to the one before it. */
const batches = fc
  .array(fc.record({ records: fc.nat({ max: 9 }), gap: fc.nat({ max: 2 }) }), { maxLength: 12 })
  .map((sizes) => {
    let next = 0;
    return sizes.map(({ records, gap }): Batch => {
      const first = next;
      next += records + gap;
      const list = Array.from({ length: records }, (_, i) => ({
        offset: first + i,
        key: Buffer.alloc(0),
        value: Buffer.alloc(0),
      }));
      return { partition: 0, first, next, records: list, end: next };
    });
  });

test('what was pushed is taken in order, in the size asked for, without holes between batches', () => {
  fc.assert(
    fc.property(batches, fc.integer({ min: 1, max: 12 }), (pushed, most) => {
      const queue = createRecordQueue();
      for (const batch of pushed) queue.push(batch);
      const taken: Batch[] = [];
      for (let batch = queue.take(most); batch; batch = queue.take(most)) taken.push(batch);
      const offsets = (list: Batch[]) => list.flatMap(({ records }) => records.map(({ offset }) => offset));
      expect(offsets(taken)).toEqual(offsets(pushed));
      expect(queue.size()).toBe(0);
      let next = 0;
      for (const batch of taken) {
        expect(batch.first).toBe(next);
        expect(batch.records.length).toBeLessThanOrEqual(most);
        expect(batch.records.every(({ offset }) => offset >= batch.first && offset < batch.next)).toBe(true);
        next = batch.next;
      }
      expect(next).toBe(pushed.at(-1)?.next ?? 0);
    }),
  );
});
