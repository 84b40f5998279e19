import type { Command } from 'commander';
import { verifyProjection } from '../projection/verify.ts';
import { withDatabase } from './database.ts';
import { CommandFailed } from './failure.ts';
import { createLogger } from './logger.ts';
import { createProgressBar } from './progress-bar.ts';
import { requireConfig, settingsHelp } from './settings.ts';

export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description('Check that the projection holds together, beside a running service or without one')
    .addHelpText('after', settingsHelp())
    .action(verify);
}

async function verify(): Promise<void> {
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
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  process.stdout.write(
    `Verified in ${seconds} s: ${events} events, ${conversations} conversations and ${windows} windows of schema ${verified.schema} hold together.\n`,
  );
}
