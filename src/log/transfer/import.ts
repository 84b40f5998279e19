/** Fills an empty log from an export, every record at its position. */

import { join } from 'node:path';
import { type EventLog, type StoredRecord, TransferRefused } from '../log.ts';
import { endsWhenAvailable, readRecords } from '../read.ts';
import { chainNext, chainStart } from '../record/hash-chain.ts';
import { type ExportHead, type Manifest, readManifest } from './format.ts';
import { chainAt, checkFiles, readPartition } from './read-export.ts';
import { type ImportTarget, writeRecords } from './write.ts';

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
  for (const { partition, end } of await endsWhenAvailable(log)) {
    if (end === heads[partition]?.end) continue;
    throw new TransferRefused(
      `Partition ${partition} of the log ends at ${end} after the import, not at ${heads[partition]?.end}: somebody else has written into it meanwhile. Stop whoever did, delete the log (the topic or the database) and import again.`,
    );
  }
}

/** What somebody has noted about a log: the head of a partition's hash chain before an offset. */
export interface ChainNote {
  partition: number;
  next: number;
  chain: Buffer;
  /** Number of the invoice that stands on it; left out: the projection does. */
  invoice?: string;
}

/** Refuses an export whose records another log would give other offsets. */
function requireNoGaps({ heads }: Manifest): void {
  for (const { partition, records, end } of heads) {
    if (records === end) continue;
    throw new TransferRefused(
      `The export has only ${records} records of partition ${partition} up to offset ${end}: in Kafka some offsets hold none (marks of transactions that somebody else wrote). No other log would give the records behind them the same offsets, so it cannot be imported.`,
    );
  }
}

/** Refuses an export that a database was not projected or invoiced from, or that ends before what was. */
async function requireNoted(folder: string, manifest: Manifest, notes: readonly ChainNote[]): Promise<void> {
  for (const { partition, next, chain, invoice } of notes) {
    const end = manifest.heads[partition]?.end ?? 0;
    if (next > end)
      throw new TransferRefused(
        `${invoice === undefined ? 'This database has counted' : `Invoice ${invoice} stands on`} partition ${partition} up to ${next}, but the export ends at ${end}: it is older than the database, or of another log. Stop the service and export again, or import into an empty database.`,
      );
    if (!chain.equals(await chainAt(folder, manifest, partition, next)))
      throw new TransferRefused(
        `${invoice === undefined ? 'This database was projected from' : `Invoice ${invoice} stands on`} another log than the export's: up to offset ${next} of partition ${partition} their hash chains differ. Import into an empty database.`,
      );
  }
}

/**
 * Where each partition of the log ends, after what is there was found to be the beginning of the export. Refuses
 * anything else. Ends are in the order of the partitions.
 */
async function requireBeginning(
  log: EventLog,
  folder: string,
  manifest: Manifest,
  progress: (done: number, total: number) => void,
): Promise<number[]> {
  const ends = await endsWhenAvailable(log);
  for (const { partition, low, end } of ends) refuseOther(partition, low, end, manifest.heads[partition]);
  const chains = new Map(ends.map(({ partition }) => [partition, chainStart(partition)]));
  const total = ends.reduce((sum, { end }) => sum + end, 0);
  let done = 0;
  const ranges = new Map(ends.map(({ partition, end }) => [partition, { from: 0, until: end }]));
  await readRecords(log, { group: 'janela-import', ranges }, ({ partition, records }) => {
    let chain = chains.get(partition) ?? chainStart(partition);
    for (const record of records) chain = chainNext(chain, record);
    chains.set(partition, chain);
    done += records.length;
    progress(done, total);
  });
  for (const { partition, end } of ends) {
    if (chains.get(partition)?.equals(await chainAt(folder, manifest, partition, end))) continue;
    throw otherLog(`holds other records in partition ${partition} than the export`);
  }
  return ends.map(({ end }) => end);
}

function refuseOther(partition: number, low: number, end: number, head: ExportHead | undefined): void {
  if (low > 0) throw otherLog(`begins at offset ${low} in partition ${partition}`);
  if (end > (head?.end ?? 0))
    throw otherLog(`has ${end} records in partition ${partition}, the export has ${head?.end ?? 0}`);
}

function otherLog(what: string): TransferRefused {
  return new TransferRefused(
    `The log ${what}. An import goes into an empty log, or into one that holds the beginning of this very export: use another topic or database, or remove what is there if it is not needed.`,
  );
}
