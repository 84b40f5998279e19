/** The folder of an export: one writer at a time, and nothing lost when that is interrupted. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdtemp, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { TransferRefused } from '../log.ts';
import { EXPORT_FILE, type ExportFile, type Manifest, PARTIAL } from './format.ts';

const LOCK = 'export.lock';

/**
 * Keeps a second export out of the folder while one works there: two would write the same files. What a killed
 * process left is taken over. Resolves with how to give it back.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, LOCK);
  const own = `${path}.${process.pid}`;
  await writeFile(own, `${process.pid}\n`);
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (await take(own, path)) return () => removeStale(path, process.pid);
      const holder = await holderOf(path);
      // After a restart in a container the same number is this process itself.
      if (holder !== process.pid && isAlive(holder))
        throw new TransferRefused(
          `Another export (process ${holder}) is writing into ${folder}: let it finish. If there is none, remove ${path}.`,
        );
      await removeStale(path, holder);
    }
    throw new TransferRefused(`${path} cannot be taken: another export has begun at the same time.`);
  } finally {
    await rm(own, { force: true });
  }
}

/**
 * Removes the lock of a holder that is done or gone, and of nobody else: between a look and the removal another process
 * may have done the same and taken the lock. So it is moved away first, and put back where it is not the one.
 */
export async function removeStale(path: string, holder: number): Promise<void> {
  const aside = `${path}.${process.pid}.stale`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if ((await holderOf(aside)) !== holder) await take(aside, path);
  await rm(aside, { force: true });
}

/** 0: nobody, or what is no process. */
async function holderOf(path: string): Promise<number> {
  return Number(await readFile(path, 'utf8').catch(() => '0')) || 0;
}

/** A link, because it brings its content with it: nobody sees a lock without its holder. */
async function take(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const ASIDE = 'unnamed-';

/**
 * Moves files of an export that no manifest names out of the way of new ones, into a folder of their own: an export was
 * killed before it wrote its manifest, or the manifest is lost, and they may be of another log. Resolves with what
 * removes those that the new manifest names with the same content; what differs is left to a person.
 */
export async function putAside(
  folder: string,
  before: Manifest | null,
): Promise<(after: Manifest) => Promise<void>> {
  const named = new Set(before?.files.map(({ name }) => name));
  const strays = (await readdir(folder)).filter(
    (name) => EXPORT_FILE.test(name) && !name.endsWith(PARTIAL) && !named.has(name),
  );
  if (strays.length === 0) return async () => undefined;
  const aside = await mkdtemp(join(folder, ASIDE));
  for (const name of strays) await rename(join(folder, name), join(aside, name));
  return async ({ files }) => {
    let left = strays.length;
    for (const file of files) {
      if (!strays.includes(file.name) || !(await isSame(join(aside, file.name), file))) continue;
      await rm(join(aside, file.name));
      left--;
    }
    if (left === 0) await rmdir(aside);
  };
}

async function isSame(path: string, { bytes, sha256 }: ExportFile): Promise<boolean> {
  if ((await stat(path)).size !== bytes) return false;
  const sum = createHash('sha256');
  await pipeline(createReadStream(path), sum);
  return sum.digest('hex') === sha256;
}
