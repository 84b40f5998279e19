import { join } from 'node:path';
import { type Manifest, readManifest } from './export-manifest.ts';
import { checkFiles, readPartition } from './export-read.ts';
import { type ChainNote, requireBeginning, requireNoGaps, requireNoted } from './import-check.ts';
import { type ImportTarget, writeRecords } from './import-writer.ts';
import type { StoredRecord } from './log.ts';
import { patientEnds } from './patiently.ts';
import { TransferRefused } from './transfer-refused.ts';

export type ImportStage = 'files' | 'compare' | 'write';

export interface ImportOptions {
  folder: string;
  /** What the database that goes with the log was projected and invoiced from. */
  notes: readonly ChainNote[];
  /** Bytes of files, records of the log, records of the export. */
  progress?(stage: ImportStage, done: number, total: number): void;
  /** Told when the log did not answer and will be tried again. */
  waiting?(error: unknown): void;
}

export interface Imported {
  manifest: Manifest;
  /** What was there already, from an import that was interrupted. */
  found: number;
  written: number;
}

const BATCH_RECORDS = 1_000;
const BATCH_BYTES = 512 * 1024;

/** The export in a folder, as far as it can be said without a log. Rejects with `TransferRefused`. */
export async function requireExport(folder: string, partitions: number): Promise<Manifest> {
  const manifest = await readManifest(folder);
  if (manifest === null)
    throw new TransferRefused(
      `${join(folder, 'manifest.json')} is missing: the folder holds no whole export.`,
    );
  if (manifest.partitions !== partitions)
    throw new TransferRefused(
      `The export has ${manifest.partitions} partitions, but LOG_PARTITIONS is ${partitions}: set LOG_PARTITIONS=${manifest.partitions}, the number is fixed for the life of the log.`,
    );
  requireNoGaps(manifest);
  return manifest;
}

/**
 * Fills an empty log from an export, every record at its position, or goes on with an import that was interrupted.
 * Nothing is written before the files, the database and the log were found to fit. Rejects with `TransferRefused`, or
 * with `LogUnavailable` when the log stays away: the next import goes on where this one ended.
 */
export async function importLog(target: ImportTarget, options: ImportOptions): Promise<Imported> {
  const { folder, notes, progress = () => undefined, waiting = () => undefined } = options;
  const manifest = await requireExport(folder, target.log.partitions);
  await checkFiles(folder, manifest, (done, total) => progress('files', done, total));
  await requireNoted(folder, manifest, notes);
  const ends = await requireBeginning(target.log, folder, manifest, (done, total) =>
    progress('compare', done, total),
  );
  const found = ends.reduce((sum, end) => sum + end, 0);
  const total = manifest.heads.reduce((sum, { end }) => sum + end, 0);
  let written = 0;
  for (const { partition } of manifest.heads) {
    for await (const batch of batchesOf(readPartition(folder, manifest, partition, ends[partition] ?? 0))) {
      await writeRecords(target, partition, batch, waiting);
      written += batch.length;
      progress('write', found + written, total);
    }
  }
  await requireEnds(target, manifest);
  return { manifest, found, written };
}

/** Small enough for one batch of Kafka, unless a single record is larger. */
async function* batchesOf(portions: AsyncIterable<StoredRecord[]>): AsyncGenerator<StoredRecord[]> {
  let batch: StoredRecord[] = [];
  let bytes = 0;
  for await (const records of portions) {
    for (const record of records) {
      const size = record.key.length + record.value.length;
      if (batch.length > 0 && (batch.length === BATCH_RECORDS || bytes + size > BATCH_BYTES)) {
        yield batch;
        batch = [];
        bytes = 0;
      }
      batch.push(record);
      bytes += size;
    }
  }
  if (batch.length > 0) yield batch;
}

async function requireEnds({ log }: ImportTarget, { heads }: Manifest): Promise<void> {
  for (const { partition, end } of await patientEnds(log)) {
    if (end === heads[partition]?.end) continue;
    throw new TransferRefused(
      `Partition ${partition} of the log ends at ${end} after the import, not at ${heads[partition]?.end}: somebody else has written into it meanwhile. Stop whoever did, delete the log (the topic or the database) and import again.`,
    );
  }
}
