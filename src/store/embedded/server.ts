import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Login, stateOfServer } from './connection.ts';
import { childrenOf, isServerOf, type PidFile, readPidFile } from './processes.ts';
import { EmbeddedRefused, type Programs } from './programs.ts';

/** A PostgreSQL data directory and how to log in to its server. */
export interface Cluster {
  folder: string;
  password: string;
  settings: Readonly<Record<string, string>>;
}

/** How long a server may take to start, recovery after a crash included; it says so in the log meanwhile. */
const START_SECONDS = 600;
const STOP_SECONDS = 60;
/** How long a process that holds the data directory may leave its port unanswered. */
const SILENCE_MS = 30_000;
/** How long it may refuse connections without a process that works towards taking them. */
export const STRANDED_MS = 5_000;

/** Creates the data directory. Killed half-way it leaves nothing that looks like one. */
export async function initialise(programs: Programs, cluster: Cluster): Promise<void> {
  if (existsSync(cluster.folder)) return;
  const temporary = `${cluster.folder}.${process.pid}.new`;
  const passwordFile = `${temporary}.password`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { mode: 0o700 });
  programs.handOver(temporary);
  writeFileSync(passwordFile, `${cluster.password}\n`, { mode: 0o600 });
  programs.handOver(passwordFile);
  try {
    await programs.run('initdb', [
      `--pgdata=${temporary}`,
      '--username=janela',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--no-locale',
      '--no-instructions',
    ]);
    renameSync(temporary, cluster.folder);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(cluster.folder)) throw error;
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/**
 * The login of the running server of this data directory, once it takes connections; null where none runs. A pid file
 * that some other process inherited by chance, or whose process is gone, is removed. A stranded server is ended.
 * Rejects once `signal` is aborted while it waits.
 */
export async function findRunning(
  { folder, password }: Cluster,
  { logger, signal }: { logger: Logger; signal?: AbortSignal },
): Promise<Login | null> {
  const silentUntil = performance.now() + SILENCE_MS;
  let movedAt = performance.now();
  for (;;) {
    const found = readPidFile(folder);
    if (found === null) return null;
    const login = { port: found.port, password };
    const state = await stateOfServer(login, folder);
    if (state === 'ours') return login;
    if (state !== 'starting' && !isServerOf(found.pid, folder)) {
      rmSync(join(folder, 'postmaster.pid'), { force: true });
      return null;
    }
    if (state !== 'starting' && performance.now() > silentUntil) {
      throw new EmbeddedRefused(
        `The PostgreSQL of ${folder} (process ${found.pid}) does not answer on port ${found.port}: end it, then start again.`,
      );
    }
    if (state !== 'starting' || !isStranded(found)) movedAt = performance.now();
    else if (performance.now() - movedAt > STRANDED_MS) {
      logger.error(
        { pid: found.pid },
        'The embedded PostgreSQL refuses connections, and nothing in it recovers: ending it, so that it can be started again',
      );
      await endStranded(found.pid, folder);
    }
    await delay(100, undefined, { signal });
  }
}

/**
 * Whether a server that refuses connections has no process that recovers. PostgreSQL 18.4 loses track of one that fails as
 * soon as it has begun, say because the disk is full, where clients knock at that moment: the server then neither ends nor
 * tries again. Where none of its processes is to be seen it counts as recovering: others are there all the while.
 */
function isStranded({ pid, status }: PidFile): boolean {
  if (status === 'stopping') return false;
  const children = childrenOf(pid) ?? [];
  return children.length > 0 && children.every(({ title }) => !title.startsWith('postgres: startup'));
}

/** As in a crash: what was committed is in the write-ahead log. By its pid: another process may have started the next one. */
async function endStranded(pid: number, folder: string): Promise<void> {
  const deadline = performance.now() + STOP_SECONDS * 1_000;
  try {
    process.kill(pid, 'SIGQUIT');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  while (isServerOf(pid, folder)) {
    if (performance.now() > deadline) {
      throw new EmbeddedRefused(
        `The PostgreSQL of ${folder} (process ${pid}) does not recover and does not end: end it, then start again.`,
      );
    }
    await delay(100);
  }
}

/** Starts the server and waits until it answers. With a `port` on that one, else on a free one. */
export async function launch(programs: Programs, cluster: Cluster, port?: number): Promise<Login> {
  const chosen = port ?? (await freePort());
  const log = join(cluster.folder, 'server.log');
  if (existsSync(log)) renameSync(log, `${log}.old`);
  const settings = { ...cluster.settings, port: String(chosen) };
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}='${value}'`);
  try {
    await programs.run('pg_ctl', [
      ...['start', '--wait', `--timeout=${START_SECONDS}`, '--silent'],
      ...[`--pgdata=${cluster.folder}`, `--log=${log}`, '--options', options.join(' ')],
    ]);
  } catch (error) {
    const said = existsSync(log) ? lastWords(readFileSync(log, 'utf8')) : '';
    throw new EmbeddedRefused(`PostgreSQL in ${cluster.folder} did not start: ${said}`, { cause: error });
  }
  chmodSync(log, 0o600);
  return { port: chosen, password: cluster.password };
}

/** Why a server ended, without what it said to clients that were too early. */
function lastWords(log: string): string {
  const lines = log
    .split('\n')
    .filter((line) => !/the database system is|Consistent recovery state/.test(line));
  return lines.slice(-8).join('\n');
}

/** Ends the server of a data directory, whoever started it: clients are cut off, everything committed is on disk. */
export async function shutDown(programs: Programs, folder: string): Promise<void> {
  if (readPidFile(folder) === null) return;
  await programs.run('pg_ctl', [
    ...['stop', '--mode=fast', '--wait', `--timeout=${STOP_SECONDS}`, '--silent', `--pgdata=${folder}`],
  ]);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1');
  return address.port;
}
