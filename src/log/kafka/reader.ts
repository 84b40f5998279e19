/** Keeps what was fetched of one partition, whole and in order, until it is consumed. */

import type { KafkaMessage } from 'kafkajs';
import { createSignal } from '../../async.ts';
import { isTracing } from '../../tracing.ts';
import {
  type Batch,
  cutShort,
  type LogBroken,
  missing,
  type PartitionRange,
  type Progress,
  replaced,
  type StoredRecord,
} from '../log.ts';
import type { PartitionReader } from '../partition-loop.ts';
import { recordDigest } from '../record/hash-chain.ts';

const EMPTY = Buffer.alloc(0);

/** From where to where the partition has records. */
type Stored = Pick<PartitionRange, 'low' | 'end'>;

/** What the reader of one partition asks of the kafkajs consumer that fetches for all of them. */
export interface PartitionFetch {
  seek(offset: number): void;
  pause(): void;
  resume(): void;
  /** Where the partition starts and ends. An end below `next` was looked at twice. */
  range(next: number): Promise<Stored>;
}

/** What one fetch brought. `raw` also has what no consumer is shown: control records and aborted transactions. */
export interface Fetched {
  messages: readonly KafkaMessage[];
  raw: readonly { offset: string }[];
  end: number;
}

export interface KafkaReader extends PartitionReader {
  push(fetched: Fetched): void;
  /** Told of a fetch in which there was nothing to show. */
  pushGap(first: number, next: number): void;
  /** The offset up to which everything was fetched. */
  fetched(): number;
  /** Compares where the partition stands with what had been fetched when that was asked. */
  check(stored: Stored, fetched: number): void;
  /** Where the next record is waited for, with all before it handled; null: something is in hand. */
  idleAt(): number | null;
  /** Lets whoever reads begin anew, from the progress that is durable now. */
  interrupt(error: Error): void;
  close(): void;
}

/** Keeps what was fetched of one partition until it is read, a batch and a fetch ahead at most. */
export function createKafkaReader(
  partition: number,
  batchSize: number,
  until: number,
  fetch: PartitionFetch,
): KafkaReader {
  const changed = createSignal();
  const ahead = createReadAhead(batchSize, fetch);
  /** What comes in before the partition was sought belongs to the position before. */
  let sought = false;
  let lowerSeen = false;
  let broken: LogBroken | null = null;
  let interruption: Error | null = null;
  let waiting = false;
  let closed = false;
  const sequence = createSequence(partition, fetch, fail);

  function fail(error: LogBroken): void {
    broken ??= error;
    changed.notify();
  }

  function enqueue(batch: Batch | null): void {
    if (batch === null) return;
    ahead.push(batch);
    changed.notify();
  }

  return {
    async seek(progress: Progress) {
      sought = false;
      interruption = null;
      ahead.shut();
      sequence.start(progress);
      const { next, last } = progress;
      const range = await fetch.range(next);
      if (next > range.end) throw cutShort(partition, next, range.end);
      if (next < range.low) throw missing(partition, next, range.low);
      if (closed) return;
      fetch.seek(last?.offset ?? next);
      sought = true;
      ahead.open();
    },
    push(fetched) {
      if (sought && !closed && !broken) enqueue(sequence.accept(fetched));
    },
    pushGap(first, next) {
      if (sought && !closed && !broken) enqueue(sequence.acceptGap(first, next));
    },
    fetched: sequence.expected,
    check({ low, end }, fetched) {
      if (!sought) return;
      if (sequence.expected() < low) fail(missing(partition, sequence.expected(), low));
      if (fetched > end && lowerSeen) fail(cutShort(partition, fetched, end));
      lowerSeen = fetched > end;
    },
    idleAt: () => (waiting && sought && !closed && ahead.isEmpty() ? sequence.expected() : null),
    interrupt(error) {
      interruption = error;
      changed.notify();
    },
    async read() {
      while (true) {
        if (broken) throw broken;
        if (closed) return null;
        if (interruption) throw interruption;
        const batch = ahead.take();
        if (!batch) {
          waiting = true;
          await changed.wait();
          waiting = false;
          continue;
        }
        if (batch.next <= until) return batch;
        return { ...batch, next: until, records: batch.records.filter(({ offset }) => offset < until) };
      }
    },
    close() {
      closed = true;
      ahead.shut();
      changed.notify();
    },
  };
}

/** Records that wait to be read; nothing more is fetched while a batch of them does. */
function createReadAhead(batchSize: number, fetch: PartitionFetch) {
  const queue = createRecordQueue();
  let paused = true;

  function open(): void {
    paused = false;
    fetch.resume();
  }

  return {
    open,
    isEmpty: () => queue.size() === 0,
    shut() {
      paused = true;
      queue.clear();
      fetch.pause();
    },
    push(batch: Batch) {
      queue.push(batch);
      if (paused || queue.size() < batchSize) return;
      paused = true;
      fetch.pause();
    },
    take(): Batch | null {
      const batch = queue.take(batchSize);
      if (paused && queue.size() < batchSize) open();
      return batch;
    },
  };
}

/** What is fetched, one record after the other: no gap is passed, and nothing of another log. */
function createSequence(partition: number, fetch: PartitionFetch, fail: (error: LogBroken) => void) {
  /** First offset that was not fetched yet. */
  let expected = 0;
  let rereadAt = -1;
  let verify: Progress['last'] = null;

  function upTo(next: number, records: StoredRecord[], end: number): Batch {
    const batch = { partition, first: expected, next, records, end: Math.max(end, next) };
    expected = next;
    return batch;
  }

  /** A gap is passed only when what fills it was read. It is read once more, and then it is data that is gone. */
  function gap(found: number): null {
    if (rereadAt === expected) fail(missing(partition, expected, found));
    rereadAt = expected;
    fetch.seek(expected);
    return null;
  }

  /** The first record of a seek is the last one that was projected, and only compared. */
  function verified(records: readonly StoredRecord[], first: StoredRecord, last: StoredRecord): boolean {
    if (!verify || (first.offset <= verify.offset && last.offset < verify.offset)) return true;
    const { offset, digest } = verify;
    const record = records.find((candidate) => candidate.offset >= offset) ?? first;
    const same = record.offset === offset && recordDigest(record).equals(digest);
    if (!same) fail(replaced(partition, offset));
    verify = null;
    return same;
  }

  return {
    expected: () => expected,
    start({ next, last }: Progress) {
      expected = next;
      rereadAt = -1;
      verify = last;
    },
    accept({ messages, raw, end }: Fetched): Batch | null {
      let records = messages.map(toRecord);
      const [first] = records;
      const last = records.at(-1);
      if (!first || !last || !verified(records, first, last)) return null;
      if (first.offset < expected) records = records.filter(({ offset }) => offset >= expected);
      const to = Math.max(last.offset, Number(raw.at(-1)?.offset ?? 0));
      const size = to - expected + 1;
      if (size <= 0) return null;
      const whole = size === records.length || covers(raw, expected, to);
      return whole ? upTo(to + 1, records, end) : gap(records[0]?.offset ?? to);
    },
    acceptGap(first: number, next: number): Batch | null {
      if (verify || next <= expected) return null;
      return first > expected ? gap(first) : upTo(next, [], next);
    },
  };
}

function toRecord({ offset, key, value, headers }: KafkaMessage): StoredRecord {
  const record = { offset: Number(offset), key: key ?? EMPTY, value: value ?? EMPTY };
  const traceparent = isTracing ? headers?.traceparent : undefined;
  return traceparent === undefined ? record : { ...record, traceparent: String(traceparent) };
}

/** Whether every offset of the range was read. */
function covers(raw: readonly { offset: string }[], from: number, to: number): boolean {
  let next = from;
  for (const { offset } of raw) if (Number(offset) === next) next++;
  return next > to;
}

/** Batches as they were fetched, handed out in the size that is wanted. */
export interface RecordQueue {
  push(batch: Batch): void;
  /** Up to `most` records in order, or null when there is nothing. */
  take(most: number): Batch | null;
  /** Number of records. */
  size(): number;
  clear(): void;
}

export function createRecordQueue(): RecordQueue {
  let batches: Batch[] = [];
  let size = 0;
  return {
    push(batch) {
      batches.push(batch);
      size += batch.records.length;
    },
    take(most) {
      const [head] = batches;
      if (!head) return null;
      const records: StoredRecord[] = [];
      let { next, end } = head;
      for (let batch = batches[0]; batch && records.length < most; batch = batches[0]) {
        const room = most - records.length;
        const rest = batch.records.slice(room);
        for (const record of rest.length > 0 ? batch.records.slice(0, room) : batch.records) {
          records.push(record);
        }
        const [first] = rest;
        next = first ? first.offset : batch.next;
        end = batch.end;
        if (first) batches[0] = { ...batch, first: next, records: rest };
        else batches.shift();
      }
      size -= records.length;
      return { partition: head.partition, first: head.first, next, records, end };
    },
    size: () => size,
    clear() {
      batches = [];
      size = 0;
    },
  };
}
