/** Reads one partition of the log table, a batch ahead. */

import type { Pool, PoolClient } from 'pg';
import { createSignal } from '../../async.ts';
import { copyOut } from '../../store/copy-out.ts';
import { type Batch, cutShort, missing, type Progress, replaced, type StoredRecord } from '../log.ts';
import type { PartitionReader } from '../partition-loop.ts';
import { recordDigest } from '../record/hash-chain.ts';
import { withTimedClient } from './client.ts';

/** A batch is cut to about this much, so that large records do not fill the memory. */
const BATCH_BYTES = 4 * 1024 * 1024;
const READ_TIMEOUT_MS = 30_000;

const HEAD = 'select next from log.partitions where partition = $1';

export interface PostgresReader extends PartitionReader {
  /** Tells of an end just seen; a poll may be older than what an append in this process told before. */
  ends(end: number): void;
  close(): void;
}

async function endOf(pool: Pool, partition: number): Promise<number> {
  const query = { name: 'log-head', text: HEAD, values: [partition] };
  const { rows } = await withTimedClient(pool, READ_TIMEOUT_MS, (client) =>
    client.query<{ next: number | string }>(query),
  );
  return Number(rows[0]?.next ?? 0);
}

/** Reads one partition up to `until`, one batch ahead of the one in hand. */
export function createPostgresReader(
  pool: Pool,
  partition: number,
  batchSize: number,
  until: number,
): PostgresReader {
  const changed = createSignal();
  let end = 0;
  let lowerSeen = false;
  let next = 0;
  let bytesPerRecord = 1_024;
  let closed = false;
  let ahead: Promise<Batch> | null = null;

  async function rows(from: number, until: number): Promise<StoredRecord[]> {
    return await withTimedClient(pool, READ_TIMEOUT_MS, (client) =>
      copyRecords(client, partition, from, until),
    );
  }

  async function fetch(): Promise<Batch> {
    const first = next;
    const size = Math.min(batchSize, Math.max(1, Math.floor(BATCH_BYTES / bytesPerRecord)));
    const wanted = Math.min(size, Math.min(end, until) - first);
    const records = await rows(first, first + wanted);
    const last = records.at(-1);
    if (last?.offset !== first + wanted - 1 || records.length !== wanted) {
      const gap = records.findIndex(({ offset }, i) => offset !== first + i);
      const from = first + (gap < 0 ? records.length : gap);
      throw missing(partition, from, records[gap]?.offset ?? first + wanted);
    }
    bytesPerRecord = records.reduce((sum, { key, value }) => sum + key.length + value.length, 0) / wanted;
    return { partition, first, next: first + wanted, records, end };
  }

  function readAhead(): void {
    ahead = fetch();
    // Whoever takes the batch sees the failure.
    ahead.catch(() => undefined);
  }

  return {
    async seek(progress: Progress) {
      ahead = null;
      next = progress.next;
      end = await endOf(pool, partition);
      if (next > end) throw cutShort(partition, next, end);
      if (!progress.last) return;
      const [last] = await rows(progress.last.offset, progress.last.offset + 1);
      if (last?.offset !== progress.last.offset || !recordDigest(last).equals(progress.last.digest)) {
        throw replaced(partition, progress.last.offset);
      }
    },
    async read() {
      while (!ahead) {
        if (closed) return null;
        if (end < next) throw cutShort(partition, next, end);
        if (end > next) readAhead();
        else await changed.wait();
      }
      const batch = await ahead;
      ahead = null;
      next = batch.next;
      if (closed) return null;
      if (Math.min(end, until) > next) readAhead();
      return batch;
    },
    ends(value: number) {
      if (value >= end) lowerSeen = false;
      if (value === end) return;
      const lower = value < end;
      if (lower && !lowerSeen) {
        lowerSeen = true;
        return;
      }
      end = value;
      changed.notify();
    },
    close() {
      closed = true;
      changed.notify();
    },
  };
}

/** Signature, flags and length of the extension (none): what PostgreSQL's binary COPY format begins with. */
const HEADER_BYTES = 19;

/**
 * Reads the records of a partition from an offset on (inclusive) up to another (exclusive). As binary COPY it takes half
 * of what result rows take, here and in PostgreSQL: they would come in hex. Keys and values are parts of one buffer.
 * They come as they lie in the table, which is nearly always their order, and are sorted here: PostgreSQL, once it has
 * statistics, would copy each of them to sort it, which took twice as long as all the rest of its reading.
 */
async function copyRecords(
  client: PoolClient,
  partition: number,
  from: number,
  until: number,
): Promise<StoredRecord[]> {
  const text = `copy (select "offset", key, value from log.records
      where partition = ${partition} and "offset" >= ${from} and "offset" < ${until})
    to stdout (format binary)`;
  const chunks: Buffer[] = [];
  for await (const chunk of copyOut(client, text)) chunks.push(chunk);
  return parseRecords(Buffer.concat(chunks)).sort((a, b) => a.offset - b.offset);
}

/** Tuples of a count of fields, and per field its length in bytes and its bytes; big-endian, -1 for the end. */
function parseRecords(copied: Buffer): StoredRecord[] {
  const records: StoredRecord[] = [];
  for (let at = HEADER_BYTES; copied.readInt16BE(at) !== -1; ) {
    const offset = copied.readUInt32BE(at + 6) * 0x1_0000_0000 + copied.readUInt32BE(at + 10);
    const keyEnd = at + 18 + copied.readInt32BE(at + 14);
    const valueEnd = keyEnd + 4 + copied.readInt32BE(keyEnd);
    const key = copied.subarray(at + 18, keyEnd);
    const value = copied.subarray(keyEnd + 4, valueEnd);
    records.push({ offset, key, value });
    at = valueEnd;
  }
  return records;
}
