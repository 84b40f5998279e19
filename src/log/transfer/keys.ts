/** The file of an export that holds the keys of its sealed records, wrapped; each export replaces it. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { TransferRefused } from '../log.ts';
import type { Manifest } from './format.ts';

const KEYS_FILE = /^keys-[0-9a-f]{16}\.ndjson\.gz$/;
const PARTIAL_KEYS = 'keys.ndjson.gz.partial';

type KeysFile = NonNullable<Manifest['keys']>;

/** Writes the lines into a file that is named by what is in it, so that a manifest always names a whole one. */
export async function writeKeys(folder: string, lines: AsyncIterable<string>): Promise<KeysFile> {
  const partial = join(folder, PARTIAL_KEYS);
  const sum = createHash('sha256');
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      sum.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  const handle = await open(partial, 'w', 0o600);
  try {
    await pipeline(Readable.from(lines), createGzip(), counted, handle.createWriteStream({ flush: true }));
  } finally {
    await handle.close().catch(() => undefined);
  }
  const sha256 = sum.digest('hex');
  const name = `keys-${sha256.slice(0, 16)}.ndjson.gz`;
  await rename(partial, join(folder, name));
  return { name, bytes, sha256 };
}

/** Those of earlier exports: they hold keys that were destroyed since. */
export async function removeOtherKeys(folder: string, { keys }: Manifest): Promise<void> {
  for (const name of await readdir(folder))
    if (KEYS_FILE.test(name) && name !== keys?.name) await rm(join(folder, name));
}

/** Lines of the file. Rejects with `TransferRefused` where it is missing or damaged. */
export async function readKeys(folder: string, { name, sha256 }: KeysFile): Promise<AsyncIterable<string>> {
  const path = join(folder, name);
  const sum = createHash('sha256');
  try {
    await pipeline(createReadStream(path), sum);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new TransferRefused(`${path} is missing: restore it from another copy of the export.`);
  }
  if (sum.digest('hex') !== sha256)
    throw new TransferRefused(`${path} is damaged: restore it from another copy of the export.`);
  return linesOf(path);
}

/** Opened by whoever begins to read: lines that come before that are lost. */
async function* linesOf(path: string): AsyncGenerator<string> {
  yield* createInterface({ input: createReadStream(path).pipe(createGunzip()), crlfDelay: Infinity });
}
