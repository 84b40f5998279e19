import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { connectEmbedded } from '../../../src/store/embedded/embedded.ts';
import { until } from '../until.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface TestProcess {
  url: string;
  adminKey: string;
  pid: number;
  exited: Promise<Exit>;
  /** Everything written so far. */
  stdout(): string;
  stderr(): string;
  /** Sends a signal and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<Exit>;
}

/** Of every service over a database that several processes of a test may share. */
export const MASTER_KEY = Buffer.alloc(32, 'test').toString('base64');

type Settings = Readonly<Record<string, string>>;

const MAIN = fileURLToPath(new URL('../../../src/janela.js', import.meta.url));
const START_MS = 60_000;
const running = new Set<ChildProcess>();
const folders = new Set<string>();
process.once('exit', () => {
  for (const child of running) killGroup(child);
});

/** A DATA_DIR that `stopProcesses` removes, after it has ended the PostgreSQL that a killed service left there. */
export function testDataDir(): string {
  const folder = temporaryFolder('service');
  folders.add(folder);
  return folder;
}

/**
 * Runs `janela serve` with these settings, on a free port and without anything of this process's own environment, and
 * waits until it is ready. Without `DATABASE_URL` or `DATA_DIR` it gets an embedded database of its own.
 * Call `stopProcesses` in `afterEach` or `afterAll`.
 */
export async function startProcess(settings: Settings = {}): Promise<TestProcess> {
  const all = { PORT: '0', DATA_DIR: settings.DATA_DIR ?? testDataDir(), ...settings };
  return await untilReady(runJanela(['serve'], all), all);
}

/** Waits until a `janela serve` with these settings, `DATA_DIR` among them, is ready. */
export async function untilReady(
  child: ReturnType<typeof runJanela>,
  { DATA_DIR = '', ADMIN_API_KEY }: Settings,
): Promise<TestProcess> {
  let url: string | undefined;
  const ready = async () => {
    if (child.ended())
      throw new Error(`janela ended before it was ready:\n${child.stdout()}${child.stderr()}`);
    url ??= /(http:\/\/[^\s/]+)/.exec(child.stdout())?.[1];
    if (url === undefined) return false;
    return await fetch(`${url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
  };
  await until(ready, { timeoutMs: START_MS, what: 'janela to be ready' });
  if (url === undefined) throw new Error('janela said no address');
  const keyFile = join(DATA_DIR, 'admin-key');
  const adminKey = ADMIN_API_KEY ?? (existsSync(keyFile) ? readFileSync(keyFile, 'utf8').trim() : '');
  return Object.assign(child, { url, adminKey });
}

/** Runs any command of janela, `under` another one if given; with `exited` and the output a test sees how it ended. */
export function runJanela(args: readonly string[], settings: Settings = {}, under: readonly string[] = []) {
  const sharesDatabase = 'DATABASE_URL' in settings || 'DATABASE_URL_FILE' in settings;
  return runCommand([...under, MAIN, ...args], sharesDatabase ? { MASTER_KEY, ...settings } : settings);
}

/** Runs a command without anything of this process's own environment. */
export function runCommand(words: readonly string[], settings: Settings) {
  const [command = '', ...rest] = words;
  const child = spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: {
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      HOME: process.env.HOME ?? '',
      ...settings,
    },
  });
  running.add(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    });
  });
  return {
    pid: child.pid ?? 0,
    exited,
    ended: () => !running.has(child),
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    kill(signal: NodeJS.Signals) {
      child.kill(signal);
      return exited;
    },
  };
}

/** Each command leads a group of its own, so that what it started ends with it, whoever of them ended before. */
function killGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) signalIfThere(-pid, 'SIGKILL');
}

/** Signals a process, or a group by its negative number, that may end at any time. */
function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Kills what still runs and removes what it left behind. */
export async function stopProcesses(): Promise<void> {
  const children = [...running];
  await Promise.all(
    children.map(
      (child) =>
        new Promise((resolve) => {
          child.once('close', resolve);
          killGroup(child);
        }),
    ),
  );
  for (const dataDir of folders) {
    if (existsSync(join(dataDir, 'postgres', 'postmaster.pid'))) {
      await (await connectEmbedded({ dataDir, logger: pino({ level: 'silent' }) })).stop();
    }
    rmSync(dataDir, { recursive: true, force: true });
    folders.delete(dataDir);
  }
}
