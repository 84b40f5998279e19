/** How large record batches are; a broker refuses one beyond the `max.message.bytes` of its topic. */

import type { NewRecord } from '../log.ts';

/** What a topic must take, so that whatever passes the intake also gets into the log. */
export const LEAST_BATCH_BYTES = 1024 * 1024;

/** Kafka's own default: 1 MiB, and the twelve bytes before a batch. */
export const DEFAULT_BATCH_BYTES = LEAST_BATCH_BYTES + 12;

/** Of a batch without records (https://kafka.apache.org/documentation/#recordbatch). */
const BATCH_OVERHEAD = 61;
/** Of a record without key and value, at most: its lengths and its differences from the batch are of variable size. */
const RECORD_OVERHEAD = 32;

/** Of the header with the span that appends a record: name, value and their lengths. */
const HEADERS_BYTES = 72;

/** Bytes of key and value that a single record may have where batches may have so many. */
export function largestRecordIn(batchBytes: number): number {
  return batchBytes - BATCH_OVERHEAD - RECORD_OVERHEAD;
}

/**
 * How many of the records, from the first on, can be sent at once: those of one partition become one batch. At least
 * one, whatever its size.
 */
export function countFitting(
  records: readonly Pick<NewRecord, 'partition' | 'key' | 'value' | 'headers'>[],
  batchBytes: number,
): number {
  const sizes = new Map<number, number>();
  for (const [i, { partition, key, value, headers }] of records.entries()) {
    const before = sizes.get(partition) ?? BATCH_OVERHEAD;
    const size =
      before + RECORD_OVERHEAD + key.length + value.length + (headers === undefined ? 0 : HEADERS_BYTES);
    if (size > batchBytes && i > 0) return i;
    sizes.set(partition, size);
  }
  return records.length;
}
