/** What has to be in order before requests are sent to this process. */

import type { Logger } from 'pino';
import { within } from '../async.ts';
import { LogBroken, LogRefused } from '../log/log.ts';
import type { Database } from '../store/database.ts';
import { newerThanCode, pendingMigrations } from '../store/migrate.ts';
import type { LogEndsWatch } from './log-ends.ts';
import { type ProjectionLag, STALLED_MS } from './projection-lag.ts';

/** What it is judged by whether requests are to be sent to this process. */
export interface ReadinessDeps {
  database: Database;
  log: LogEndsWatch;
  lag: ProjectionLag;
  /** Why nothing may be written into the log; null where that is allowed, or not this process's business. */
  logRefusal(): string | null;
  /** Whether requests are to go elsewhere, because this process is about to stop. */
  draining(): boolean;
  /** Told why a check fails, in words that are for whoever runs the service alone; null: it does not. */
  unsaid(check: string, reason: unknown): void;
  /** null where this process has not the role `projector`: how others project must not take its intake away. */
  projector: {
    /** Why it stopped for good; null while it runs. */
    failure(): Error | null;
  } | null;
}

/** Writes what `/readyz` does not say into the service's own log, once for as long as it lasts. */
export function sayOnce(logger: Pick<Logger, 'warn'>): ReadinessDeps['unsaid'] {
  const said = new Map<string, string>();
  return (check, reason) => {
    if (reason === null) said.delete(check);
    else {
      const text = reason instanceof Error ? reason.message : String(reason);
      if (said.get(check) !== text) logger.warn({ check, reason: text }, 'not ready');
      said.set(check, text);
    }
  };
}

const DATABASE_MS = 2_000;

/** What has to be in order before requests are sent here; each with the reason when it is not. */
export async function checkReadiness(deps: ReadinessDeps): Promise<ReadinessCheck[]> {
  const { database, log, lag, projector } = deps;
  const silent = log.seenAt() === null ? 'it has not answered yet' : null;
  return [
    ...(await databaseChecks(database, deps.unsaid)),
    ...(deps.draining() ? [check('stopping', 'this process is about to stop')] : []),
    check('log', logReason(log, deps.unsaid) ?? silent ?? deps.logRefusal()),
    ...(projector === null
      ? []
      : [
          check('projector', projector.failure()?.message ?? null),
          check('projection', stalledSentence(lag)),
        ]),
  ];
}

function stalledSentence(lag: ProjectionLag): string | null {
  const stalled = lag.stalled();
  if (stalled.length === 0) return null;
  return `no progress for ${STALLED_MS / 1000} s on partition ${stalled.join(', ')}`;
}

/** What is ours to say of a log that cannot be used; what a driver says names hosts, and goes to `unsaid`. */
function logReason(log: LogEndsWatch, unsaid: ReadinessDeps['unsaid']): string | null {
  const error = log.error();
  unsaid('log', error);
  if (error === null) return null;
  const isOurs = error instanceof LogBroken || error instanceof LogRefused;
  return isOurs ? error.message : 'it does not answer; the log of the service says why';
}

async function databaseChecks(
  database: Database,
  unsaid: ReadinessDeps['unsaid'],
): Promise<ReadinessCheck[]> {
  try {
    const { pending, unknown } = await within(
      DATABASE_MS,
      pendingMigrations(database),
      () => new Error(`no answer within ${DATABASE_MS} ms`),
    );
    const waiting = pending.length === 0 ? null : `run janela migrate, for ${pending.join(', ')}`;
    const reason = unknown.length > 0 ? newerThanCode(unknown) : waiting;
    unsaid('database', null);
    return [check('database', null), check('migrations', reason)];
  } catch (error) {
    unsaid('database', error);
    return [check('database', 'it does not answer; the log of the service says why')];
  }
}

function check(name: string, detail: string | null): ReadinessCheck {
  return detail === null ? { name, ok: true } : { name, ok: false, detail };
}

/** One thing that must be in order before requests are sent here. */
export interface ReadinessCheck {
  name: string;
  ok: boolean;
  /** Why not, for a person. */
  detail?: string;
}
