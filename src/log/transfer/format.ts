/** What an export looks like: its manifest, the names of its files, their lines. */

import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { type StoredRecord, TransferRefused } from '../log.ts';

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
  /** The keys of what its records keep sealed; absent: there was no database to take them from, or nothing was sealed. */
  keys: z.strictObject({ name: z.string(), bytes: offset, sha256 }).optional(),
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
  const handle = await open(partial, 'w', 0o600);
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

/**
 * One record as one line of JSON: `{"offset":7,"key":"...","value":{...}}`, the value as the log has it, byte for byte.
 * What would not survive that (no UTF-8, no JSON, a line break) stands in base64 as `key64` or `value64`.
 */
export function encodeLine({ offset, key, value }: StoredRecord): string {
  return `{"offset":${offset},${encodeKey(key)},${encodeValue(value)}}\n`;
}

function encodeKey(key: Buffer): string {
  return isUtf8(key) ? `"key":${JSON.stringify(key.toString())}` : `"key64":"${key.toString('base64')}"`;
}

function encodeValue(value: Buffer): string {
  return isOneLineOfJson(value) ? `"value":${value.toString()}` : `"value64":"${value.toString('base64')}"`;
}

function isOneLineOfJson(value: Buffer): boolean {
  if (value.includes('\n') || value.includes('\r') || !isUtf8(value)) return false;
  try {
    JSON.parse(value.toString());
    return true;
  } catch {
    return false;
  }
}

/** Inside the key every quote has a backslash before it, so the first of these is where the value begins. */
const PLAIN = ',"value":';
const CODED = ',"value64":"';

/** The record of a line without its line break. Throws a `SyntaxError` for what `encodeLine` would not write. */
export function decodeLine(line: Buffer): StoredRecord {
  const plain = line.indexOf(PLAIN);
  const at = plain >= 0 ? plain : line.indexOf(CODED);
  if (at < 0 || line.at(-1) !== CLOSING_BRACE) throw new SyntaxError('not a line of an export');
  const { offset, key, key64 } = JSON.parse(`${line.toString('utf8', 0, at)}}`) as Record<string, unknown>;
  if (!Number.isSafeInteger(offset)) throw new SyntaxError('a line without an offset');
  return {
    offset: offset as number,
    key: typeof key === 'string' ? Buffer.from(key) : Buffer.from(String(key64), 'base64'),
    value:
      plain >= 0
        ? Buffer.from(line.subarray(plain + PLAIN.length, -1))
        : Buffer.from(line.toString('latin1', at + CODED.length, line.length - 2), 'base64'),
  };
}

const CLOSING_BRACE = 0x7d;
