import { pause } from '../log/signal.ts';
import { type PartitionProgress, partitionProgress } from '../projection/rebuild-progress.ts';
import { findRebuild, type Rebuild } from '../projection/rebuild-state.ts';
import { CommandFailed } from './failure.ts';
import { createProgressBar } from './progress-bar.ts';
import type { Workbench } from './rebuild-worker.ts';

const LOOK_MS = 250;

/**
 * Shows the progress that the working process notes, whichever that is, until the rebuild runs no longer or the signal
 * is aborted; then resolves with it as it is.
 */
export async function watchRebuild(
  { database, log }: Workbench,
  id: number,
  signal: AbortSignal,
): Promise<Rebuild> {
  const bar = createProgressBar(`Rebuild ${id}`, 'records');
  let total = 0;
  try {
    for (;;) {
      const rebuild = await findRebuild(database.db, id);
      if (rebuild === null) throw new CommandFailed(`Rebuild ${id} is gone.`);
      if (rebuild.state !== 'running' || signal.aborted) return rebuild;
      const partitions =
        rebuild.phase === 'load' ? await partitionProgress(database.db, rebuild, await log.ends()) : [];
      // What comes after the records has no measure of its own.
      const isMeasured = rebuild.total > 0 || rebuild.phase === 'load';
      if (isMeasured) total = rebuild.total;
      bar.show(isMeasured ? rebuild.done : total, total, noteOf(rebuild, partitions), rebuild.rate);
      await pause(LOOK_MS, signal);
    }
  } finally {
    bar.end();
  }
}

export function noteOf({ phase }: Rebuild, partitions: readonly PartitionProgress[]): string {
  if (partitions.length === 0) return phase;
  const parts = partitions.map(({ next, end }) => (end === 0 ? 100 : Math.floor((100 * next) / end)));
  return `${phase}; partitions ${parts.join(' ')} %`;
}
