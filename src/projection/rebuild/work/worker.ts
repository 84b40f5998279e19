import type { Logger } from 'pino';
import { pause, startLoop } from '../../../async.ts';
import { LogBroken, LogUnavailable } from '../../../log/log.ts';
import { postgresError } from '../../../log/postgres/client.ts';
import { whileAlone } from '../../../store/alone.ts';
import { LOCKS } from '../../../store/locks.ts';
import { noteFailure, type Rebuild, type RebuildProgress, rebuildToWorkOn } from '../state.ts';
import { RebuildRefused } from './load-and-fold.ts';
import { createMeter } from './meter.ts';
import { type RebuildDeps, workOnRebuild } from './phases.ts';
import { ShardFailed } from './shard.ts';

/** Whoever works on the rebuild that is under way, in this process. */
export interface RebuildWorker {
  /** Leaves the rebuild where it is, for whoever goes on. */
  stop(): Promise<void>;
}

export interface RebuildWorkerDeps extends RebuildDeps {
  logger: Logger;
  /** Told every second or so while this process works. */
  progress?(rebuild: Rebuild, progress: RebuildProgress): void;
  /**
   * How often it notes how far it is, and whether somebody ended the rebuild; how soon it tries again after a failure or
   * where another process works on it. Default 1 s.
   */
  noteMs?: number;
}

const NOTE_MS = 1_000;
/** How soon work begins that was asked for, in whatever process. */
const LOOK_MS = 200;

/** Works on whatever rebuild is under way, unless another process does. */
export function startRebuildWorker(deps: RebuildWorkerDeps): RebuildWorker {
  return startLoop((signal) => run(deps, signal));
}

async function run(deps: RebuildWorkerDeps, signal: AbortSignal): Promise<void> {
  const { database, logger, noteMs = NOTE_MS } = deps;
  while (!signal.aborted) {
    let pauseMs = noteMs;
    try {
      const rebuild = await rebuildToWorkOn(database.db);
      if (rebuild === null) pauseMs = Math.min(noteMs, LOOK_MS);
      else
        await whileAlone(database.pool, LOCKS.rebuild, signal, async (alone) => {
          const fresh = await rebuildToWorkOn(database.db);
          if (fresh?.id === rebuild.id) await workOn(deps, fresh, alone);
        });
    } catch (error) {
      if (!signal.aborted) logger.warn({ err: error }, 'the rebuild was broken off and will go on');
    }
    await pause(pauseMs, signal);
  }
}

async function workOn(deps: RebuildWorkerDeps, rebuild: Rebuild, signal: AbortSignal): Promise<void> {
  const { database, logger, now, noteMs = NOTE_MS } = deps;
  const ended = new AbortController();
  const meter = createMeter(database.db, rebuild, {
    now,
    everyMs: noteMs,
    ended: () => ended.abort(),
    told: (progress) => deps.progress?.(rebuild, progress),
  });
  logger.info({ rebuild: rebuild.id, phase: rebuild.phase }, 'working on the rebuild');
  try {
    await workOnRebuild(deps, rebuild, meter, AbortSignal.any([signal, ended.signal]));
  } catch (error) {
    if (ended.signal.aborted || signal.aborted) return;
    if (!(error instanceof ShardFailed) && postgresError(error) instanceof LogUnavailable) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const known = error instanceof RebuildRefused || error instanceof LogBroken;
    logger.error({ rebuild: rebuild.id, ...(known ? {} : { err: error }) }, `The rebuild failed: ${message}`);
    await noteFailure(database.db, rebuild.id, message, now());
  } finally {
    await meter.stop();
  }
}
