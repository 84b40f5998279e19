import type { Logger } from 'pino';
import { pause } from './log/signal.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

export interface Patience {
  logger: Logger;
  /** Ends the waiting: rejects with its reason. */
  signal: AbortSignal;
}

/**
 * Tries until it works. Services start in any order and come back at any time, so what is not there yet is waited
 * for, with a line in the log; what will not get better by waiting (`passes` says no) is rejected at once.
 */
export async function untilThere<T>(
  what: string,
  open: () => Promise<T>,
  passes: (error: unknown) => boolean,
  { logger, signal }: Patience,
): Promise<T> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    signal.throwIfAborted();
    try {
      return await open();
    } catch (error) {
      if (!passes(error)) throw error;
      const message = error instanceof Error ? error.message : String(error);
      logger.warn(`Waiting for ${what}: ${message}`);
    }
    await pause(pauseMs, signal);
  }
}
