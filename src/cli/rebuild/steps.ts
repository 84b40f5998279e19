import { wallClock } from '../../clock.ts';
import { whyNotPromoted, whyNotRolledBack } from '../../http/ops/rebuild-refusals.ts';
import { createLogger } from '../../logger.ts';
import { promoteRebuild, rollBackRebuild } from '../../projection/rebuild/promote.ts';
import { discardRebuild } from '../../projection/rebuild/start.ts';
import { listRebuilds, type Rebuild, rebuildUnderWay } from '../../projection/rebuild/state.ts';
import type { Database } from '../../store/database.ts';
import { showTenant } from '../../store/tenants.ts';
import { CommandFailed, requireConfig, withDatabase } from '../command.ts';
import { describeRebuild } from './text.ts';
import { ACTOR, withWorker } from './worker.ts';

const MAX_ID = 2_147_483_647;

export async function promote({
  accept,
  changeRules,
}: {
  accept?: string;
  changeRules: boolean;
}): Promise<void> {
  await withWorker(async ({ database, defaultTimeZone }) => {
    const { id } = await requireUnderWay(database);
    const promoted = await promoteRebuild(database.db, id, {
      actor: ACTOR,
      at: wallClock(),
      reason: accept ?? null,
      rules: changeRules ? { defaultTimeZone, show: showTenant } : null,
      forbidden: async () => false,
    });
    if (promoted === null) throw new CommandFailed(`Rebuild ${id} is gone.`);
    switch (promoted.kind) {
      case 'promoted':
        return process.stdout.write(
          `${describeRebuild(promoted.rebuild)}; the one before is ${promoted.rebuild.previous}.\n`,
        );
      case 'differs':
        throw new CommandFailed(
          `Rebuild ${id} differs from the live projection in ${promoted.count} places (janela rebuild shows them); to promote it all the same give --accept <reason>.`,
        );
      case 'changes-rules':
        throw new CommandFailed(
          `Rebuild ${id} is a what-if: promoting it changes the rules of tenants, the past included. If that is meant, give --change-rules and --accept <reason>; else janela rebuild discard.`,
        );
      default:
        throw new CommandFailed(`Rebuild ${id} is not promoted: ${whyNotPromoted(promoted).message}`);
    }
  });
}

export async function rollBack(): Promise<void> {
  await withWorker(async ({ database, defaultTimeZone }) => {
    const promoted = (await listRebuilds(database.db, MAX_ID, 1_000)).find(
      ({ state }) => state === 'promoted',
    );
    if (promoted === undefined) throw new CommandFailed('No rebuild is promoted.');
    const author = { actor: ACTOR, at: wallClock(), defaultTimeZone, show: showTenant };
    const result = await rollBackRebuild(database.db, promoted.id, author);
    if (result === null) throw new CommandFailed(`Rebuild ${promoted.id} is gone.`);
    if (result.kind !== 'rolled-back')
      throw new CommandFailed(
        `Rebuild ${promoted.id} is not rolled back: ${whyNotRolledBack(result).message}`,
      );
    process.stdout.write(`${describeRebuild(result.rebuild)}; ${result.rebuild.previous} is live again.\n`);
  });
}

export async function discard(): Promise<void> {
  await withCommandDatabase(async (database) => {
    const { id } = await requireUnderWay(database);
    await discardRebuild(database, id, { actor: ACTOR, at: wallClock() });
    process.stdout.write(`Rebuild ${id} is discarded.\n`);
  });
}

export async function status(): Promise<void> {
  await withCommandDatabase(async (database) => {
    const rebuilds = await listRebuilds(database.db, MAX_ID, 20);
    process.stdout.write(
      rebuilds.map((rebuild) => `${describeRebuild(rebuild)}.\n`).join('') || 'There are none.\n',
    );
  });
}

export async function requireUnderWay(database: Database): Promise<Rebuild> {
  const found = await rebuildUnderWay(database.db);
  if (found === null) throw new CommandFailed('No rebuild is under way: start one with janela rebuild.');
  return found;
}

async function withCommandDatabase(work: (database: Database) => Promise<void>): Promise<void> {
  const config = requireConfig('command');
  await withDatabase(config, createLogger(config.logLevel), work);
}
