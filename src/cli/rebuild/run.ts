/** `janela rebuild run`: starts a rebuild or joins the one under way, and follows it until it has caught up. */

import { isDeepStrictEqual } from 'node:util';
import { pause } from '../../async.ts';
import { discardRebuild, startRebuild } from '../../projection/rebuild/start.ts';
import {
  findRebuild,
  type PartitionProgress,
  partitionProgress,
  type Rebuild,
} from '../../projection/rebuild/state.ts';
import { CommandFailed, valueOrFail } from '../command.ts';
import { createProgressBar } from '../progress-bar.ts';
import { requireUnderWay } from './steps.ts';
import { describeComparison, describeRebuild, describeUsage } from './text.ts';
import { type Asked, readWhatIf, type WhatIfOptions } from './what-if.ts';
import { by, type Workbench, withWorker } from './worker.ts';

/** A person who presses Ctrl-C does not want it; a machine that stops the process may start it again. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export async function runRebuild(options: WhatIfOptions): Promise<void> {
  const asked = readWhatIf(options);
  const startedAt = performance.now();
  const rebuild = await withWorker((bench) => rebuildUntilThere(bench, asked));
  const { comparison, rules } = rebuild;
  if (comparison === null) throw new CommandFailed(`${describeRebuild(rebuild)}.`);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  const done = `${describeRebuild(rebuild)} after ${seconds} s.\n`;
  if (rules !== null) {
    process.stdout.write(`${done}${describeUsage(rebuild)}\n\n${nextSteps(rebuild)}\n`);
    return;
  }
  const text = `${done}${describeComparison(comparison)}\n`;
  if (comparison.differences.count > 0) throw new CommandFailed(text);
  process.stdout.write(`${text}${nextSteps(rebuild)}\n`);
}

function nextSteps({ rules, period }: Rebuild): string {
  if (period !== null) return 'It was only a question: the rebuilt projection is gone again.';
  return rules === null
    ? 'Promote it with janela rebuild promote, or discard it with janela rebuild discard.'
    : "Discard it with janela rebuild discard. To give the tenants these rules, the past included: janela rebuild promote --change-rules --accept '<reason>'.";
}

async function rebuildUntilThere(bench: Workbench, asked: Asked): Promise<Rebuild> {
  const { database, log } = bench;
  return await interruptible(async (signal) => {
    const started = await startRebuild(database, { ...by(), partitions: log.partitions, ...asked });
    const isOurs = started.ok || started.refusal.problem !== 'rebuild-running';
    const { id } = isOurs ? valueOrFail(started) : await underWayLike(bench, asked);
    const rebuild = await watchRebuild(bench, id, signal);
    if (signal.aborted) return await breakOff(bench, id, isOurs && signal.reason === 'SIGINT');
    // One period alone cannot be promoted: now that it is answered, there is nothing left to follow the log for.
    if (rebuild.state === 'caught-up' && rebuild.period !== null)
      valueOrFail(await discardRebuild(database, id, by()));
    return rebuild;
  });
}

/** The signal is aborted, with the name of what came, at the first one; the next one ends the process. */
async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupted = new AbortController();
  const interrupt = (name: string) => interrupted.abort(name);
  for (const name of SIGNALS) process.once(name, interrupt);
  try {
    return await work(interrupted.signal);
  } finally {
    for (const name of SIGNALS) process.off(name, interrupt);
  }
}

async function breakOff({ database }: Workbench, id: number, cancel: boolean): Promise<never> {
  if (!cancel)
    throw new CommandFailed(
      `Rebuild ${id} stays under way: janela rebuild goes on with it, janela rebuild discard gives it up.`,
    );
  valueOrFail(await discardRebuild(database, id, by()));
  throw new CommandFailed(`Rebuild ${id} is cancelled and discarded.`);
}

async function underWayLike({ database }: Workbench, { rules, period }: Asked): Promise<Rebuild> {
  const found = await requireUnderWay(database);
  const same = isDeepStrictEqual(found.rules, JSON.parse(JSON.stringify(rules))) && found.period === period;
  if (rules !== null && !same)
    throw new CommandFailed(
      `Rebuild ${found.id} is under way and asks something else: wait for it, promote it or give it up with janela rebuild discard.`,
    );
  return found;
}

const LOOK_MS = 250;

/**
 * Shows the progress that the working process notes, whichever that is, until the rebuild runs no longer or the signal
 * is aborted; then resolves with it as it is.
 */
async function watchRebuild({ database, log }: Workbench, id: number, signal: AbortSignal): Promise<Rebuild> {
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

function noteOf({ phase }: Rebuild, partitions: readonly PartitionProgress[]): string {
  if (partitions.length === 0) return phase;
  const parts = partitions.map(({ next, end }) => (end === 0 ? 100 : Math.floor((100 * next) / end)));
  return `${phase}; partitions ${parts.join(' ')} %`;
}
