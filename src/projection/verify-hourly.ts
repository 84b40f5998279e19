import type { Logger } from 'pino';
import { pause } from '../log/signal.ts';
import type { Metrics } from '../metrics.ts';
import type { Database } from '../store/database.ts';
import { type Verified, verifyProjection } from './verify.ts';

export interface VerificationDeps {
  /** Without a statement timeout; three connections. */
  database: Database;
  defaultTimeZone: string;
  metrics: Metrics;
  logger: Logger;
  now: () => number;
  /** Default: an hour. */
  everyMs?: number;
}

const HOUR_MS = 3_600_000;

/**
 * Verifies the live projection now and then: the first time, and after a promotion, all of it, then what came since.
 * What it finds goes to the log and the metrics; it stops nothing.
 */
export function startVerification(deps: VerificationDeps): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const done = run(deps, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

async function run(deps: VerificationDeps, signal: AbortSignal): Promise<void> {
  const { database, defaultTimeZone, logger, everyMs = HOUR_MS } = deps;
  let last: (Verified & { ok: true }) | null = null;
  for (;;) {
    await pause(everyMs, signal);
    if (signal.aborted) return;
    try {
      const since = last;
      let verified = await verifyProjection(database, {
        defaultTimeZone,
        signal,
        ...(since === null ? {} : { since: since.positions }),
      });
      if (since !== null && verified.schema !== since.schema)
        verified = await verifyProjection(database, { defaultTimeZone, signal });
      last = verified.ok ? verified : null;
      report(deps, verified);
    } catch (error) {
      if (signal.aborted) return;
      logger.warn({ err: error }, 'the projection could not be verified and will be again');
    }
  }
}

function report({ logger, metrics, now }: VerificationDeps, verified: Verified): void {
  metrics.verified.set(verified.ok ? 1 : 0);
  metrics.verifiedAt.set(now() / 1_000);
  if (verified.ok)
    logger.info({ ...verified.counts, schema: verified.schema }, 'the projection holds together');
  else logger.error({ schema: verified.schema }, `${verified.difference} ${verified.mend}`);
}
