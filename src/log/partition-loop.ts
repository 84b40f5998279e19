/** Consumes one partition for a consumer, whatever log it is in: resume, read, handle, try again. */

import { createBackoff, pause, type Semaphore } from '../async.ts';
import { type Batch, type Consumer, LogBroken, type Progress } from './log.ts';

/** One partition as an adapter reads it for a consumer. */
export interface PartitionReader {
  /** Goes to `progress.next`. Rejects with `LogBroken` where the log before it is not the one that was projected. */
  seek(progress: Progress): Promise<void>;
  /** The next records, waiting until there are some; null once the reader was closed. */
  read(): Promise<Batch | null>;
}

/** Why a partition is no longer driven: `until` was reached, or the signal was aborted or the reader closed. */
export type ConsumeEnd = 'finished' | 'released';

/**
 * Takes one partition from the consumer's durable progress on: read, handle, go on from the progress it returns.
 * Failures are reported and retried for ever; rejects only with `LogBroken`.
 */
export async function consumePartition(
  partition: number,
  reader: PartitionReader,
  consumer: Consumer,
  permits: Semaphore,
  signal: AbortSignal,
): Promise<ConsumeEnd> {
  const until = consumer.until?.get(partition) ?? Number.POSITIVE_INFINITY;
  const backoff = createBackoff();
  let next: number | null = null;
  while (!signal.aborted) {
    try {
      next ??= await resume(partition, reader, consumer);
      if (next >= until) return 'finished';
      const batch = await reader.read();
      const progress =
        batch && (await permits.run(async () => (signal.aborted ? null : consumer.handle(batch))));
      if (!progress) return 'released';
      if (progress.next !== batch.next) await reader.seek(progress);
      next = progress.next;
      backoff.reset();
    } catch (error) {
      if (error instanceof LogBroken) throw error;
      consumer.failed(partition, error);
      next = null;
      await pause(backoff.next(), signal);
    }
  }
  return 'released';
}

async function resume(partition: number, reader: PartitionReader, consumer: Consumer): Promise<number> {
  const progress = (await consumer.progress([partition])).get(partition) ?? { next: 0, last: null };
  await reader.seek(progress);
  return progress.next;
}
