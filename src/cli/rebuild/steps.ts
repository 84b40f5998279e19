/** What is done with a rebuild that is there: `janela rebuild promote`, `rollback`, `discard`, `status`. */

import { financeObjection } from '../../billing/rebuild-objection.ts';
import { type Outcome, type Refusal, refuse } from '../../domain/refusal.ts';
import { verbatim } from '../../domain/sentences.ts';
import { COMMAND_LINE } from '../../keys/rights.ts';
import { createLogger } from '../../logger.ts';
import { promoteRebuild, rollBackRebuild } from '../../projection/rebuild/promote.ts';
import { discardRebuild } from '../../projection/rebuild/start.ts';
import { listRebuilds, type Rebuild, rebuildUnderWay } from '../../projection/rebuild/state.ts';
import type { Database } from '../../store/database.ts';
import { CommandFailed, requireConfig, valueOrFail, withDatabase } from '../command.ts';
import { describeRebuild } from './text.ts';
import { by, withWorker } from './worker.ts';

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
    const outcome = await promoteRebuild(database.db, id, {
      ...by(),
      reason: accept ?? null,
      rules: changeRules ? { defaultTimeZone } : null,
      objection: financeObjection(COMMAND_LINE),
    });
    const promoted = valueOrFail(withHint(outcome), `Rebuild ${id} is not promoted`);
    process.stdout.write(`${describeRebuild(promoted)}; the one before is ${promoted.previous}.\n`);
  });
}

/** What to do about refusals for which the command has an option. */
const HINTS: Partial<Record<Refusal['problem'], string>> = {
  'rebuild-differs':
    'The places are what janela rebuild shows; to promote it all the same give --accept <reason>.',
  'rebuild-changes-rules':
    'The past is judged anew by them. If that is meant, give --change-rules and --accept <reason>; else janela rebuild discard.',
};

function withHint<T>(outcome: Outcome<T>): Outcome<T> {
  if (outcome.ok) return outcome;
  const { problem, detail } = outcome.refusal;
  return refuse(problem, verbatim([detail, HINTS[problem]].filter(Boolean).join(' ')));
}

export async function rollBack(): Promise<void> {
  await withWorker(async ({ database, defaultTimeZone }) => {
    const promoted = (await listRebuilds(database.db, MAX_ID, 1_000)).find(
      ({ state }) => state === 'promoted',
    );
    if (promoted === undefined) throw new CommandFailed('No rebuild is promoted.');
    const outcome = await rollBackRebuild(database.db, promoted.id, {
      ...by(),
      defaultTimeZone,
      objection: financeObjection(COMMAND_LINE),
    });
    const rolledBack = valueOrFail(outcome, `Rebuild ${promoted.id} is not rolled back`);
    process.stdout.write(`${describeRebuild(rolledBack)}; ${rolledBack.previous} is live again.\n`);
  });
}

export async function discard(): Promise<void> {
  await withCommandDatabase(async (database) => {
    const { id } = await requireUnderWay(database);
    valueOrFail(await discardRebuild(database, id, by()));
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
