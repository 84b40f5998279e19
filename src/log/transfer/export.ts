/** Writes the log into the files of a folder, and what came since into further ones. */

import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type EventLog, type PartitionRange, type StoredRecord, TransferRefused } from '../log.ts';
import { endsWhenAvailable, readRecords } from '../read.ts';
import { chainNext, chainStart, recordDigest } from '../record/hash-chain.ts';
import { lockFolder, putAside } from './folder.ts';
import {
  EXPORT_FILE,
  type ExportFile,
  type ExportHead,
  encodeLine,
  type Manifest,
  PARTIAL,
  readManifest,
  syncFolder,
  writeManifest,
} from './format.ts';
import { removeOtherKeys, writeKeys } from './keys.ts';

export interface ExportOptions {
  folder: string;
  /** Most records in one file. Default 100,000. */
  fileRecords?: number;
  /** Lines with the wrapped keys of sealed records; absent: they stay behind. */
  keys?: () => AsyncIterable<string>;
  /** Milliseconds since 1970. */
  now: () => number;
  progress?(done: number, total: number): void;
  /** Told when the log could not be read and is tried again. */
  waiting?(error: unknown): void;
}

export interface Exported {
  manifest: Manifest;
  /** What this export added to those before it. */
  added: number;
}

/**
 * Writes the log, up to where it ends now, into files of a folder; where the folder holds an export already, what came
 * since. Beside a running service. Rejects with `TransferRefused`, with `LogUnavailable` or `LogBroken`, or with what
 * the file system says; what the folder held before is untouched then.
 */
export async function exportLog(log: EventLog, options: ExportOptions): Promise<Exported> {
  const { folder } = options;
  // Contacts and ids, in clear in records of format 1: for the owner alone, also where the folder was there before.
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unlock = await lockFolder(folder);
  try {
    const before = await settleFolder(folder, log.partitions);
    return await write(log, before, options);
  } finally {
    await unlock();
  }
}

/** The export that is there, whole; unfinished files that an interrupted one left are removed. */
async function settleFolder(folder: string, partitions: number): Promise<Manifest | null> {
  const manifest = await readManifest(folder);
  const names = (await readdir(folder)).filter((name) => EXPORT_FILE.test(name) && name.endsWith(PARTIAL));
  for (const name of names) await rm(join(folder, name));
  if (manifest === null) return null;
  if (manifest.partitions !== partitions)
    throw new TransferRefused(
      `${folder} holds an export of a log with ${manifest.partitions} partitions, this one has ${partitions}: export into another folder.`,
    );
  for (const { name, bytes } of manifest.files) {
    const found = await stat(join(folder, name)).catch(() => null);
    if (found?.size !== bytes)
      throw new TransferRefused(
        `${join(folder, name)} ${found === null ? 'is missing' : `has ${found.size} bytes instead of ${bytes}`}: restore it from another copy, or export into another folder.`,
      );
  }
  return manifest;
}

async function write(log: EventLog, before: Manifest | null, options: ExportOptions): Promise<Exported> {
  const { folder, fileRecords = 100_000, now, progress, waiting } = options;
  const ends = await endsWhenAvailable(log, waiting);
  const parts = new Map<number, PartitionExport>();
  for (const range of ends) {
    const head = before?.heads[range.partition] ?? null;
    requireContinuation(folder, range, head);
    parts.set(range.partition, createPartitionExport(folder, range, head, fileRecords));
  }
  const ranges = new Map([...parts].map(([partition, { from, until }]) => [partition, { from, until }]));
  const total = [...ranges.values()].reduce((sum, { from, until }) => sum + until - from, 0);
  let done = 0;
  try {
    await readRecords(log, { group: 'janela-export', ranges, ...(waiting && { waiting }) }, async (batch) => {
      await parts.get(batch.partition)?.take(batch.records);
      done += batch.next - batch.first;
      progress?.(done, total);
    });
    const finished = [];
    for (const part of parts.values()) finished.push(await part.finish());
    const tidy = await putAside(folder, before);
    for (const file of finished.flatMap((part) => part.files)) await nameFile(folder, file);
    // After the records: the key of each was there before it.
    const keys = options.keys === undefined ? before?.keys : await writeKeys(folder, options.keys());
    // The manifest must not last longer than what it names.
    await syncFolder(folder);
    const files = [...(before?.files ?? []), ...finished.flatMap((part) => part.files)];
    const manifest = await writeManifest(folder, {
      partitions: log.partitions,
      exportedAt: new Date(now()).toISOString(),
      heads: finished.map(({ head }) => head),
      files: files.sort((a, b) => a.partition - b.partition || a.first - b.first),
      ...(keys === undefined ? {} : { keys }),
    });
    await tidy(manifest);
    await removeOtherKeys(folder, manifest);
    return { manifest, added: finished.reduce((sum, part) => sum + part.added, 0) };
  } catch (error) {
    for (const part of parts.values()) await part.abandon();
    throw error;
  }
}

function requireContinuation(folder: string, range: PartitionRange, head: ExportHead | null): void {
  const { partition, low, end } = range;
  if (head !== null && end < head.end)
    throw new TransferRefused(
      `Partition ${partition} of the log ends at ${end}, but ${folder} holds it up to ${head.end}: the log was cut short, or it is another one. Keep that export, and export into another folder.`,
    );
  if (low > (head?.last?.offset ?? 0))
    throw new TransferRefused(
      `Partition ${partition} of the log begins at offset ${low}: what came before is gone and is not in ${folder} either. An export that goes on with it would be no backup.`,
    );
}

/** One partition on its way into files. */
interface PartitionExport {
  /** What is read: from the last record exported before, which is only compared. */
  readonly from: number;
  readonly until: number;
  take(records: readonly StoredRecord[]): Promise<void>;
  finish(): Promise<{ head: ExportHead; files: ExportFile[]; added: number }>;
  /** Closes what is open; the file under way never counts. */
  abandon(): Promise<void>;
}

function createPartitionExport(
  folder: string,
  { partition, end }: PartitionRange,
  before: ExportHead | null,
  fileRecords: number,
): PartitionExport {
  const files: ExportFile[] = [];
  let chain = before === null ? chainStart(partition) : Buffer.from(before.chain, 'hex');
  let last: StoredRecord | null = null;
  let added = 0;
  let compared = before?.last === null || before === null;
  let writer: ExportWriter | null = null;

  /** The log goes on where the export ended only if it still has the record that was exported last. */
  function compare(record: StoredRecord): void {
    compared = true;
    const { offset, digest } = before?.last ?? {};
    if (record.offset === offset && recordDigest(record).toString('hex') === digest) return;
    throw new TransferRefused(
      `Record ${offset} of partition ${partition} is not the one that ${folder} holds: the log was deleted and recreated, or changed. Keep that export, and export into another folder.`,
    );
  }

  async function close(): Promise<void> {
    if (writer === null) return;
    files.push(await writer.finish(chain));
    writer = null;
  }

  return {
    from: before?.last?.offset ?? before?.end ?? 0,
    until: end,
    async take(records) {
      for (const record of records) {
        if (!compared) {
          compare(record);
          continue;
        }
        writer ??= await createExportFile(folder, partition, record.offset);
        await writer.add(record);
        chain = chainNext(chain, record);
        last = record;
        added++;
        if (writer.records >= fileRecords) await close();
      }
    },
    async finish() {
      await close();
      const head: ExportHead = {
        partition,
        end,
        records: (before?.records ?? 0) + added,
        chain: chain.toString('hex'),
        last:
          last === null
            ? (before?.last ?? null)
            : { offset: last.offset, digest: recordDigest(last).toString('hex') },
      };
      return { head, files, added };
    },
    async abandon() {
      await writer?.abandon();
      writer = null;
    },
  };
}

const compress = promisify(gzip);
/** Each so much text is a gzip member of its own: no stream is kept open per partition, and nothing is lost in size. */
const MEMBER_CHARACTERS = 256 * 1024;

/** One file of an export while it is written, under a name that does not count yet. */
interface ExportWriter {
  readonly records: number;
  add(record: StoredRecord): Promise<void>;
  /** Makes the content durable; `nameFile` gives it the name that counts. `chain`: head after its last record. */
  finish(chain: Buffer): Promise<ExportFile>;
  abandon(): Promise<void>;
}

async function createExportFile(folder: string, partition: number, first: number): Promise<ExportWriter> {
  const partial = join(folder, `${fileName(partition, first)}${PARTIAL}`);
  const handle: FileHandle = await open(partial, 'w', 0o600);
  const sum = createHash('sha256');
  let lines: string[] = [];
  let characters = 0;
  let records = 0;
  let bytes = 0;
  let last = first;

  async function flush(): Promise<void> {
    const text = lines.join('');
    lines = [];
    characters = 0;
    if (text === '') return;
    const member = await compress(text);
    sum.update(member);
    bytes += member.length;
    await handle.appendFile(member);
  }

  return {
    get records() {
      return records;
    },
    async add(record) {
      const line = encodeLine(record);
      lines.push(line);
      characters += line.length;
      records++;
      last = record.offset;
      if (characters >= MEMBER_CHARACTERS) await flush();
    },
    async finish(chain) {
      await flush();
      await handle.sync();
      await handle.close();
      const name = fileName(partition, first, last);
      await rename(partial, join(folder, `${name}${PARTIAL}`));
      const counts = { partition, first, last, records, bytes };
      return { name, ...counts, sha256: sum.digest('hex'), chain: chain.toString('hex') };
    },
    abandon: () => handle.close(),
  };
}

async function nameFile(folder: string, { name }: ExportFile): Promise<void> {
  await rename(join(folder, `${name}${PARTIAL}`), join(folder, name));
}

function fileName(partition: number, first: number, last?: number): string {
  const range = [first, ...(last === undefined ? [] : [last])].map((offset) => pad(offset, 12));
  return `partition-${pad(partition, 4)}-${range.join('-')}.ndjson.gz`;
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
