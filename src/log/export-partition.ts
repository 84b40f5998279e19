import { chainNext, chainStart, recordDigest } from './digest.ts';
import { createExportFile, type ExportWriter } from './export-file.ts';
import type { ExportFile, ExportHead } from './export-manifest.ts';
import type { PartitionRange, StoredRecord } from './log.ts';
import { TransferRefused } from './transfer-refused.ts';

/** One partition on its way into files. */
export interface PartitionExport {
  /** What is read: from the last record exported before, which is only compared. */
  readonly from: number;
  readonly until: number;
  take(records: readonly StoredRecord[]): Promise<void>;
  finish(): Promise<{ head: ExportHead; files: ExportFile[]; added: number }>;
  /** Closes what is open; the file under way never counts. */
  abandon(): Promise<void>;
}

export function createPartitionExport(
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
