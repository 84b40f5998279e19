/** Whether the log still keeps everything for ever. */

import type { Logger } from 'pino';
import { pause, startLoop } from '../async.ts';
import { type EventLog, LogBroken } from '../log/log.ts';
import type { Metrics } from '../metrics.ts';

/** What the look at whether the log keeps everything for ever needs. */
export interface RetentionCheckDeps {
  log: EventLog;
  metrics: Metrics;
  logger: Logger;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Default: an hour. */
  everyMs?: number;
  /** How soon it looks again after something was wrong, or the log did not answer. Default: a minute. */
  againMs?: number;
}

/**
 * Looks at start and every hour whether the log still keeps everything for ever, and says so in the metrics and, when
 * it does not, in the log. It stops nothing: what comes in meanwhile is counted all the same, and refusing it would lose
 * more than a retention that somebody can take back.
 */
export function checkRetention(deps: RetentionCheckDeps): { stop(): Promise<void> } {
  return startLoop((signal) => run(deps, signal));
}

async function run(deps: RetentionCheckDeps, signal: AbortSignal): Promise<void> {
  const { logger, everyMs = 3_600_000, againMs = 60_000 } = deps;
  let said = { sentences: '', at: 0 };
  while (!signal.aborted) {
    const weaknesses = await Promise.race([look(deps, signal), aborted(signal)]);
    if (signal.aborted) return;
    const sentences = weaknesses?.join(' ') ?? said.sentences;
    const changed = sentences !== said.sentences;
    if (weaknesses !== null && (changed || deps.now() - said.at >= everyMs)) {
      for (const weakness of weaknesses) logger.error(`The log is not safe: ${weakness}`);
      if (changed && weaknesses.length === 0) logger.info('the log keeps everything again');
      said = { sentences, at: deps.now() };
    }
    await pause(weaknesses?.length === 0 ? everyMs : againMs, signal);
  }
}

/** Null where it could not be said. */
async function look(
  { log, metrics, logger, now }: RetentionCheckDeps,
  signal: AbortSignal,
): Promise<string[] | null> {
  try {
    const weaknesses = await log.weaknesses().catch((error: unknown) => {
      if (error instanceof LogBroken) return [error.message];
      throw error;
    });
    metrics.logGuarded.set(weaknesses.length === 0 ? 1 : 0);
    metrics.logGuardedAt.set(now() / 1_000);
    return weaknesses;
  } catch (error) {
    if (!signal.aborted)
      logger.warn({ err: error }, 'whether the log is safe could not be looked at and will be again');
    return null;
  }
}

/** A look at a log that does not answer must not hold up the end. */
function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }));
}
