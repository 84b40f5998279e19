import { expect, test } from '@jest/globals';
import type { Batch } from '../../log/log.ts';
import { createBatchGrouping } from './grouping.ts';

function batch(partition: number, records: number): Batch {
  const all = Array.from({ length: records }, (_, offset) => ({
    offset,
    key: Buffer.alloc(0),
    value: Buffer.alloc(0),
  }));
  return { partition, first: 0, next: records, records: all, end: records };
}

/** A gatherer whose groups end when the test says so. */
function held(options: { groups: number; worthwhile: number; records: number }) {
  const started: { partitions: number[]; end(): void; fail(error: Error): void }[] = [];
  const gather = createBatchGrouping<number>({
    ...options,
    handle: (batches) => {
      const partitions = batches.map(({ partition }) => partition);
      const { promise, resolve, reject } = Promise.withResolvers<number[]>();
      started.push({ partitions, end: () => resolve(partitions), fail: reject });
      return promise;
    },
  });
  return { gather, started };
}

const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test('small batches that arrive together share a group, and each gets its own result', async () => {
  const { gather, started } = held({ groups: 3, worthwhile: 100, records: 1000 });
  const results = Promise.all([0, 1, 2].map((partition) => gather(batch(partition, 10))));
  await turn();
  expect(started.map(({ partitions }) => partitions)).toEqual([[0, 1, 2]]);
  started[0]?.end();
  expect(await results).toEqual([0, 1, 2]);
});

test('few records wait for the group under way, many start another one', async () => {
  const { gather, started } = held({ groups: 2, worthwhile: 100, records: 1000 });
  const first = gather(batch(0, 10));
  await turn();
  const second = gather(batch(1, 10));
  await turn();
  expect(started).toHaveLength(1);
  const third = gather(batch(2, 200));
  await turn();
  expect(started.map(({ partitions }) => partitions)).toEqual([[0], [1, 2]]);
  for (const group of started) group.end();
  expect(await Promise.all([first, second, third])).toEqual([0, 1, 2]);
});

test('a group has at most so many records, but a large batch goes alone', async () => {
  const { gather, started } = held({ groups: 1, worthwhile: 1, records: 100 });
  const results = [batch(0, 500), batch(1, 60), batch(2, 60)].map((each) => gather(each));
  for (let i = 0; i < 3; i++) {
    await turn();
    started[i]?.end();
  }
  expect(await Promise.all(results)).toEqual([0, 1, 2]);
  expect(started.map(({ partitions }) => partitions)).toEqual([[0], [1], [2]]);
});

test('a failure is told to every caller of the group and to no other', async () => {
  const { gather, started } = held({ groups: 1, worthwhile: 1, records: 100 });
  const results = Promise.allSettled([gather(batch(0, 60)), gather(batch(1, 40)), gather(batch(2, 60))]);
  await turn();
  started[0]?.fail(new Error('the database is gone'));
  await turn();
  started[1]?.end();
  expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
});
