import type { Logger } from 'pino';
import { pause, startLoop } from '../async.ts';
import { lastRequested, noteVerification } from '../health/verifications.ts';
import type { Metrics } from '../metrics.ts';
import type { Opening } from '../projection/unsealing.ts';
import type { Database } from '../store/database.ts';
import type { Finding } from './difference.ts';
import { verifyProjection } from './projection/verify-projection.ts';

/** What was found in order goes on from `mark` the next time. */
type Found<Mark> = { ok: true; counts: object; mark: Mark } | ({ ok: false } & Finding);

export interface VerificationDeps {
  /** Without a statement timeout; three connections. */
  database: Database;
  defaultTimeZone: string;
  unsealing: Opening;
  /** Verifies the invoices that were made or voided since `changedAt` of an earlier time; undefined: all of them. */
  verifyInvoices(options: {
    since?: number;
    signal: AbortSignal;
  }): Promise<{ ok: true; counts: object; changedAt: number } | ({ ok: false } & Finding)>;
  metrics: Metrics;
  logger: Logger;
  now: () => number;
  /** Default: an hour. */
  everyMs?: number;
}

const HOUR_MS = 3_600_000;
/** How often is looked whether somebody asks, in ms. */
const LOOK_MS = 2_000;

/**
 * Verifies the live projection and the invoices now and then: the first time, and the projection after a promotion,
 * all of it, then what came since; sooner where somebody asks. What it finds goes to the log, the metrics and the
 * database; it stops nothing.
 */
export function startVerification(deps: VerificationDeps): { stop(): Promise<void> } {
  return startLoop((signal) => run(deps, signal));
}

async function run(deps: VerificationDeps, signal: AbortSignal): Promise<void> {
  const projection = remembering<ProjectionMark>(deps, 'projection', (since) =>
    ofProjection(deps, since, signal),
  );
  const invoices = remembering<number>(deps, 'invoices', (since) => ofInvoices(deps, since, signal));
  let requested = 0;
  for (;;) {
    requested = await untilDue(deps, requested, signal);
    for (const verify of [projection, invoices]) {
      if (signal.aborted) return;
      await verify(signal);
    }
  }
}

/** After an hour, or as soon as somebody has asked since `requested` (ms); resolves with the last request. */
async function untilDue(deps: VerificationDeps, requested: number, signal: AbortSignal): Promise<number> {
  const everyMs = deps.everyMs ?? HOUR_MS;
  let last = requested;
  for (let waited = 0; waited < everyMs && last <= requested && !signal.aborted; waited += LOOK_MS) {
    await pause(Math.min(LOOK_MS, everyMs), signal);
    last = await lastRequested(deps.database.db).catch((error: unknown) => {
      deps.logger.warn({ err: error }, 'whether somebody asked for a verification could not be read');
      return last;
    });
  }
  return last;
}

/** Verifies from where the last verification ended well, all of it where it did not, and reports. */
function remembering<Mark>(
  deps: VerificationDeps,
  of: 'projection' | 'invoices',
  verify: (since: Mark | null) => Promise<Found<Mark>>,
): (signal: AbortSignal) => Promise<void> {
  let since: Mark | null = null;
  return async (signal) => {
    try {
      const at = deps.now();
      const found = await verify(since);
      since = found.ok ? found.mark : null;
      report(deps, of, found);
      await noteVerification(deps.database.db, of, found, at);
    } catch (error) {
      if (!signal.aborted)
        deps.logger.warn({ err: error }, `the ${of} could not be verified and will be again`);
    }
  };
}

interface ProjectionMark {
  schema: string;
  positions: ReadonlyMap<number, number>;
}

async function ofProjection(
  { database, defaultTimeZone, unsealing }: VerificationDeps,
  since: ProjectionMark | null,
  signal: AbortSignal,
): Promise<Found<ProjectionMark>> {
  const options = { defaultTimeZone, unsealing, signal };
  const later = since === null ? null : { ...options, since: since.positions };
  let verified = await verifyProjection(database, later ?? options);
  if (since !== null && verified.schema !== since.schema)
    verified = await verifyProjection(database, options);
  const { schema } = verified;
  if (!verified.ok) return verified;
  return {
    ok: true,
    counts: { ...verified.counts, schema },
    mark: { schema, positions: verified.positions },
  };
}

async function ofInvoices(
  { verifyInvoices }: VerificationDeps,
  since: number | null,
  signal: AbortSignal,
): Promise<Found<number>> {
  const verified = await verifyInvoices(since === null ? { signal } : { signal, since });
  return verified.ok ? { ...verified, mark: verified.changedAt } : verified;
}

function report(
  { logger, metrics, now }: VerificationDeps,
  of: 'projection' | 'invoices',
  found: Found<unknown>,
): void {
  metrics.verified.set({ of }, found.ok ? 1 : 0);
  metrics.verifiedAt.set({ of }, now() / 1_000);
  if (found.ok)
    logger.info(
      found.counts,
      of === 'projection' ? 'the projection holds together' : 'the invoices are what was copied for them',
    );
  else logger.error({ of }, `${found.difference} ${found.mend}`);
}
