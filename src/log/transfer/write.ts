/** Writes records at the positions that they had, and finds out what was kept of an uncertain write. */

import { setTimeout as delay } from 'node:timers/promises';
import { createBackoff } from '../../async.ts';
import { type EventLog, LogUnavailable, type StoredRecord, TransferRefused } from '../log.ts';
import { endsWhenAvailable, readRecords } from '../read.ts';

/** Fills a log that nobody else writes to. */
export interface SoleWriter {
  /**
   * Appends consecutive records to a partition and resolves with the offset of the first. One call at a time. Rejects
   * with `LogUnavailable` where it is uncertain what was kept.
   */
  append(partition: number, records: readonly StoredRecord[]): Promise<number>;
  close(): Promise<void>;
}

/** How often one batch is tried without anything of it being kept. */
const ATTEMPTS = 10;

export interface ImportTarget {
  /** Read to find out what was kept. */
  log: EventLog;
  writer: SoleWriter;
  /** For how long (ms) an end must stay to be one that nothing sent before still moves. Default 1,000. */
  stillMs?: number;
}

/**
 * Writes consecutive records at the offsets that they have. After an uncertain send it reads where the partition ends
 * and what is there, and goes on from that. Rejects with `LogUnavailable` when the log stays away.
 */
export async function writeRecords(
  { log, writer, stillMs = 1_000 }: ImportTarget,
  partition: number,
  records: readonly StoredRecord[],
  waiting: (error: unknown) => void,
): Promise<void> {
  const backoff = createBackoff();
  let left = records;
  let attempts = 0;
  for (let first = left[0]; first !== undefined; first = left[0]) {
    try {
      const offset = await writer.append(partition, left);
      if (offset !== first.offset) throw otherWriter(partition, first.offset, `got the offset ${offset}`);
      return;
    } catch (error) {
      if (!(error instanceof LogUnavailable) || ++attempts === ATTEMPTS) throw error;
      waiting(error);
    }
    await delay(backoff.next());
    const kept = await countKept(log, partition, left, stillMs);
    if (kept > 0) attempts = 0;
    left = left.slice(kept);
  }
}

/** How many of the records the log has, after it stopped growing; refuses anything else that is there. */
async function countKept(
  log: EventLog,
  partition: number,
  sent: readonly StoredRecord[],
  stillMs: number,
): Promise<number> {
  const first = sent[0]?.offset ?? 0;
  const end = await stillEnd(log, partition, stillMs);
  const kept = end - first;
  if (kept < 0 || kept > sent.length) throw otherWriter(partition, first, `is followed by an end at ${end}`);
  let compared = 0;
  await readRecords(
    log,
    { group: 'janela-import', ranges: new Map([[partition, { from: first, until: end }]]) },
    ({ records }) => {
      for (const { offset, key, value } of records) {
        const ours = sent[offset - first];
        if (!ours?.key.equals(key) || !ours.value.equals(value))
          throw otherWriter(partition, offset, 'is another one in the log');
        compared++;
      }
    },
  );
  if (compared !== kept) throw otherWriter(partition, first, 'is not followed by the records that were sent');
  return kept;
}

/** The end of a partition once it was the same twice. */
async function stillEnd(log: EventLog, partition: number, stillMs: number): Promise<number> {
  for (let before: number | null = null; ; ) {
    const end = (await endsWhenAvailable(log))[partition]?.end ?? 0;
    if (end === before) return end;
    before = end;
    await delay(stillMs);
  }
}

function otherWriter(partition: number, offset: number, what: string): TransferRefused {
  return new TransferRefused(
    `Record ${offset} of partition ${partition} ${what}: somebody else writes into the log. Stop whoever does, delete the half-filled log (the topic or the database) and import again.`,
  );
}
