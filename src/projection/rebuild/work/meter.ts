import type { Kysely } from 'kysely';
import type { RebuildPhase, Tables } from '../../../store/tables.ts';
import { noteProgress, type Rebuild, type RebuildProgress } from '../state.ts';

/** Counts the work on a rebuild and writes it down, for whoever asks from any process. */
export interface RebuildMeter {
  phase(): RebuildPhase;
  /** Begins a phase, durably; a resumed one does not begin at 0. */
  enter(phase: RebuildPhase, total: number, done?: number): Promise<void>;
  add(count: number): void;
  set(done: number): void;
  /** Resolves when nothing is being written down any more: another process may then go on. */
  stop(): Promise<void>;
}

export interface MeterOptions {
  now: () => number;
  /** How often it writes down how far the work is. */
  everyMs: number;
  /** Called once somebody else has ended the rebuild (promoted or discarded it). */
  ended(): void;
  told(progress: RebuildProgress): void;
}

export function createMeter(
  db: Kysely<Tables>,
  { id, phase }: Pick<Rebuild, 'id' | 'phase'>,
  { now, everyMs, ended, told }: MeterOptions,
): RebuildMeter {
  const progress: RebuildProgress = { phase, done: 0, total: 0, rate: 0 };
  let before = { done: 0, at: now() };
  /** What is being written down, null: nothing. One note after the other, so that none takes a later one back. */
  let noting: Promise<void> | null = null;

  async function write(after: Promise<void> | null): Promise<void> {
    await after?.catch(() => undefined);
    told({ ...progress });
    if (!(await noteProgress(db, id, { ...progress }, now()))) ended();
  }

  async function note(): Promise<void> {
    const own = write(noting);
    noting = own;
    try {
      await own;
    } finally {
      if (noting === own) noting = null;
    }
  }

  const timer = setInterval(() => {
    const at = now();
    const elapsed = at - before.at;
    if (elapsed > 0) {
      const rate = ((progress.done - before.done) * 1_000) / elapsed;
      progress.rate = Math.round(progress.rate === 0 ? rate : 0.7 * progress.rate + 0.3 * rate);
    }
    before = { done: progress.done, at };
    // The next note, a moment later, says the same and more.
    if (noting === null) note().catch(() => undefined);
  }, everyMs);

  return {
    phase: () => progress.phase,
    async enter(next, total, done = 0) {
      Object.assign(progress, { phase: next, done, total, rate: 0 });
      before = { done, at: now() };
      await note();
    },
    add(count) {
      progress.done += count;
    },
    set(done) {
      progress.done = done;
    },
    async stop() {
      clearInterval(timer);
      await noting?.catch(() => undefined);
    },
  };
}
