/** From the events of many requests to few appends, within bounds of memory and time. */

import { setTimeout } from 'node:timers/promises';
import { nextTurn, within } from '../async.ts';
import { type EventLog, LogUnavailable, type NewRecord, type Position } from '../log/log.ts';
import { type PieceSize, pieces } from './pieces.ts';
import { createShares, type Sender } from './shares.ts';

/** The queue in front of the log has no room for this sender: refused at once, nothing was kept. */
export class LogFull extends LogUnavailable {
  override name = 'LogFull';
}

export interface BatcherOptions {
  /** Most records waiting or in flight of one sender that is alone; all together have half as many again. */
  maxRecords: number;
  /** Most bytes of keys and values, likewise. */
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
  append(records: readonly NewRecord[], sender: Sender): Promise<Position[]>;
  queued(): { records: number; bytes: number };
  /** There is no room for much more of this sender: what comes now is better refused unread. */
  isFull(sender: Sender): boolean;
  /** Finishes what was taken; what comes later is refused. */
  stop(): Promise<void>;
}

interface Waiting {
  sender: Sender;
  records: readonly NewRecord[];
  bytes: number;
  expired: boolean;
  resolve(positions: Position[]): void;
  reject(error: unknown): void;
}

/**
 * Collects what many callers append into one append at a time; the next one takes whatever has come meanwhile, of each
 * tenant in turn, so that nobody waits behind all that somebody else has sent.
 */
export function createBatcher(log: Pick<EventLog, 'append'>, options: BatcherOptions): Batcher {
  const { maxRecords, maxBytes, lingerMs = 0, deadlineMs = 5_000 } = options;
  const batch: PieceSize = {
    records: options.batchRecords ?? 1_000,
    bytes: options.batchBytes ?? 1024 * 1024,
  };
  const held = { records: createShares(maxRecords), bytes: createShares(maxBytes) };
  /** Keys that were refused and have not been asked about since there is room again. */
  const refusing = new Set<string>();
  const queue = createTurns<Waiting>();
  let stopped = false;
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    await (lingerMs > 0 ? setTimeout(lingerMs) : nextTurn());
    while (queue.peek() !== undefined) {
      const callers = takeCallers(queue, batch);
      const waiting = callers.filter(({ expired }) => !expired);
      if (waiting.length > 0) await appendBatch(log, waiting, batch);
      for (const { sender, records, bytes } of callers) {
        held.records.giveBack(sender, records.length);
        held.bytes.giveBack(sender, bytes);
      }
    }
    running = null;
  }

  function reserve(sender: Sender, records: number, bytes: number): boolean {
    if (!held.records.take(sender, records)) return false;
    if (held.bytes.take(sender, bytes)) return true;
    held.records.giveBack(sender, records);
    return false;
  }

  async function append(records: readonly NewRecord[], sender: Sender): Promise<Position[]> {
    if (stopped) throw new LogUnavailable('The service is stopping');
    if (records.length === 0) return [];
    const bytes = bytesOf(records);
    if (!reserve(sender, records.length, bytes)) {
      if (held.records.held() > 0) refusing.add(sender.key);
      throw new LogFull(
        `The intake queue is full: ${held.records.held()} records, ${held.bytes.held()} bytes`,
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<Position[]>();
    const entry: Waiting = { sender, records, bytes, expired: false, resolve, reject };
    queue.push(sender.tenant ?? sender.key, entry);
    running ??= run();
    return within(deadlineMs, promise, () => {
      entry.expired = true;
      return new LogUnavailable(`The log did not acknowledge within ${deadlineMs} ms`);
    });
  }

  function isFull(sender: Sender): boolean {
    if (!refusing.has(sender.key)) return false;
    const isRoomy = held.records.fits(sender, 0.25 * maxRecords) && held.bytes.fits(sender, 0.25 * maxBytes);
    if (isRoomy) refusing.delete(sender.key);
    return !isRoomy;
  }

  return {
    append,
    queued: () => ({ records: held.records.held(), bytes: held.bytes.held() }),
    isFull,
    async stop() {
      stopped = true;
      await running;
    },
  };
}

/** Whole callers; one that is larger than a batch comes alone. */
function takeCallers(queue: Turns<Waiting>, most: PieceSize): Waiting[] {
  const batch: Waiting[] = [];
  let records = 0;
  let bytes = 0;
  for (let entry = queue.peek(); entry !== undefined; entry = queue.peek()) {
    const isBeyond = records + entry.records.length > most.records || bytes + entry.bytes > most.bytes;
    if (batch.length > 0 && isBeyond) break;
    queue.shift();
    batch.push(entry);
    records += entry.records.length;
    bytes += entry.bytes;
  }
  return batch;
}

/** Appends what callers wait for, and tells each its positions or why there are none. */
async function appendBatch(
  log: Pick<EventLog, 'append'>,
  callers: readonly Waiting[],
  most: PieceSize,
): Promise<void> {
  const records = callers.flatMap((caller) => caller.records);
  try {
    const positions: Position[] = [];
    for (const piece of pieces(records, sizeOf, most)) {
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

function bytesOf(records: readonly NewRecord[]): number {
  let bytes = 0;
  for (const record of records) bytes += sizeOf(record);
  return bytes;
}

function sizeOf({ key, value }: NewRecord): number {
  return key.length + value.length;
}

/** A queue that serves each name in turn, and what one name has waiting in the order in which it came. */
interface Turns<T> {
  push(name: string, item: T): void;
  /** The next one; undefined: nothing waits. */
  peek(): T | undefined;
  /** Takes it away. */
  shift(): void;
}

function createTurns<T>(): Turns<T> {
  /** The name whose turn it is comes first; each has something waiting. */
  const lanes = new Map<string, T[]>();
  const first = () => lanes.entries().next().value;
  return {
    push(name, item) {
      const lane = lanes.get(name);
      if (lane === undefined) lanes.set(name, [item]);
      else lane.push(item);
    },
    peek: () => first()?.[1][0],
    shift() {
      const [name, lane] = first() ?? [];
      if (name === undefined || lane === undefined) return;
      lane.shift();
      if (lane.length > 0 && lanes.size === 1) return;
      lanes.delete(name);
      if (lane.length > 0) lanes.set(name, lane);
    },
  };
}
