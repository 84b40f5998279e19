import { expect, test } from '@jest/globals';
import type { KafkaMessage } from 'kafkajs';
import type { Progress } from '../log.ts';
import { recordDigest } from '../record/hash-chain.ts';
import { createKafkaReader } from './reader.ts';

const BATCH = 4;

/** A reader whose partition has records 0 to 99, and what it asked of the consumer. */
function reading(until = Number.POSITIVE_INFINITY) {
  const asked: string[] = [];
  const range = Promise.withResolvers<{ low: number; end: number }>();
  const reader = createKafkaReader(0, BATCH, until, {
    seek: (offset) => asked.push(`seek ${offset}`),
    pause: () => asked.push('pause'),
    resume: () => asked.push('resume'),
    range: () => range.promise,
  });
  return {
    reader,
    asked,
    async seek(progress: Progress) {
      range.resolve({ low: 0, end: 100 });
      await reader.seek(progress);
    },
    fetched(offsets: number[], raw = offsets) {
      reader.push({
        messages: offsets.map(message),
        raw: raw.map((offset) => ({ offset: `${offset}` })),
        end: 100,
      });
    },
    async read() {
      const batch = await reader.read();
      return (
        batch && { first: batch.first, next: batch.next, offsets: batch.records.map(({ offset }) => offset) }
      );
    },
  };
}

test('what was fetched is read in batches, and fetching pauses while two of them wait', async () => {
  const { asked, seek, fetched, read } = reading();
  await seek({ next: 0, last: null });
  fetched([0, 1, 2]);
  fetched([3, 4, 5, 6, 7]);
  expect(asked).toEqual(['pause', 'seek 0', 'resume', 'pause']);
  expect(await read()).toEqual({ first: 0, next: 4, offsets: [0, 1, 2, 3] });
  expect(await read()).toEqual({ first: 4, next: 8, offsets: [4, 5, 6, 7] });
  expect(asked.at(-1)).toBe('resume');
});

test('the last projected record is read again, compared and dropped', async () => {
  const { asked, seek, fetched, read } = reading();
  await seek({ next: 6, last: { offset: 5, digest: digestOf(5) } });
  expect(asked).toContain('seek 5');
  fetched([5, 6, 7]);
  expect(await read()).toEqual({ first: 6, next: 8, offsets: [6, 7] });
});

test('another last record, or none, is a broken log', async () => {
  for (const offsets of [[5, 6], [6]]) {
    const { seek, fetched, read } = reading();
    await seek({ next: 6, last: { offset: 5, digest: digestOf(4) } });
    fetched(offsets);
    await expect(read()).rejects.toThrow('Record 5 of partition 0 is not the one that was projected');
  }
});

test('what was still on its way when the reader went elsewhere is ignored', async () => {
  const { reader, seek, fetched, read } = reading();
  await seek({ next: 0, last: null });
  fetched([0, 1]);
  const moving = reader.seek({ next: 1, last: { offset: 0, digest: digestOf(0) } });
  fetched([2, 3]);
  await moving;
  fetched([0, 1]);
  expect(await read()).toEqual({ first: 1, next: 2, offsets: [1] });
});

test('a gap is read once more, and passed only when something invisible fills it', async () => {
  const { asked, seek, fetched, read } = reading();
  await seek({ next: 0, last: null });
  fetched([2, 3]);
  expect(asked.at(-1)).toBe('seek 0');
  fetched([2, 3], [0, 1, 2, 3, 4]);
  expect(await read()).toEqual({ first: 0, next: 5, offsets: [2, 3] });
  fetched([7]);
  fetched([7]);
  await expect(read()).rejects.toThrow('Partition 0 of the log has no records from 5 to 6');
});

test('records that come twice are handed out once', async () => {
  const { seek, fetched, read } = reading();
  await seek({ next: 2, last: null });
  fetched([0, 1, 2, 3]);
  fetched([3]);
  expect(await read()).toEqual({ first: 2, next: 4, offsets: [2, 3] });
});

test('`until` cuts the last batch', async () => {
  const { seek, fetched, read } = reading(3);
  await seek({ next: 0, last: null });
  fetched([0, 1, 2, 3, 4]);
  expect(await read()).toEqual({ first: 0, next: 3, offsets: [0, 1, 2] });
});

test('an end before what was fetched is believed when it is seen twice', async () => {
  const { reader, seek, fetched, read } = reading();
  await seek({ next: 0, last: null });
  fetched([0, 1, 2]);
  await read();
  reader.check({ low: 0, end: 1 }, 3);
  reader.check({ low: 0, end: 3 }, 3);
  reader.check({ low: 0, end: 1 }, 3);
  reader.check({ low: 0, end: 1 }, 3);
  await expect(read()).rejects.toThrow('Partition 0 of the log ends at 1, but was projected up to 3');
});

test('a closed reader has nothing more', async () => {
  const { reader, seek, read } = reading();
  await seek({ next: 0, last: null });
  const waiting = read();
  reader.close();
  expect(await waiting).toBeNull();
});

function message(offset: number): KafkaMessage {
  const bytes = Buffer.from(`record ${offset}`);
  return { offset: `${offset}`, key: bytes, value: bytes, timestamp: '0', attributes: 0, headers: {} };
}

function digestOf(offset: number): Buffer {
  const bytes = Buffer.from(`record ${offset}`);
  return recordDigest({ key: bytes, value: bytes });
}

test('a hole before what nobody is shown is read once more, and then it is data that is gone', async () => {
  const { reader, asked, seek, read } = reading();
  await seek({ next: 0, last: null });
  reader.pushGap(2, 3);
  expect(asked.at(-1)).toBe('seek 0');
  reader.pushGap(2, 3);
  await expect(read()).rejects.toThrow('has no records from 0 to 1');
});

test('what nobody is shown is passed also where a part of it was passed before', async () => {
  const { reader, seek, read } = reading();
  await seek({ next: 0, last: null });
  reader.pushGap(0, 2);
  reader.pushGap(0, 3);
  reader.pushGap(1, 2);
  expect(await read()).toEqual({ first: 0, next: 3, offsets: [] });
});

test('who waits for records can be told to begin anew, and does so from the progress that is durable then', async () => {
  const { reader, seek, fetched, read } = reading();
  await seek({ next: 0, last: null });
  fetched([0, 1, 2]);
  expect(reader.idleAt()).toBeNull();
  expect(await read()).toMatchObject({ next: 3 });
  expect(reader.idleAt()).toBeNull();
  const interrupted = read();
  expect(reader.idleAt()).toBe(3);
  reader.interrupt(new Error('the database has lost it'));
  await expect(interrupted).rejects.toThrow('the database has lost it');
  await seek({ next: 1, last: { offset: 0, digest: digestOf(0) } });
  fetched([0, 1, 2]);
  expect(await read()).toEqual({ first: 1, next: 3, offsets: [1, 2] });
});
