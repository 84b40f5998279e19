/** `janela log`: its subcommands and their options. */

import { type Command, InvalidArgumentError } from 'commander';
import { settingsHelp } from '../command.ts';
import { logExport } from './export.ts';
import { logImport } from './import.ts';

export function registerLog(program: Command): void {
  const log = program
    .command('log')
    .description('The event log: its backup, and its way from one place to another');
  log
    .command('export')
    .description(
      'Write the log into files of a folder, or what came since the last export; beside a running service',
    )
    .argument('<folder>', 'where the files are or shall be')
    .option('--file-records <number>', 'most records in one file', toCount, 100_000)
    .addHelpText('after', settingsHelp())
    .action(logExport);
  log
    .command('import')
    .description('Fill an empty log from an export, at the same positions; no service may run')
    .argument('<folder>', 'where the export is')
    .addHelpText('after', settingsHelp())
    .action(logImport);
}

function toCount(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(value);
}
