/** `janela key create`: makes an API key straight in the database. */

import { type Command, InvalidArgumentError } from 'commander';
import { wallClock } from '../clock.ts';
import { parseInstant } from '../domain/instant.ts';
import { createKey, showKey } from '../keys/keys.ts';
import { COMMAND_LINE, SCOPES, type Scope } from '../keys/rights.ts';
import { createLogger } from '../logger.ts';
import { requireConfig, requireMigrated, settingsHelp, valueOrFail, withDatabase } from './command.ts';

interface Options {
  name: string;
  scopes: Scope[];
  tenants?: string[];
  expires?: number;
}

export function registerKey(program: Command): void {
  const key = program.command('key').description('API keys');
  key
    .command('create')
    .description('Make a key and print it, its secret this once; who can reach the database can do it')
    .requiredOption('--name <name>', 'what the key is for')
    .requiredOption('--scopes <scopes>', `what it may do, with commas: ${SCOPES.join(', ')}`, toScopes)
    .option('--tenants <tenants>', 'the tenants it may touch, with commas (default: all)', toTenants)
    .option('--expires <instant>', 'when it ends, RFC 3339 with an offset (default: never)', toInstant)
    .addHelpText('after', settingsHelp())
    .action(async ({ name, scopes, tenants, expires }: Options) => {
      const config = requireConfig('command');
      const made = await withDatabase(config, createLogger(config.logLevel), async (database) => {
        await requireMigrated(database);
        const wanted = { name, scopes, tenants: tenants ?? null, expiresAt: expires ?? null };
        return valueOrFail(await createKey(database.db, wanted, COMMAND_LINE, wallClock()));
      });
      const { revokedAt: _revoked, lastUsedAt: _used, ...shown } = showKey(made.key);
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

function toInstant(value: string): number {
  const at = parseInstant(value);
  if (at === null) throw new InvalidArgumentError(`"${value}" is no instant of RFC 3339 with an offset.`);
  return at;
}

function toTenants(value: string): string[] {
  const names = [...new Set(value.split(',').map((name) => name.trim()))];
  const wrong = names.find((name) => !/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name));
  if (wrong !== undefined) throw new InvalidArgumentError(`"${wrong}" cannot be the name of a tenant.`);
  return names;
}
