import type { Command } from 'commander';
import { pause } from '../log/signal.ts';
import { openLog } from '../open-log.ts';
import { PROJECTOR_SERVER_OPTIONS } from '../projection/projector.ts';
import { promoteRebuild, rollBackRebuild } from '../projection/rebuild-promote.ts';
import {
  discardRebuild,
  findRebuild,
  listRebuilds,
  type Rebuild,
  rebuildUnderWay,
  startRebuild,
} from '../projection/rebuild-state.ts';
import { startRebuildWorker } from '../projection/rebuild-worker.ts';
import { createSettingsCache } from '../projection/settings.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { withDatabase } from './database.ts';
import { CommandFailed } from './failure.ts';
import { createLogger } from './logger.ts';
import { createProgressBar } from './progress-bar.ts';
import { describeComparison, describeRebuild } from './rebuild-text.ts';
import { requireConfig, settingsHelp } from './settings.ts';

const ACTOR = 'command line';

export function registerRebuild(program: Command): void {
  const rebuild = program
    .command('rebuild')
    .description('Fold the whole log into a second projection beside the live one, and compare the two')
    .addHelpText('after', settingsHelp());
  rebuild
    .command('run', { isDefault: true })
    .description(
      'Start a rebuild, or go on with the one under way, until it has caught up; exit 1 if it differs',
    )
    .action(runRebuild);
  rebuild
    .command('promote')
    .description('Make the rebuilt projection the live one')
    .option('--accept <reason>', 'promote it although it differs')
    .action(promote);
  rebuild
    .command('rollback')
    .description('Make the projection live again that was so before the last promotion')
    .action(rollBack);
  rebuild.command('discard').description('Give up the rebuild under way').action(discard);
  rebuild.command('status').description('List rebuilds, the newest first').action(status);
}

/** Runs with a worker that drives the rebuild, unless a service does. */
async function withWorker<T>(work: (database: Database, partitions: number) => Promise<T>): Promise<T> {
  const config = requireConfig('command');
  const logger = createLogger(config.logLevel);
  return await withDatabase(config, logger, async (database, url) => {
    const log = await openLog(config, database, logger);
    const projecting = openDatabase({
      url,
      max: 4,
      applicationName: 'janela rebuild',
      serverOptions: PROJECTOR_SERVER_OPTIONS,
    });
    const settings = createSettingsCache(config.defaultTimeZone);
    const worker = startRebuildWorker({ database, projecting, log, settings, logger, now: Date.now });
    try {
      return await work(database, log.partitions);
    } finally {
      await worker.stop();
      await projecting.close();
      await log.close();
    }
  });
}

async function runRebuild(): Promise<void> {
  const startedAt = performance.now();
  const rebuild = await withWorker(async (database, partitions) => {
    const started = await startRebuild(database, { actor: ACTOR, at: Date.now(), partitions });
    const { id } = started ?? (await underWay(database));
    return await watch(database, id);
  });
  if (rebuild.comparison === null) throw new CommandFailed(describeRebuild(rebuild));
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  const text = `${describeRebuild(rebuild)} after ${seconds} s.\n${describeComparison(rebuild.comparison)}\n`;
  if (rebuild.comparison.differences.count > 0) throw new CommandFailed(text);
  process.stdout.write(
    `${text}Promote it with janela rebuild promote, or discard it with janela rebuild discard.\n`,
  );
}

/** Shows the progress that the working process notes, whichever that is. */
async function watch(database: Database, id: number): Promise<Rebuild> {
  const bar = createProgressBar(`Rebuild ${id}`, 'records');
  const never = new AbortController().signal;
  try {
    for (;;) {
      const rebuild = await findRebuild(database.db, id);
      if (rebuild === null) throw new CommandFailed(`Rebuild ${id} is gone.`);
      if (rebuild.state !== 'running') return rebuild;
      bar.show(rebuild.done, rebuild.total, rebuild.phase);
      await pause(250, never);
    }
  } finally {
    bar.end();
  }
}

async function promote({ accept }: { accept?: string }): Promise<void> {
  await withWorker(async (database) => {
    const { id } = await underWay(database);
    const promotion = { actor: ACTOR, at: Date.now(), reason: accept ?? null, forbidden: async () => false };
    const promoted = await promoteRebuild(database.db, id, promotion);
    switch (promoted?.kind) {
      case 'promoted':
        return process.stdout.write(
          `${describeRebuild(promoted.rebuild)}; the one before is ${promoted.rebuild.previous}.\n`,
        );
      case 'differs':
        throw new CommandFailed(
          `Rebuild ${id} differs from the live projection in ${promoted.count} places (janela rebuild shows them); to promote it all the same give --accept <reason>.`,
        );
      case 'behind':
        throw new CommandFailed(`Rebuild ${id} does not catch up with the live projection; try again.`);
      default:
        throw new CommandFailed(`Rebuild ${id} cannot be promoted: it has not been compared yet.`);
    }
  });
}

async function rollBack(): Promise<void> {
  await withWorker(async (database) => {
    const promoted = (await listRebuilds(database.db, MAX_ID, 1_000)).find(
      ({ state }) => state === 'promoted',
    );
    if (promoted === undefined) throw new CommandFailed('No rebuild is promoted.');
    const result = await rollBackRebuild(database.db, promoted.id, { actor: ACTOR, at: Date.now() });
    if (result?.kind !== 'rolled-back')
      throw new CommandFailed(
        `Rebuild ${promoted.id} could not be rolled back yet: the projection before it is still catching up. Try again.`,
      );
    process.stdout.write(`${describeRebuild(result.rebuild)}; ${result.rebuild.previous} is live again.\n`);
  });
}

async function discard(): Promise<void> {
  await withCommandDatabase(async (database) => {
    const { id } = await underWay(database);
    await discardRebuild(database.db, id, { actor: ACTOR, at: Date.now() });
    process.stdout.write(`Rebuild ${id} is discarded.\n`);
  });
}

async function status(): Promise<void> {
  await withCommandDatabase(async (database) => {
    const rebuilds = await listRebuilds(database.db, MAX_ID, 20);
    process.stdout.write(
      rebuilds.map((rebuild) => `${describeRebuild(rebuild)}.\n`).join('') || 'There are none.\n',
    );
  });
}

const MAX_ID = 2_147_483_647;

async function underWay(database: Database): Promise<Rebuild> {
  const found = await rebuildUnderWay(database.db);
  if (found === null) throw new CommandFailed('No rebuild is under way: start one with janela rebuild.');
  return found;
}

async function withCommandDatabase(work: (database: Database) => Promise<void>): Promise<void> {
  const config = requireConfig('command');
  await withDatabase(config, createLogger(config.logLevel), work);
}
