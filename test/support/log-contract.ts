import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type EventLog, LogBroken, type Position, type Subscription } from '../../src/log/log.ts';
import { activeResources } from './active-resources.ts';
import { consumerOf, createDurable, numbered, recordsOf, startReader } from './log-contract-consumer.ts';
import type { ReaderLog } from './log-reader.ts';
import { until } from './until.ts';

/** One log that can be opened several times, as several instances of the service do. */
export interface LogUnderTest {
  open(partitions: number): Promise<EventLog>;
  /** For another process to open it. */
  reader(partitions: number): ReaderLog;
  drop(): Promise<void>;
}

const PARTITIONS = 3;

/** What every adapter of the event log does. */
export function logContract(name: string, make: () => Promise<LogUnderTest>): void {
  describe(name, () => {
    let under: LogUnderTest;
    let log: EventLog;
    let opened: EventLog[];

    async function open(): Promise<EventLog> {
      const another = await under.open(PARTITIONS);
      opened.push(another);
      return another;
    }

    beforeEach(async () => {
      under = await make();
      opened = [];
      log = await open();
    });

    afterEach(async () => {
      for (const each of opened) await each.close();
      await under.drop();
    });

    /** Fails at once when the subscription ends by itself. */
    async function whileRunning(
      subscriptions: Subscription[],
      what: string,
      condition: () => boolean,
      timeoutMs?: number,
    ) {
      const ended = Promise.race(subscriptions.map(({ done }) => done)).then(() => {
        if (!condition()) throw new Error('the subscription ended by itself');
      });
      await Promise.race([
        ended,
        until(condition, { what, ...(timeoutMs === undefined ? {} : { timeoutMs }) }),
      ]);
    }

    test('positions are dense in each partition and answer for the records in order', async () => {
      const mixed = [...recordsOf(0, 'a', 'b'), ...recordsOf(2, 'c'), ...recordsOf(0, 'd')];
      expect(await log.append(mixed)).toEqual([at(0, 0), at(0, 1), at(2, 0), at(0, 2)]);
      expect(await log.append(recordsOf(2, 'e'))).toEqual([at(2, 1)]);
      expect(await log.append([])).toEqual([]);
      expect(await log.ends()).toEqual([
        { partition: 0, low: 0, readable: 3, end: 3 },
        { partition: 1, low: 0, readable: 0, end: 0 },
        { partition: 2, low: 0, readable: 2, end: 2 },
      ]);
    });

    test('appends at the same time, also of another instance, neither lose nor reorder records', async () => {
      const other = await open();
      const expected = new Map<string, string>();
      const writer = async (target: EventLog, prefix: string) => {
        for (const value of numbered(prefix, 15)) {
          const records = [2, 0, 1].flatMap((partition) => recordsOf(partition, value, `${value}'`));
          const positions = await target.append(records);
          positions.forEach(({ partition, offset }, i) => {
            expected.set(`${partition}/${offset}`, records[i]?.value.toString() ?? '');
          });
        }
      };
      await Promise.all([writer(log, 'a'), writer(log, 'b'), writer(other, 'c'), writer(other, 'd')]);
      const durable = await readAll(log);
      expect(expected.size).toBe(4 * 15 * 3 * 2);
      expect(durable.total()).toBe(expected.size);
      for (const [partition, values] of durable.values) {
        values.forEach((value, offset) => {
          expect(value).toBe(expected.get(`${partition}/${offset}`));
        });
      }
    });

    test('a subscriber sees everything from its progress on, and then what is appended', async () => {
      await log.append([...recordsOf(0, ...numbered('old', 25)), ...recordsOf(1, 'x', 'y')]);
      const durable = await readAll(log, new Map([[0, 20]]));
      expect(durable.progress.get(0)?.next).toBe(20);
      const subscription = await log.subscribe(consumerOf(durable));
      await log.append(recordsOf(2, ...numbered('new', 30)));
      await whileRunning([subscription], 'all records', () => durable.total() === 25 + 2 + 30);
      await subscription.stop();
      await subscription.done;
      expect(durable.values.get(0)).toEqual(numbered('old', 25));
      expect(durable.values.get(1)).toEqual(['x', 'y']);
      expect(durable.values.get(2)).toEqual(numbered('new', 30));
    });

    test('batches are consecutive, no larger than asked for, and say where the partition ends', async () => {
      await log.append(recordsOf(1, ...numbered('r', 35)));
      const durable = createDurable();
      const seen: { first: number; next: number; size: number; end: number }[] = [];
      const consumer = consumerOf(durable, {
        handle: async (batch) => {
          const { first, next, records, end } = batch;
          seen.push({ first, next, size: records.length, end });
          return durable.apply(batch);
        },
      });
      const subscription = await log.subscribe({ ...consumer, until: new Map(allEnds(await log.ends())) });
      await subscription.done;
      expect(seen.every(({ first, next, size }) => next - first === size && size <= 10)).toBe(true);
      expect(seen.reduce((sum, { size }) => sum + size, 0)).toBe(35);
      expect(seen.every(({ end }) => end === 35)).toBe(true);
    });

    test('two subscribers of a group share the partitions, and one takes over when the other stops', async () => {
      const other = await open();
      const durable = createDurable();
      const by = new Map<string, Set<number>>();
      const subscribe = (target: EventLog, who: string) =>
        target.subscribe(
          consumerOf(durable, {
            handle: async (batch) => {
              by.set(who, (by.get(who) ?? new Set()).add(batch.partition));
              return durable.apply(batch);
            },
          }),
        );
      const one = await subscribe(log, 'one');
      const two = await subscribe(other, 'two');
      let written = 0;
      const write = async () => {
        await log.append([0, 1, 2].flatMap((partition) => recordsOf(partition, `${written}`)));
        written++;
      };
      while (!(by.get('one')?.size && by.get('two')?.size)) {
        await write();
        // Kafka may take two rebalances of up to 10 s until both read.
        await whileRunning([one, two], 'the records', () => durable.total() === 3 * written, 45_000);
      }
      await whileRunning([one, two], 'each partition to be held by one of them', () => {
        const shares = [one.held(), two.held()];
        return shares.every(({ length }) => length > 0) && shares.flat().toSorted().join() === '0,1,2';
      });
      await two.stop();
      by.clear();
      await write();
      await whileRunning([one], 'the records of the other', () => durable.total() === 3 * written);
      expect(by.get('one')?.size).toBe(3);
      expect([one.held().toSorted(), two.held()]).toEqual([[0, 1, 2], []]);
      for (const values of durable.values.values()) {
        expect(values).toEqual(Array.from({ length: written }, (_, i) => `${i}`));
      }
    }, 120_000);

    test('what a killed instance had in hand moves to another one', async () => {
      await log.append([0, 1, 2].flatMap((partition) => recordsOf(partition, ...numbered('r', 15))));
      const reader = startReader(under.reader(PARTITIONS));
      try {
        await until(() => reader.partitions().size === PARTITIONS, { what: 'the other instance to read' });
        const durable = createDurable();
        const subscription = await log.subscribe(consumerOf(durable));
        reader.kill();
        await whileRunning([subscription], 'its partitions to move', () => durable.total() === 3 * 15);
        expect(durable.values.get(1)).toEqual(numbered('r', 15));
      } finally {
        reader.kill();
      }
    });

    test('a batch that fails is reported and tried again from the durable progress', async () => {
      await log.append(recordsOf(0, ...numbered('r', 30)));
      const durable = createDurable();
      const failures: unknown[] = [];
      let calls = 0;
      const consumer = consumerOf(durable, {
        handle: async (batch) => {
          calls++;
          if (calls === 2) durable.apply(batch);
          if (calls === 2 || calls === 3) throw new Error(`failure ${calls}`);
          return durable.apply(batch);
        },
        failed: (partition, error) => failures.push([partition, (error as Error).message]),
      });
      const subscription = await log.subscribe(consumer);
      await whileRunning([subscription], 'all records', () => durable.total() === 30);
      await subscription.stop();
      expect(failures).toEqual([
        [0, 'failure 2'],
        [0, 'failure 3'],
      ]);
      expect(durable.values.get(0)).toEqual(numbered('r', 30));
    });

    test('a progress that another projector made is taken over', async () => {
      await log.append(recordsOf(0, ...numbered('r', 30)));
      const ahead = await readAll(log, new Map([[0, 25]]));
      const seen: number[] = [];
      const consumer = consumerOf(createDurable(), {
        handle: async ({ partition, first, next }) => {
          seen.push(first);
          return ahead.progress.get(partition) && first < 25
            ? (ahead.progress.get(partition) ?? { next, last: null })
            : { next, last: null };
        },
      });
      const subscription = await log.subscribe({ ...consumer, until: new Map(allEnds(await log.ends())) });
      await subscription.done;
      expect(seen).toEqual([0, 25]);
    });

    test('`until` ends the subscription, exclusively, also within a batch and where nothing is left', async () => {
      await log.append([...recordsOf(0, ...numbered('r', 20)), ...recordsOf(1, ...numbered('s', 20))]);
      const stops = new Map([
        [0, 7],
        [1, 20],
        [2, 0],
      ]);
      const durable = await readAll(log, stops);
      expect(durable.values.get(0)).toEqual(numbered('r', 7));
      expect(durable.values.get(1)).toEqual(numbered('s', 20));
      const again = await log.subscribe(consumerOf(durable, { until: stops }));
      await again.done;
      expect(durable.total()).toBe(27);
    });

    test('a log whose last record is another one is broken', async () => {
      await log.append(recordsOf(1, 'a', 'b', 'c'));
      const durable = await readAll(log);
      const last = { offset: 2, digest: Buffer.alloc(32) };
      durable.progress.set(1, { next: 3, last });
      const subscription = await log.subscribe(consumerOf(durable));
      await expect(subscription.done).rejects.toThrow(/Record 2 of partition 1 is not the one/);
      await expect(subscription.done).rejects.toBeInstanceOf(LogBroken);
    });

    test('a log that ends before what was projected is broken', async () => {
      await log.append(recordsOf(1, 'a', 'b', 'c'));
      const durable = createDurable();
      durable.progress.set(1, { next: 9, last: null });
      const subscription = await log.subscribe(consumerOf(durable));
      await expect(subscription.done).rejects.toThrow(/Partition 1 of the log ends at 3, but .* up to 9/);
      await subscription.stop();
    });

    test('a log with another number of partitions is refused', async () => {
      const refusal = under.open(PARTITIONS + 1);
      await expect(refusal).rejects.toThrow(/3 partitions, but LOG_PARTITIONS is 4: set LOG_PARTITIONS=3/);
      await expect(refusal).rejects.toBeInstanceOf(LogBroken);
    });

    test('a record for a partition that does not exist is refused, and nothing of its batch kept', async () => {
      const stray = log.append([...recordsOf(0, 'a'), ...recordsOf(PARTITIONS, 'b')]);
      await expect(stray).rejects.toThrow(RangeError);
      expect((await log.ends()).every(({ end }) => end === 0)).toBe(true);
    });

    test('closing ends subscriptions and leaves nothing open', async () => {
      const sockets = () => activeResources('TCPSocketWrap');
      const before = sockets();
      const other = await under.open(PARTITIONS);
      const durable = createDurable();
      await other.append(recordsOf(0, 'a'));
      const subscription = await other.subscribe(consumerOf(durable));
      await whileRunning([subscription], 'the record', () => durable.total() === 1);
      await other.close();
      await subscription.done;
      await until(() => sockets() <= before, { what: 'the sockets to be closed' });
    });
  });
}

function at(partition: number, offset: number): Position {
  return { partition, offset };
}

function allEnds(ranges: { partition: number; end: number }[]): [number, number][] {
  return ranges.map(({ partition, end }) => [partition, end]);
}

/** Reads up to the given ends, or up to the present ones. */
async function readAll(log: EventLog, stops = new Map<number, number>()) {
  const durable = createDurable();
  const ends = new Map([...allEnds(await log.ends()), ...stops]);
  const subscription = await log.subscribe(consumerOf(durable, { until: ends }));
  await subscription.done;
  return durable;
}
