import { hash } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { canonicalJson } from '../domain/canonical-json.ts';
import { TransferRefused } from './transfer-refused.ts';

const MANIFEST = 'manifest.json';
const FORMAT = 'janela-log-export-1';
/** Files that are being written end in this; they count for nothing. */
export const PARTIAL = '.partial';
/** The names that exports give their files, finished or not. */
export const EXPORT_FILE = /^partition-\d{4,}-\d{12,}(-\d{12,})?\.ndjson\.gz(\.partial)?$/;

const offset = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const file = z.strictObject({
  name: z.string(),
  partition: offset,
  /** Offsets of the first and the last record. */
  first: offset,
  last: offset,
  records: offset,
  /** Of the file as it stands in the folder, and their SHA-256. */
  bytes: offset,
  sha256,
  /** Head of the partition's hash chain after the last record. */
  chain: sha256,
});

const head = z.strictObject({
  partition: offset,
  /** Where the partition ended when it was exported. Fewer records than that: offsets that hold none. */
  end: offset,
  records: offset,
  chain: sha256,
  /** The last record, by its digest: what the next export goes on from. */
  last: z.strictObject({ offset, digest: sha256 }).nullable(),
});

const manifest = z.strictObject({
  format: z.literal(FORMAT),
  partitions: z.int().min(1),
  exportedAt: z.iso.datetime(),
  /** One per partition, ascending. */
  heads: z.array(head),
  /** By partition and offset. */
  files: z.array(file),
});

/** What an export holds; written last, so that a folder without it holds none. */
export type Manifest = z.infer<typeof manifest>;
export type ExportFile = z.infer<typeof file>;
export type ExportHead = z.infer<typeof head>;

/** Null where the folder has none. Rejects with `TransferRefused` where it is not what was written. */
export async function readManifest(folder: string): Promise<Manifest | null> {
  let text: string;
  try {
    text = await readFile(join(folder, MANIFEST), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const { digest, ...rest } = parse(text);
  const found = manifest.safeParse(rest);
  if (!found.success || digest !== digestOf(found.data)) {
    if (typeof rest.format === 'string' && rest.format !== FORMAT)
      throw new TransferRefused(
        `${join(folder, MANIFEST)} has the format ${rest.format}, not ${FORMAT}: use the version of janela that wrote it, or a later one.`,
      );
    throw new TransferRefused(
      `${join(folder, MANIFEST)} is damaged: restore it from another copy, or export into another folder.`,
    );
  }
  return found.data;
}

function parse(text: string): Record<string, unknown> {
  try {
    return { ...(JSON.parse(text) as object) };
  } catch {
    return {};
  }
}

/** Replaces the manifest in one step. */
export async function writeManifest(folder: string, written: Omit<Manifest, 'format'>): Promise<Manifest> {
  const whole: Manifest = { format: FORMAT, ...written };
  const partial = join(folder, `${MANIFEST}${PARTIAL}`);
  const handle = await open(partial, 'w');
  try {
    await handle.writeFile(`${JSON.stringify({ ...whole, digest: digestOf(whole) }, null, 1)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(partial, join(folder, MANIFEST));
  await syncFolder(folder);
  return whole;
}

/** Makes renames in the folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

function digestOf(whole: Manifest): string {
  return hash('sha256', canonicalJson(whole), 'hex');
}
