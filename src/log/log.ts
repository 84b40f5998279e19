/** The event log port: what happened, immutable, partitioned by conversation, kept for ever. */

/** Where a record stands: both adapters count offsets from 0 in each partition. */
export interface Position {
  partition: number;
  offset: number;
}

export interface NewRecord {
  partition: number;
  key: Buffer;
  value: Buffer;
  /** The span that appends it (W3C Trace Context); no part of the record, and lost where the log has no place for it. */
  headers?: { traceparent: string };
}

export interface StoredRecord {
  offset: number;
  key: Buffer;
  value: Buffer;
  /** The span that appended it, where that is known. */
  traceparent?: string;
}

/** Consecutive records of one partition. `next - first` may exceed the number of records only by a confirmed gap. */
export interface Batch {
  partition: number;
  first: number;
  next: number;
  records: StoredRecord[];
  /** End of the partition when the batch was read (the offset the next record will get). */
  end: number;
}

/** What a consumer has durably done of one partition. */
export interface Progress {
  next: number;
  /** The last record before `next`, to notice a log that was deleted and recreated; null where there is none. */
  last: { offset: number; digest: Buffer } | null;
}

export interface PartitionRange {
  partition: number;
  /** First offset still stored: 0, or the log has lost data. */
  low: number;
  /** Where reading stops for now: before `end` while somebody else's transaction is open in the partition. */
  readable: number;
  /** After the last acknowledged record. */
  end: number;
}

export interface Consumer {
  /** Consumers of one group share the partitions; each group sees the whole log. */
  group: string;
  /** How many partitions may be handled at the same time. */
  concurrency: number;
  /** Most records in one batch. */
  batchSize: number;
  /** Asked whenever a partition is taken over and after every failed batch. */
  progress(partitions: readonly number[]): Promise<ReadonlyMap<number, Progress>>;
  /**
   * Handles one batch and resolves with the progress made durable, by this call or by another projector that was
   * ahead. A rejection is retried with growing delays for ever, unless it is a `LogBroken`.
   */
  handle(batch: Batch): Promise<Progress>;
  /** Told of every rejection that will be retried. */
  failed(partition: number, error: unknown): void;
  /** Where to stop, exclusive, per partition; absent: never. */
  until?: ReadonlyMap<number, number>;
}

export interface Subscription {
  /** Settles when the subscription has ended: resolves after `stop()` or at `until`, rejects with `LogBroken`. */
  done: Promise<void>;
  /** The partitions that are read here and by no other consumer of the group. */
  held(): readonly number[];
  /** Finishes the batches in hand, then ends. */
  stop(): Promise<void>;
}

export interface EventLog {
  readonly partitions: number;
  /**
   * Resolves once every record is durable, with one position per record. Rejects with `LogUnavailable`, `LogRefused` or
   * `LogBroken`.
   */
  append(records: readonly NewRecord[]): Promise<Position[]>;
  /** Bytes of key and value that a record may have at most, as far as is known; a larger one is never taken. */
  largestRecord(): number;
  subscribe(consumer: Consumer): Promise<Subscription>;
  ends(): Promise<PartitionRange[]>;
  /** What of the log is gone, or could go, as sentences that say what to do; none: it keeps everything for ever. */
  weaknesses(): Promise<string[]>;
  close(): Promise<void>;
}

/** The log could not take or give records now; the same call may succeed later. Some records may have been kept. */
export class LogUnavailable extends Error {
  override name = 'LogUnavailable';
}

/** The log refuses what is asked of it until a person changes a right or a setting; waiting does not help. */
export class LogRefused extends Error {
  override name = 'LogRefused';
}

/** The log is not the one this database was projected from, or could lose data: nothing goes on without a person. */
export class LogBroken extends Error {
  override name = 'LogBroken';
}

const REMEDY = 'Connect janela to the log that this database was projected from, or to an empty database.';

/** The sentences of a log that is not the one a database was projected from. */
export function cutShort(partition: number, next: number, end: number): LogBroken {
  return new LogBroken(
    `Partition ${partition} of the log ends at ${end}, but was projected up to ${next}: the log was cut short, or deleted and recreated. ${REMEDY}`,
  );
}

export function replaced(partition: number, offset: number): LogBroken {
  return new LogBroken(
    `Record ${offset} of partition ${partition} is not the one that was projected: the log was deleted and recreated, or changed. ${REMEDY}`,
  );
}

export function missing(partition: number, from: number, to: number): LogBroken {
  return new LogBroken(
    `Partition ${partition} of the log has no records from ${from} to ${to - 1}: data is gone, and what follows must not be counted without it. ${REMEDY}`,
  );
}

/** For whoever waits for what follows. */
export function partlyReadable({ partition, readable, end }: PartitionRange): LogUnavailable {
  return new LogUnavailable(
    `Partition ${partition} of the log ends at ${end}, but can only be read up to ${readable}: a transaction of somebody else is open in it, and what follows is not given before that ends.`,
  );
}

/** For an alarm: what was counted goes on being right, so nothing stops for it. */
export function beginningGone(partition: number, low: number): string {
  return `Partition ${partition} of the log begins at offset ${low}: what came before is gone. What was counted stays counted, but it cannot be folded again: restore the log from its export with janela log import, into another topic or an empty database.`;
}

export function otherPartitionCount(log: string, found: number, wanted: number): LogBroken {
  return new LogBroken(
    `${log} has ${found} partitions, but LOG_PARTITIONS is ${wanted}: set LOG_PARTITIONS=${found}, the number is fixed for the life of the log.`,
  );
}

/** An export or import would not be what it says; the message says why and what to do. */
export class TransferRefused extends Error {
  override name = 'TransferRefused';
}
