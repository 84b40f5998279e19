import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Why nothing can be run over a small disk here, or null. With CI=true root has no excuse: a check that is skipped
 * looks like one that passed.
 */
export function whyNoSmallDisk(): string | null {
  const [command = '', ...rest] = onSmallDisk('/tmp', 1);
  const { status } = spawnSync(command, [...rest, 'true']);
  if (status === 0) return null;
  const reason = 'no small disk: it needs Linux with unshare and mount, as root or with user namespaces';
  if (process.env.CI === 'true' && process.getuid?.() === 0) throw new Error(reason);
  process.stderr.write(`\x1b[1mSkipped: ${reason}\x1b[0m\n`);
  return reason;
}

/**
 * The command that runs another one over a disk of so many megabytes mounted at `folder`. Only that process and its
 * children see the disk, and it goes with the last of them. Whoever is not root mounts as the root of a user namespace,
 * and is himself again in a second one.
 */
export function onSmallDisk(folder: string, megabytes: number): string[] {
  const mount = `mount -t tmpfs -o size=${megabytes}m,mode=0755 tmpfs "$0"`;
  const [uid = 0, gid = 0] = [process.getuid?.(), process.getgid?.()];
  if (uid === 0) return ['unshare', '--mount', 'sh', '-c', `${mount} && exec "$@"`, folder];
  const back = `unshare --user --map-user=${uid} --map-group=${gid}`;
  return [
    'unshare',
    '--user',
    '--map-root-user',
    '--mount',
    'sh',
    '-c',
    `${mount} && exec ${back} "$@"`,
    folder,
  ];
}

/** A folder as the process sees it. */
export function seenBy(pid: number, folder: string): string {
  return join(`/proc/${pid}/root`, folder);
}

const BALLAST = 'ballast';
const CHUNK = Buffer.alloc(64 * 1024);

/** Leaves no room at all on the disk of this folder. */
export function fillDisk(folder: string): void {
  const file = openSync(join(folder, BALLAST), 'w');
  try {
    for (;;) writeSync(file, CHUNK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
}

export function freeDisk(folder: string): void {
  rmSync(join(folder, BALLAST));
}
