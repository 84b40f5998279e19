import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isListening, until } from '../until.ts';
import { freePorts } from './kafka-ports.ts';
import { whyMissing } from './needs.ts';
import { temporaryFolder } from './temporary-folder.ts';

const PROGRAM = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/opt/homebrew/bin/pgbouncer'].find(existsSync);

/** Why tests with PgBouncer cannot run here, or null. With CI=true that is an error. */
export function whyNoPgBouncer(): string | null {
  return whyMissing(PROGRAM !== undefined, 'no PgBouncer: install it (Debian: apt-get install pgbouncer)');
}

export interface TestPgBouncer {
  /** The same database, through the pooler. */
  url: string;
  stop(): Promise<void>;
}

/** A real PgBouncer in front of the database, with its default settings but for those given. */
export async function startPgBouncer(
  databaseUrl: string,
  settings: Readonly<Record<string, string>>,
): Promise<TestPgBouncer> {
  if (PROGRAM === undefined) throw new Error('no PgBouncer');
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  const { broker: listen } = await freePorts();
  const folder = temporaryFolder('pgbouncer');
  const file = join(folder, 'pgbouncer.ini');
  const target = `host=${hostname} port=${port} user=${username} password=${decodeURIComponent(password)}`;
  const own = { listen_addr: '127.0.0.1', listen_port: listen, auth_type: 'any', unix_socket_dir: '' };
  const lines = Object.entries({ ...own, ...settings }).map(([name, value]) => `${name} = ${value}`);
  writeFileSync(file, ['[databases]', `* = ${target}`, '[pgbouncer]', ...lines, ''].join('\n'));
  // It refuses to run as root.
  const asOther = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child = spawn(PROGRAM, ['-q', ...asOther, file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = once(child, 'exit');
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  await until(
    () => {
      if (child.exitCode !== null) throw new Error(`PgBouncer ended:\n${said}`);
      return isListening(listen);
    },
    { what: 'PgBouncer to listen' },
  );
  return {
    url: `postgres://${username}@127.0.0.1:${listen}${pathname}`,
    async stop() {
      process.off('exit', kill);
      kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
