import { expect, test } from '@jest/globals';
import { LogUnavailable, type NewRecord, type Position } from '../log/log.ts';
import { createBatcher, LogFull } from './batcher.ts';

/** A log that keeps what it is given and answers when told to. */
function heldLog() {
  const calls: { records: readonly NewRecord[]; answer(): void; fail(error: Error): void }[] = [];
  let offset = 0;
  return {
    calls,
    async nextCall(count: number) {
      const deadline = performance.now() + 5_000;
      while (calls.length < count) {
        if (performance.now() > deadline) throw new Error(`no call ${count}`);
        await new Promise((resolve) => setImmediate(resolve));
      }
      const call = calls[count - 1];
      if (!call) throw new Error('no call');
      return call;
    },
    append(records: readonly NewRecord[]): Promise<Position[]> {
      const { promise, resolve, reject } = Promise.withResolvers<Position[]>();
      const positions = records.map(({ partition }) => ({ partition, offset: offset++ }));
      calls.push({ records, answer: () => resolve(positions), fail: reject });
      return promise;
    },
  };
}

function records(count: number, bytes = 10): NewRecord[] {
  return Array.from({ length: count }, () => ({
    partition: 0,
    key: Buffer.alloc(0),
    value: Buffer.alloc(bytes),
  }));
}

const LIMITS = { maxRecords: 10_000, maxBytes: 10_000_000 };

const ANA = { key: 'ana', tenant: null };

test('what arrives while one append is in flight travels in the next one, whole callers together', async () => {
  const log = heldLog();
  const batcher = createBatcher(log, { ...LIMITS, batchRecords: 10 });
  const first = batcher.append(records(1), ANA);
  const one = await log.nextCall(1);
  const others = [
    batcher.append(records(4), ANA),
    batcher.append(records(5), ANA),
    batcher.append(records(3), ANA),
  ];
  expect(log.calls).toHaveLength(1);
  one.answer();
  expect(await first).toEqual([{ partition: 0, offset: 0 }]);
  const two = await log.nextCall(2);
  expect(two.records).toHaveLength(9);
  two.answer();
  const three = await log.nextCall(3);
  expect(three.records).toHaveLength(3);
  three.answer();
  const positions = (await Promise.all(others)).map((list) => list.map(({ offset }) => offset));
  expect(positions).toEqual([
    [1, 2, 3, 4],
    [5, 6, 7, 8, 9],
    [10, 11, 12],
  ]);
  await batcher.stop();
  expect(batcher.queued()).toEqual({ records: 0, bytes: 0 });
});

test('callers of the same tick share the first append', async () => {
  const log = heldLog();
  const batcher = createBatcher(log, LIMITS);
  const callers = [batcher.append(records(2), ANA), batcher.append(records(3), ANA)];
  const call = await log.nextCall(1);
  expect(call.records).toHaveLength(5);
  call.answer();
  await Promise.all(callers);
});

test('a caller larger than a batch is appended in pieces, in order, and answered as a whole', async () => {
  const log = heldLog();
  const batcher = createBatcher(log, { ...LIMITS, batchRecords: 10, batchBytes: 60 });
  const large = batcher.append(records(14, 10), ANA);
  (await log.nextCall(1)).answer();
  (await log.nextCall(2)).answer();
  (await log.nextCall(3)).answer();
  expect(log.calls.map((call) => call.records.length)).toEqual([6, 6, 2]);
  expect((await large).map(({ offset }) => offset)).toEqual(Array.from({ length: 14 }, (_, i) => i));
});

test('a full queue refuses at once, by records and by bytes, and forgets it when there is room', async () => {
  const log = heldLog();
  const batcher = createBatcher(log, { maxRecords: 5, maxBytes: 100 });
  const taken = batcher.append(records(4), ANA);
  await expect(batcher.append(records(2), ANA)).rejects.toThrow(LogFull);
  await expect(batcher.append(records(1, 70), ANA)).rejects.toThrow(LogFull);
  (await log.nextCall(1)).answer();
  await taken;
  const again = batcher.append(records(5), ANA);
  (await log.nextCall(2)).answer();
  expect(await again).toHaveLength(5);
});

test('a failed append rejects the callers in it and nobody else', async () => {
  const log = heldLog();
  const batcher = createBatcher(log, { ...LIMITS, batchRecords: 2 });
  const failing = [batcher.append(records(1), ANA), batcher.append(records(1), ANA)];
  const fine = batcher.append(records(1), ANA);
  const settled = Promise.allSettled(failing);
  (await log.nextCall(1)).fail(new LogUnavailable('down'));
  (await log.nextCall(2)).answer();
  expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await fine).toHaveLength(1);
});

test('past the deadline a caller is refused, and what still waited is never appended', async () => {
  const log = heldLog();
  const batcher = createBatcher(log, { ...LIMITS, deadlineMs: 20 });
  const inFlight = batcher.append(records(1), ANA);
  const call = await log.nextCall(1);
  const waiting = batcher.append(records(1), ANA);
  await expect(inFlight).rejects.toThrow(LogUnavailable);
  await expect(waiting).rejects.toThrow('within 20 ms');
  expect(batcher.queued().records).toBe(2);
  call.answer();
  await batcher.stop();
  expect(log.calls).toHaveLength(1);
  expect(batcher.queued().records).toBe(0);
});

test('stop finishes what was taken and refuses what comes later', async () => {
  const log = heldLog();
  const batcher = createBatcher(log, LIMITS);
  const taken = batcher.append(records(1), ANA);
  const stopped = batcher.stop();
  await expect(batcher.append(records(1), ANA)).rejects.toThrow(LogUnavailable);
  (await log.nextCall(1)).answer();
  await stopped;
  expect(await taken).toHaveLength(1);
});

test('a queue that had to refuse says that it is full until a quarter of it is free', async () => {
  const log = heldLog();
  const batcher = createBatcher(log, { ...LIMITS, maxRecords: 100, batchRecords: 20 });
  const callers = Array.from({ length: 5 }, () => batcher.append(records(20), ANA));
  expect(batcher.isFull(ANA)).toBe(false);
  await expect(batcher.append(records(1), ANA)).rejects.toBeInstanceOf(LogFull);
  expect(batcher.isFull(ANA)).toBe(true);
  (await log.nextCall(1)).answer();
  const second = await log.nextCall(2);
  expect(batcher.isFull(ANA)).toBe(true);
  second.answer();
  const third = await log.nextCall(3);
  expect(batcher.isFull(ANA)).toBe(false);
  third.answer();
  for (const number of [4, 5]) (await log.nextCall(number)).answer();
  await Promise.all(callers);
});

test('what one tenant has waiting is not waited for by another', async () => {
  const log = heldLog();
  const batcher = createBatcher(log, { ...LIMITS, batchRecords: 10 });
  const flood = { key: 'all', tenant: 'loud' };
  const loud = Array.from({ length: 20 }, () => batcher.append(records(10), flood));
  const first = await log.nextCall(1);
  const quiet = batcher.append(records(1), { key: 'all', tenant: 'quiet' });
  first.answer();
  for (const number of [2, 3]) (await log.nextCall(number)).answer();
  expect(await quiet).toHaveLength(1);
  for (let number = 4; number <= 21; number++) (await log.nextCall(number)).answer();
  await Promise.all(loud);
});

test('a queue that is full for one sender has room for the others', async () => {
  const log = heldLog();
  const batcher = createBatcher(log, { maxRecords: 100, maxBytes: 10_000 });
  const callers = Array.from({ length: 10 }, () => batcher.append(records(10), ANA));
  await expect(batcher.append(records(10), ANA)).rejects.toThrow(LogFull);
  const ben = { key: 'ben', tenant: 'acme' };
  expect([batcher.isFull(ANA), batcher.isFull(ben)]).toEqual([true, false]);
  const others = [10, 5].map((count) => batcher.append(records(count), ben));
  (await log.nextCall(1)).answer();
  await Promise.all([...callers, ...others]);
});
