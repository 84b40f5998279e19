import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { EXPORT_FILE, type ExportFile, type Manifest, PARTIAL } from './export-manifest.ts';

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
