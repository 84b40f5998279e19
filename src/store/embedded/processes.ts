import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the pid file of a server says. */
export interface PidFile {
  pid: number;
  port: number;
  /** How far it is, as of its last start; a server that recovers from a crash of its own stays `ready`. */
  status: 'starting' | 'stopping' | 'ready' | 'standby' | '';
}

/** Null where there is none: a server that starts or ends may take it away between a look and a read. */
export function readPidFile(folder: string): PidFile | null {
  try {
    const lines = readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n');
    const status = (lines[7] ?? '').trim() as PidFile['status'];
    return { pid: Number(lines[0]), port: Number(lines[3]), status };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Whether the process is a PostgreSQL on this data directory. Unknown counts as yes: two servers would destroy it. */
export function isServerOf(pid: number, folder: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const commandLine = `/proc/${pid}/cmdline`;
  return !existsSync(commandLine) || contentOf(commandLine).includes(folder);
}

/** A process that another one started; one that has ended and was not collected yet has no title. */
export interface Child {
  pid: number;
  title: string;
}

/** Those of a process; null where the system does not list them, as only Linux does. */
export function childrenOf(parent: number): Child[] | null {
  if (!existsSync('/proc/self/stat')) return null;
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || parentOf(name) !== parent) return [];
    return [{ pid: Number(name), title: contentOf(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim() }];
  });
}

/** NaN for a process that has ended meanwhile. */
function parentOf(pid: string): number {
  return Number(/^\d+ \(.*\) \S (\d+)/s.exec(contentOf(`/proc/${pid}/stat`))?.[1]);
}

/** Empty for a process that has ended meanwhile. */
function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}
