/** The program `janela`: its commands, and how each failure becomes a sentence and an exit code. */

import { Command, CommanderError } from 'commander';
import pg from 'pg';
import packageJson from '../../package.json' with { type: 'json' };
import { LogBroken, LogRefused, LogUnavailable, TransferRefused } from '../log/log.ts';
import { MasterKeyRefused } from '../sealing/sealing.ts';
import { StartRefused } from '../service/listen.ts';
import { DatabaseRefused } from '../store/access.ts';
import { TimeZoneRefused } from '../store/default-time-zone.ts';
import { EmbeddedRefused } from '../store/embedded/programs.ts';
import { DatabaseInUse, DatabaseNewer } from '../store/migrate.ts';
import { SecretFileRefused } from '../store/secret-file.ts';
import { CommandFailed } from './command.ts';
import { registerKey } from './key.ts';
import { registerLog } from './log/log.ts';
import { registerMigrate } from './migrate.ts';
import { registerOpenapi } from './openapi.ts';
import { registerRebuild } from './rebuild/rebuild.ts';
import { registerServe } from './serve.ts';
import { registerSimulate } from './simulate.ts';
import { registerVerify } from './verify.ts';

/** One line per command, in the order of the help. */
const COMMANDS: readonly ((program: Command) => void)[] = [
  registerServe,
  registerMigrate,
  registerKey,
  registerOpenapi,
  registerRebuild,
  registerVerify,
  registerSimulate,
  registerLog,
];

/** Runs one command and resolves with the exit code: 0 done, 1 failed (a sentence is on stderr), 2 misused. */
export async function run(args: readonly string[]): Promise<number> {
  const program = new Command('janela')
    .description('Meters 24-hour conversation windows and turns them into invoice lines')
    .version(packageJson.version)
    .exitOverride()
    .showHelpAfterError('(see janela --help)');
  for (const register of COMMANDS) register(program);
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    return exitCodeOf(error);
  }
}

/** Errors whose message is a sentence that says what to do; of others the stack is shown too. */
const SENTENCES = [
  CommandFailed,
  StartRefused,
  TimeZoneRefused,
  LogBroken,
  LogRefused,
  LogUnavailable,
  TransferRefused,
  DatabaseInUse,
  DatabaseNewer,
  EmbeddedRefused,
  DatabaseRefused,
  SecretFileRefused,
  MasterKeyRefused,
];

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  process.stderr.write(`${textOf(error)}\n`);
  return 1;
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof pg.DatabaseError) return `PostgreSQL refused: ${error.message}`;
  if ('syscall' in error) return `The system refused: ${error.message}`;
  return SENTENCES.some((kind) => error instanceof kind) ? error.message : (error.stack ?? error.message);
}
