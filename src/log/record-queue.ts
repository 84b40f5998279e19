import type { Batch, StoredRecord } from './log.ts';

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
