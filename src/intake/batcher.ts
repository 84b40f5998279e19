/** From the events of many requests to few appends, within bounds of memory and time. */

import { setImmediate, setTimeout } from 'node:timers/promises';
import { within } from '../async.ts';
import { type EventLog, LogUnavailable, type NewRecord, type Position } from '../log/log.ts';

/** The queue in front of the log is full: refused at once, nothing was kept. */
export class LogFull extends LogUnavailable {
  override name = 'LogFull';
}

export interface BatcherOptions {
  /** Most records waiting or in flight. */
  maxRecords: number;
  /** Most bytes of keys and values waiting or in flight. */
  maxBytes: number;
  /** Most records in one append. Default 1,000. */
  batchRecords?: number;
  /** Most bytes in one append, unless a single record is larger. Default 1 MiB. */
  batchBytes?: number;
  /** How long the first record waits for others while nothing is in flight, in ms. Default 0: to the end of the tick. */
  lingerMs?: number;
  /** How long a caller waits, in ms. Default 5,000. */
  deadlineMs?: number;
}

export interface Batcher {
  /** Rejects with `LogFull` at once, with `LogUnavailable` when the log failed or the deadline passed. */
  append(records: readonly NewRecord[]): Promise<Position[]>;
  queued(): { records: number; bytes: number };
  /** It had to refuse and has not gone down to three quarters since: what comes now is better refused unread. */
  isFull(): boolean;
  /** Finishes what was taken; what comes later is refused. */
  stop(): Promise<void>;
}

interface Waiting {
  records: readonly NewRecord[];
  bytes: number;
  expired: boolean;
  resolve(positions: Position[]): void;
  reject(error: unknown): void;
}

/** Collects what many callers append into one append at a time; the next one takes whatever has come meanwhile. */
export function createBatcher(log: Pick<EventLog, 'append'>, options: BatcherOptions): Batcher {
  const { maxRecords, maxBytes, lingerMs = 0, deadlineMs = 5_000 } = options;
  const { batchRecords = 1_000, batchBytes = 1024 * 1024 } = options;
  const held = { records: 0, bytes: 0 };
  let queue: Waiting[] = [];
  let full = false;
  let stopped = false;
  let running: Promise<void> | null = null;

  /** Whole callers; one that is larger than a batch comes alone. */
  function takeCallers(): Waiting[] {
    const batch: Waiting[] = [];
    let records = 0;
    let bytes = 0;
    for (const entry of queue) {
      if (
        batch.length > 0 &&
        (records + entry.records.length > batchRecords || bytes + entry.bytes > batchBytes)
      )
        break;
      batch.push(entry);
      records += entry.records.length;
      bytes += entry.bytes;
    }
    queue = queue.slice(batch.length);
    return batch;
  }

  async function appendBatch(callers: readonly Waiting[]): Promise<void> {
    const records = callers.flatMap((caller) => caller.records);
    try {
      const positions: Position[] = [];
      for (const piece of pieces(records, batchRecords, batchBytes)) {
        for (const position of await log.append(piece)) positions.push(position);
      }
      let from = 0;
      for (const caller of callers) {
        caller.resolve(positions.slice(from, from + caller.records.length));
        from += caller.records.length;
      }
    } catch (error) {
      for (const caller of callers) caller.reject(error);
    }
  }

  async function run(): Promise<void> {
    await (lingerMs > 0 ? setTimeout(lingerMs) : setImmediate());
    while (queue.length > 0) {
      const callers = takeCallers();
      const waiting = callers.filter(({ expired }) => !expired);
      if (waiting.length > 0) await appendBatch(waiting);
      for (const { records, bytes } of callers) {
        held.records -= records.length;
        held.bytes -= bytes;
      }
      if (held.records <= 0.75 * maxRecords && held.bytes <= 0.75 * maxBytes) full = false;
    }
    running = null;
  }

  async function append(records: readonly NewRecord[]): Promise<Position[]> {
    if (stopped) throw new LogUnavailable('The service is stopping');
    if (records.length === 0) return [];
    const bytes = bytesOf(records);
    if (held.records + records.length > maxRecords || held.bytes + bytes > maxBytes) {
      full = held.records > 0;
      throw new LogFull(`The intake queue is full: ${held.records} records, ${held.bytes} bytes`);
    }
    held.records += records.length;
    held.bytes += bytes;
    const { promise, resolve, reject } = Promise.withResolvers<Position[]>();
    const entry: Waiting = { records, bytes, expired: false, resolve, reject };
    queue.push(entry);
    running ??= run();
    return within(deadlineMs, promise, () => {
      entry.expired = true;
      return new LogUnavailable(`The log did not acknowledge within ${deadlineMs} ms`);
    });
  }

  return {
    append,
    queued: () => ({ ...held }),
    isFull: () => full,
    async stop() {
      stopped = true;
      await running;
    },
  };
}

function bytesOf(records: readonly NewRecord[]): number {
  let bytes = 0;
  for (const { key, value } of records) bytes += key.length + value.length;
  return bytes;
}

function* pieces(records: readonly NewRecord[], most: number, mostBytes: number): Generator<NewRecord[]> {
  let piece: NewRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = record.key.length + record.value.length;
    if (piece.length > 0 && (piece.length === most || bytes + size > mostBytes)) {
      yield piece;
      piece = [];
      bytes = 0;
    }
    piece.push(record);
    bytes += size;
  }
  if (piece.length > 0) yield piece;
}
