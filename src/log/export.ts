import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { nameFile } from './export-file.ts';
import { lockFolder } from './export-lock.ts';
import {
  EXPORT_FILE,
  type ExportHead,
  type Manifest,
  PARTIAL,
  readManifest,
  syncFolder,
  writeManifest,
} from './export-manifest.ts';
import { createPartitionExport, type PartitionExport } from './export-partition.ts';
import { putAside } from './export-strays.ts';
import type { EventLog, PartitionRange } from './log.ts';
import { patientEnds } from './patiently.ts';
import { readRecords } from './read-records.ts';
import { TransferRefused } from './transfer-refused.ts';

export interface ExportOptions {
  folder: string;
  /** Most records in one file. Default 100,000. */
  fileRecords?: number;
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
  await mkdir(folder, { recursive: true });
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
  const ends = await patientEnds(log, waiting);
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
    await readRecords(
      log,
      { group: `janela-export-${randomUUID()}`, ranges, ...(waiting && { waiting }) },
      async (batch) => {
        await parts.get(batch.partition)?.take(batch.records);
        done += batch.next - batch.first;
        progress?.(done, total);
      },
    );
    const finished = [];
    for (const part of parts.values()) finished.push(await part.finish());
    const tidy = await putAside(folder, before);
    for (const file of finished.flatMap((part) => part.files)) await nameFile(folder, file);
    // The manifest must not last longer than what it names.
    await syncFolder(folder);
    const files = [...(before?.files ?? []), ...finished.flatMap((part) => part.files)];
    const manifest = await writeManifest(folder, {
      partitions: log.partitions,
      exportedAt: new Date(now()).toISOString(),
      heads: finished.map(({ head }) => head),
      files: files.sort((a, b) => a.partition - b.partition || a.first - b.first),
    });
    await tidy(manifest);
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
