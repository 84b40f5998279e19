import { expect, test } from '@jest/globals';
import { consumerOf, createDurable } from '../../test/support/log-contract-consumer.ts';
import { createSemaphore } from '../async.ts';
import { type Batch, LogBroken } from './log.ts';
import { consumePartition, type PartitionReader } from './partition-loop.ts';

/** Gives out one record at a time, up to `end`, and then closes. */
function readerTo(end: number): PartitionReader & { seeks: number[] } {
  const seeks: number[] = [];
  let next = 0;
  return {
    seeks,
    async seek(progress) {
      seeks.push(progress.next);
      next = progress.next;
    },
    async read(): Promise<Batch | null> {
      if (next >= end) return null;
      const first = next++;
      const record = { offset: first, key: Buffer.alloc(0), value: Buffer.from(`${first}`) };
      return { partition: 0, first, next, records: [record], end };
    },
  };
}

const never = new AbortController().signal;

test('a partition is read from its durable progress until its reader closes', async () => {
  const durable = createDurable();
  durable.progress.set(0, { next: 2, last: null });
  const reader = readerTo(4);
  expect(await consumePartition(0, reader, consumerOf(durable), createSemaphore(1), never)).toBe('released');
  expect(durable.values.get(0)).toEqual(['2', '3']);
  expect(reader.seeks).toEqual([2]);
});

test('it is finished at `until`, also where nothing is left to read', async () => {
  const durable = createDurable();
  const consumer = consumerOf(durable, { until: new Map([[0, 3]]) });
  expect(await consumePartition(0, readerTo(10), consumer, createSemaphore(1), never)).toBe('finished');
  const again = readerTo(10);
  expect(await consumePartition(0, again, consumer, createSemaphore(1), never)).toBe('finished');
  expect(durable.values.get(0)).toEqual(['0', '1', '2']);
});

test('a broken log ends it and is not reported as a failure to be retried', async () => {
  const failures: unknown[] = [];
  const consumer = consumerOf(createDurable(), {
    handle: () => Promise.reject(new LogBroken('another log')),
    failed: (_, error) => failures.push(error),
  });
  await expect(consumePartition(0, readerTo(1), consumer, createSemaphore(1), never)).rejects.toThrow(
    'another log',
  );
  expect(failures).toEqual([]);
});

test('once it is aborted no further batch is handled, also one that waits for its turn', async () => {
  const durable = createDurable();
  const stopping = new AbortController();
  const permits = createSemaphore(1);
  const turn = Promise.withResolvers<void>();
  const other = permits.run(() => turn.promise);
  const driven = consumePartition(0, readerTo(5), consumerOf(durable), permits, stopping.signal);
  stopping.abort();
  turn.resolve();
  await other;
  expect(await driven).toBe('released');
  expect(durable.total()).toBe(0);
});
