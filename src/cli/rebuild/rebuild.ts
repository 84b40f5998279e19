/** `janela rebuild`: its subcommands and their options. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { isPeriod } from '../../domain/period.ts';
import { ACTIVE_WHEN, RULE_NAMES } from '../../domain/rule.ts';
import { settingsHelp } from '../command.ts';
import { runRebuild } from './run.ts';
import { discard, promote, rollBack, status } from './steps.ts';

const EXAMPLES = `
What would last month have cost under another rule? (what-if; see janela rebuild run --help)
  janela rebuild --rule sliding --period 2026-10
  janela rebuild --rule sliding --tenant acme --hours 12
  janela rebuild --rules rules.json        {"rules": {"acme": [{"from": null, "rule": "sliding"}]}, "all": [...]}`;

export function registerRebuild(program: Command): void {
  const rebuild = program
    .command('rebuild')
    .description('Fold the whole log into a second projection beside the live one, and compare the two')
    .addHelpText('after', EXAMPLES)
    .addHelpText('after', settingsHelp());
  rebuild
    .command('run', { isDefault: true })
    .description(
      'Start a rebuild, or go on with the one under way, until it has caught up; exit 1 if it differs. Under other rules (a what-if) the answer is what they change, in windows and money. Ctrl-C cancels what was started',
    )
    .addOption(new Option('--rule <name>', 'judge by this rule, the past too').choices([...RULE_NAMES]))
    .addOption(
      new Option('--hours <hours>', 'length of a window under it (default: 24)').argParser(wholeNumber),
    )
    .addOption(
      new Option('--active-when <when>', 'what a template counts by (default: sent)').choices([
        ...ACTIVE_WHEN,
      ]),
    )
    .option('--tenant <tenant>', 'only this one; may be repeated (default: every tenant)', collect, [])
    .option('--rules <file>', 'timelines of rules by tenant, as POST /v1/ops/rebuilds takes them')
    .addOption(
      new Option(
        '--period <period>',
        'compare this one only, like 2026-10; the what-if is discarded once it is answered',
      ).argParser(toPeriod),
    )
    .action(runRebuild);
  rebuild
    .command('promote')
    .description('Make the rebuilt projection the live one')
    .option('--accept <reason>', 'promote it although it differs')
    .option('--change-rules', "change the tenants' rules with it, as a what-if does", false)
    .action(promote);
  rebuild
    .command('rollback')
    .description('Make the projection live again that was so before the last promotion')
    .action(rollBack);
  rebuild
    .command('discard')
    .description('Give up the rebuild under way: whoever works on it stops, its tables go')
    .action(discard);
  rebuild.command('status').description('List rebuilds, the newest first').action(status);
}

function collect(tenant: string, before: string[]): string[] {
  return [...before, tenant];
}

function wholeNumber(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function toPeriod(text: string): string {
  if (!isPeriod(text)) throw new InvalidArgumentError('It must be a month like 2026-10.');
  return text;
}
