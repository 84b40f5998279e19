import { randomUUID } from 'node:crypto';
import { chainNext, chainStart } from './digest.ts';
import type { ExportHead, Manifest } from './export-manifest.ts';
import { chainAt } from './export-read.ts';
import type { EventLog } from './log.ts';
import { patientEnds } from './patiently.ts';
import { readRecords } from './read-records.ts';
import { TransferRefused } from './transfer-refused.ts';

/** What somebody has noted about a log: the head of a partition's hash chain before an offset. */
export interface ChainNote {
  partition: number;
  next: number;
  chain: Buffer;
  /** Number of the invoice that stands on it; left out: the projection does. */
  invoice?: string;
}

/** Refuses an export whose records another log would give other offsets. */
export function requireNoGaps({ heads }: Manifest): void {
  for (const { partition, records, end } of heads) {
    if (records === end) continue;
    throw new TransferRefused(
      `The export has only ${records} records of partition ${partition} up to offset ${end}: in Kafka some offsets hold none (marks of transactions that somebody else wrote). No other log would give the records behind them the same offsets, so it cannot be imported.`,
    );
  }
}

/** Refuses an export that a database was not projected or invoiced from, or that ends before what was. */
export async function requireNoted(
  folder: string,
  manifest: Manifest,
  notes: readonly ChainNote[],
): Promise<void> {
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
export async function requireBeginning(
  log: EventLog,
  folder: string,
  manifest: Manifest,
  progress: (done: number, total: number) => void,
): Promise<number[]> {
  const ends = await patientEnds(log);
  for (const { partition, low, end } of ends) refuseOther(partition, low, end, manifest.heads[partition]);
  const chains = new Map(ends.map(({ partition }) => [partition, chainStart(partition)]));
  const total = ends.reduce((sum, { end }) => sum + end, 0);
  let done = 0;
  const ranges = new Map(ends.map(({ partition, end }) => [partition, { from: 0, until: end }]));
  await readRecords(log, { group: `janela-import-${randomUUID()}`, ranges }, ({ partition, records }) => {
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
