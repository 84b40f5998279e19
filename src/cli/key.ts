/** `janela key create`: makes an API key straight in the database. */

import { type Command, InvalidArgumentError } from 'commander';
import { wallClock } from '../clock.ts';
import { COMMAND_LINE, createKey, SCOPES, type Scope, showKey } from '../keys/keys.ts';
import { createLogger } from '../logger.ts';
import { requireConfig, requireMigrated, settingsHelp, valueOrFail, withDatabase } from './command.ts';

interface Options {
  name: string;
  scopes: Scope[];
  tenants?: string[];
}

export function registerKey(program: Command): void {
  const key = program.command('key').description('API keys');
  key
    .command('create')
    .description('Make a key and print it, its secret this once; who can reach the database can do it')
    .requiredOption('--name <name>', 'what the key is for')
    .requiredOption('--scopes <scopes>', `what it may do, with commas: ${SCOPES.join(', ')}`, toScopes)
    .option('--tenants <tenants>', 'the tenants it may touch, with commas (default: all)', toTenants)
    .addHelpText('after', settingsHelp())
    .action(async ({ name, scopes, tenants }: Options) => {
      const config = requireConfig('command');
      const made = await withDatabase(config, createLogger(config.logLevel), async (database) => {
        await requireMigrated(database);
        const wanted = { name, scopes, tenants: tenants ?? null };
        return valueOrFail(await createKey(database.db, wanted, COMMAND_LINE, wallClock()));
      });
      const { revokedAt: _, ...shown } = showKey(made.key);
      const answer = { ...shown, secret: made.secret };
      process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
    });
}

function toScopes(value: string): Scope[] {
  const names = [...new Set(value.split(',').map((name) => name.trim()))];
  return names.map((name) => {
    const scope = SCOPES.find((known) => known === name);
    if (scope === undefined) throw new InvalidArgumentError(`${name} is not one of ${SCOPES.join(', ')}.`);
    return scope;
  });
}

function toTenants(value: string): string[] {
  const names = [...new Set(value.split(',').map((name) => name.trim()))];
  const wrong = names.find((name) => !/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name));
  if (wrong !== undefined) throw new InvalidArgumentError(`"${wrong}" cannot be the name of a tenant.`);
  return names;
}
