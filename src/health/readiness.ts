/** What has to be in order before requests are sent to this process. */

import { within } from '../async.ts';
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
  /** null where this process has not the role `projector`: how others project must not take its intake away. */
  projector: {
    /** Why it stopped for good; null while it runs. */
    failure(): Error | null;
  } | null;
}

const DATABASE_MS = 2_000;

/** What has to be in order before requests are sent here; each with the reason when it is not. */
export async function checkReadiness(deps: ReadinessDeps): Promise<ReadinessCheck[]> {
  const { database, log, lag, projector } = deps;
  const silent = log.seenAt() === null ? 'it has not answered yet' : null;
  return [
    ...(await databaseChecks(database)),
    ...(deps.draining() ? [check('stopping', 'this process is about to stop')] : []),
    check('log', log.error()?.message ?? silent ?? deps.logRefusal()),
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

async function databaseChecks(database: Database): Promise<ReadinessCheck[]> {
  try {
    const { pending, unknown } = await within(
      DATABASE_MS,
      pendingMigrations(database),
      () => new Error(`no answer within ${DATABASE_MS} ms`),
    );
    const waiting = pending.length === 0 ? null : `run janela migrate, for ${pending.join(', ')}`;
    const reason = unknown.length > 0 ? newerThanCode(unknown) : waiting;
    return [check('database', null), check('migrations', reason)];
  } catch (error) {
    return [check('database', error instanceof Error ? error.message : String(error))];
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
