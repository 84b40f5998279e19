import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { openLog } from '../open-log.ts';
import { verifyProjection } from '../projection/verify.ts';
import { verifyLog } from '../projection/verify-log.ts';
import { withDatabase } from './database.ts';
import { CommandFailed } from './failure.ts';
import { createLogger } from './logger.ts';
import { createProgressBar } from './progress-bar.ts';
import { requireConfig, settingsHelp } from './settings.ts';

export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description('Check that the projection holds together, beside a running service or without one')
    .option(
      '--log',
      'check instead that no record of the log changed or vanished since it was projected',
      false,
    )
    .addHelpText('after', settingsHelp())
    .action(({ log }: { log: boolean }) => (log ? verifyTheLog() : verifyTheProjection()));
}

async function verifyTheProjection(): Promise<void> {
  const config = requireConfig('command');
  const bar = createProgressBar('Verifying', 'events');
  const startedAt = performance.now();
  const verified = await withDatabase(config, createLogger(config.logLevel), (database) =>
    verifyProjection(database, {
      defaultTimeZone: config.defaultTimeZone,
      progress: (done, total) => bar.show(done, total),
    }),
  ).finally(() => bar.end());
  if (!verified.ok) throw new CommandFailed(`${verified.difference}\n${verified.mend}`);
  const { events, conversations, windows } = verified.counts;
  process.stdout.write(
    `Verified in ${secondsSince(startedAt)} s: ${events} events, ${conversations} conversations and ${windows} windows of schema ${verified.schema} hold together.\n`,
  );
}

async function verifyTheLog(): Promise<void> {
  const config = requireConfig('command');
  const logger = createLogger(config.logLevel);
  const bar = createProgressBar('Verifying the log', 'records');
  const startedAt = performance.now();
  const verified = await withDatabase(config, logger, async (database) => {
    const log = await openLog(config, database, logger);
    try {
      return await verifyLog(database, log, {
        group: `janela-verify-${randomBytes(6).toString('hex')}`,
        progress: (done, total) => bar.show(done, total),
      });
    } finally {
      await log.close();
    }
  }).finally(() => bar.end());
  if (!verified.ok) throw new CommandFailed(`${verified.difference}\n${verified.mend}`);
  const heads = verified.heads.map(
    ({ partition, next, chain }) => `  partition ${partition}, next ${next}: ${chain}`,
  );
  process.stdout.write(
    [
      `Verified in ${secondsSince(startedAt)} s: ${verified.records} records of the log are as they were projected. Heads of the hash chains:`,
      ...heads,
      '',
    ].join('\n'),
  );
}

function secondsSince(startedAt: number): string {
  return ((performance.now() - startedAt) / 1_000).toFixed(1);
}
