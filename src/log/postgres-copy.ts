import type { PoolClient } from 'pg';
import { copyOut } from '../store/copy-out.ts';
import type { StoredRecord } from './log.ts';

/** Signature, flags and length of the extension (none): what PostgreSQL's binary COPY format begins with. */
const HEADER_BYTES = 19;

/**
 * Reads the records of a partition from an offset on (inclusive) up to another (exclusive). As binary COPY it takes half
 * of what result rows take, here and in PostgreSQL: they would come in hex. Keys and values are parts of one buffer.
 * Without the upper bound PostgreSQL, as long as it has no statistics, sorts the rest of the partition for each batch.
 */
export async function copyRecords(
  client: PoolClient,
  partition: number,
  from: number,
  until: number,
): Promise<StoredRecord[]> {
  const text = `copy (select "offset", key, value from log.records
      where partition = ${partition} and "offset" >= ${from} and "offset" < ${until} order by "offset")
    to stdout (format binary)`;
  const chunks: Buffer[] = [];
  for await (const chunk of copyOut(client, text)) chunks.push(chunk);
  return parseRecords(Buffer.concat(chunks));
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
