/** Reads the files of an export, and checks them against its manifest. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type StoredRecord, TransferRefused } from '../log.ts';
import { chainNext, chainStart } from '../record/hash-chain.ts';
import { decodeLine, type ExportFile, type Manifest } from './format.ts';

/** Rejects with `TransferRefused`, naming the file, where one is missing or not what the manifest says. */
export async function checkFiles(
  folder: string,
  { files }: Manifest,
  progress: (bytes: number, total: number) => void = () => undefined,
): Promise<void> {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  for (const file of files) {
    const sum = createHash('sha256');
    try {
      for await (const chunk of createReadStream(join(folder, file.name)) as AsyncIterable<Buffer>) {
        sum.update(chunk);
        done += chunk.length;
        progress(done, total);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw damaged(folder, file, 'is missing');
      throw error;
    }
    if (sum.digest('hex') !== file.sha256) throw damaged(folder, file, 'is damaged');
  }
}

function damaged(folder: string, { name }: ExportFile, is: string): TransferRefused {
  return new TransferRefused(`${join(folder, name)} ${is}: restore it from another copy of the export.`);
}

/**
 * The records of a partition from an offset on, in portions. Throws `TransferRefused` at the end of a file whose records
 * do not give the head of the hash chain that the manifest says.
 */
export async function* readPartition(
  folder: string,
  { files }: Manifest,
  partition: number,
  from: number,
): AsyncGenerator<StoredRecord[]> {
  const own = files.filter((file) => file.partition === partition);
  let chain = chainBefore(own, partition, from);
  for (const file of own.filter(({ last }) => last >= from)) {
    for await (const records of portionsOf(folder, file)) {
      for (const record of records) chain = chainNext(chain, record);
      yield from <= file.first ? records : records.filter(({ offset }) => offset >= from);
    }
    if (chain.toString('hex') !== file.chain)
      throw damaged(folder, file, 'does not hold the records that the manifest says');
  }
}

/** The head of a partition's hash chain before an offset; reads the one file that holds it. */
export async function chainAt(
  folder: string,
  { files }: Manifest,
  partition: number,
  offset: number,
): Promise<Buffer> {
  const own = files.filter((file) => file.partition === partition);
  let chain = chainBefore(own, partition, offset);
  const within = own.find(({ first, last }) => first < offset && offset <= last);
  if (within === undefined) return chain;
  for await (const records of portionsOf(folder, within)) {
    for (const record of records) {
      if (record.offset >= offset) return chain;
      chain = chainNext(chain, record);
    }
  }
  return chain;
}

/** Head of the chain where the first file begins that has something from the offset on. */
function chainBefore(own: readonly ExportFile[], partition: number, offset: number): Buffer {
  const before = own.findLast(({ last }) => last < offset);
  return before === undefined ? chainStart(partition) : Buffer.from(before.chain, 'hex');
}

async function* portionsOf(folder: string, file: ExportFile): AsyncGenerator<StoredRecord[]> {
  const unzip = createGunzip({ chunkSize: PORTION_BYTES });
  // Whoever reads `unzip` sees the failure.
  pipeline(createReadStream(join(folder, file.name)), unzip).catch(() => undefined);
  let rest = Buffer.alloc(0);
  for await (const chunk of unzip as AsyncIterable<Buffer>) {
    const text = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const records: StoredRecord[] = [];
    let from = 0;
    for (let end = text.indexOf(NEWLINE); end >= 0; end = text.indexOf(NEWLINE, from)) {
      records.push(decodeLine(text.subarray(from, end)));
      from = end + 1;
    }
    rest = Buffer.from(text.subarray(from));
    yield records;
  }
  if (rest.length > 0) throw damaged(folder, file, 'ends within a line');
}

const PORTION_BYTES = 256 * 1024;
const NEWLINE = 0x0a;
