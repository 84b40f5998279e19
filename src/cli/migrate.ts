/** `janela migrate`: brings the database up to this version. */

import type { Command } from 'commander';
import { createLogger } from '../logger.ts';
import { migrateDatabase, requireConfig, settingsHelp } from './command.ts';

export function registerMigrate(program: Command): void {
  program
    .command('migrate')
    .description('Bring the database up to this version (serve does it too)')
    .addHelpText('after', settingsHelp())
    .action(async () => {
      const config = requireConfig('command');
      const applied = await migrateDatabase(config, createLogger(config.logLevel));
      process.stdout.write(
        applied.length === 0 ? 'Nothing to do.\n' : applied.map((name) => `Applied ${name}\n`).join(''),
      );
    });
}
