/** Keeps what was fetched of one partition, whole and in order, until it is consumed. */

import type { KafkaMessage } from 'kafkajs';
import { createSignal } from '../../async.ts';
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
  const queue = createRecordQueue();
  let paused = true;
  /** What comes in before the partition was sought belongs to the position before. */
  let sought = false;
  /** First offset that was not fetched yet. */
  let expected = 0;
  let rereadAt = -1;
  let lowerSeen = false;
  let verify: Progress['last'] = null;
  let broken: LogBroken | null = null;
  let closed = false;

  function fail(error: LogBroken): void {
    broken ??= error;
    changed.notify();
  }

  function enqueue(records: StoredRecord[], next: number, end: number): void {
    queue.push({ partition, first: expected, next, records, end: Math.max(end, next) });
    expected = next;
    if (!paused && queue.size() >= batchSize) {
      paused = true;
      fetch.pause();
    }
    changed.notify();
  }

  /** A gap is passed only when what fills it was read. It is read once more, and then it is data that is gone. */
  function gap(found: number): void {
    if (rereadAt === expected) fail(missing(partition, expected, found));
    rereadAt = expected;
    fetch.seek(expected);
  }

  /** The first record of a seek is the last one that was projected, and only compared. */
  function verified(record: StoredRecord): boolean {
    if (!verify) return true;
    const same = record.offset === verify.offset && recordDigest(record).equals(verify.digest);
    if (!same) fail(replaced(partition, verify.offset));
    verify = null;
    return same;
  }

  return {
    async seek({ next, last }: Progress) {
      sought = false;
      paused = true;
      fetch.pause();
      queue.clear();
      expected = next;
      rereadAt = -1;
      verify = last;
      const range = await fetch.range(next);
      if (next > range.end) throw cutShort(partition, next, range.end);
      if (next < range.low) throw missing(partition, next, range.low);
      if (closed) return;
      fetch.seek(last?.offset ?? next);
      sought = true;
      paused = false;
      fetch.resume();
    },
    push({ messages, raw, end }) {
      if (!sought || closed || broken) return;
      let records = messages.map(toRecord);
      const [first] = records;
      const last = records.at(-1);
      if (!first || !last) return;
      if (verify && (first.offset > verify.offset || last.offset >= verify.offset)) {
        const at = records.findIndex(({ offset }) => offset >= (verify?.offset ?? 0));
        if (!verified(records[at] ?? first)) return;
      }
      if (first.offset < expected) records = records.filter(({ offset }) => offset >= expected);
      const to = Math.max(last.offset, Number(raw.at(-1)?.offset ?? 0));
      const size = to - expected + 1;
      if (size <= 0) return;
      if (size === records.length || covers(raw, expected, to)) enqueue(records, to + 1, end);
      else gap(records[0]?.offset ?? to);
    },
    pushGap(first, next) {
      if (!sought || closed || broken || verify || first !== expected) return;
      enqueue([], next, next);
    },
    fetched: () => expected,
    check({ low, end }, fetched) {
      if (!sought) return;
      if (expected < low) fail(missing(partition, expected, low));
      if (fetched > end && lowerSeen) fail(cutShort(partition, fetched, end));
      lowerSeen = fetched > end;
    },
    async read() {
      while (true) {
        if (broken) throw broken;
        if (closed) return null;
        const batch = queue.take(batchSize);
        if (paused && queue.size() < batchSize) {
          paused = false;
          fetch.resume();
        }
        if (!batch) {
          await changed.wait();
          continue;
        }
        if (batch.next <= until) return batch;
        return { ...batch, next: until, records: batch.records.filter(({ offset }) => offset < until) };
      }
    },
    close() {
      closed = true;
      queue.clear();
      fetch.pause();
      changed.notify();
    },
  };
}

function toRecord({ offset, key, value }: KafkaMessage): StoredRecord {
  return { offset: Number(offset), key: key ?? EMPTY, value: value ?? EMPTY };
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
