/** The ends of the log as last seen. */

import { pause } from '../async.ts';
import type { EventLog, PartitionRange } from '../log/log.ts';

/** The ends of the log as last seen, kept fresh in the background so that no answer waits for the log. */
export interface LogEndsWatch {
  /** Per partition, ascending. Empty until the log first answered. */
  ends(): readonly PartitionRange[];
  /** Instant (ms) at which the ends were asked for; null before the first answer. */
  seenAt(): number | null;
  /** Why the last look failed; null where it did not. */
  error(): Error | null;
  stop(): Promise<void>;
}

const INTERVAL_MS = 500;

export async function watchLogEnds(
  log: EventLog,
  now: () => number,
  /** `askedAt`: instant on the monotonic clock (ms) before which the ends were not read. */
  seen: (ends: readonly PartitionRange[], askedAt: number) => void = () => undefined,
): Promise<LogEndsWatch> {
  let ends: readonly PartitionRange[] = [];
  let seenAt: number | null = null;
  let error: Error | null = null;
  const stopped = new AbortController();
  const look = async () => {
    const askedAt = now();
    const monotonic = performance.now();
    try {
      ends = (await log.ends()).toSorted((a, b) => a.partition - b.partition);
      seenAt = askedAt;
      error = null;
      seen(ends, monotonic);
    } catch (cause) {
      error = cause instanceof Error ? cause : new Error(String(cause));
    }
  };
  await look();
  const done = (async () => {
    while (!stopped.signal.aborted) {
      await pause(INTERVAL_MS, stopped.signal);
      if (!stopped.signal.aborted) await look();
    }
  })();
  return {
    ends: () => ends,
    seenAt: () => seenAt,
    error: () => error,
    async stop() {
      stopped.abort();
      await done;
    },
  };
}
