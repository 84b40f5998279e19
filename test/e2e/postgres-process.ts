import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { connectEmbedded } from '../../src/store/embedded/embedded.ts';
import { pidFileOf } from '../../src/store/embedded/server.ts';

/** Where the PostgreSQL of a DATA_DIR listens; a running service has started it. */
export async function embeddedUrl(dataDir: string): Promise<string> {
  return (await connectEmbedded({ dataDir, logger: pino({ level: 'silent' }) })).url;
}

/** Process id of the PostgreSQL server of a DATA_DIR. */
export function postmasterOf(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
}

/** Whether the server of a DATA_DIR takes connections, as it says itself. */
export function isReady(dataDir: string): boolean {
  return /^ready\s*$/m.test(pidFileOf(join(dataDir, 'postgres')) ?? '');
}

/** Signals the server and all its backends, which have process groups of their own. */
export function signalPostgres(postmaster: number, signal: NodeJS.Signals): void {
  process.kill(postmaster, signal);
  for (const pid of childrenOf(postmaster)) signalIfThere(pid, signal);
}

/** A backend may end at any time. */
function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function childrenOf(parent: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => parentOf(pid) === parent).map(Number);
}

/** Null for a process that has ended meanwhile. */
function parentOf(pid: string): number | null {
  try {
    return Number(/^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  } catch {
    return null;
  }
}
