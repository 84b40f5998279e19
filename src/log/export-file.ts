import { createHash } from 'node:crypto';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { encodeLine } from './export-line.ts';
import { type ExportFile, PARTIAL } from './export-manifest.ts';
import type { StoredRecord } from './log.ts';

const compress = promisify(gzip);
/** Each so much text is a gzip member of its own: no stream is kept open per partition, and nothing is lost in size. */
const MEMBER_CHARACTERS = 256 * 1024;

/** One file of an export while it is written, under a name that does not count yet. */
export interface ExportWriter {
  readonly records: number;
  add(record: StoredRecord): Promise<void>;
  /** Makes the content durable; `nameFile` gives it the name that counts. `chain`: head after its last record. */
  finish(chain: Buffer): Promise<ExportFile>;
  abandon(): Promise<void>;
}

export async function createExportFile(
  folder: string,
  partition: number,
  first: number,
): Promise<ExportWriter> {
  const partial = join(folder, `${fileName(partition, first)}${PARTIAL}`);
  const handle: FileHandle = await open(partial, 'w');
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

export async function nameFile(folder: string, { name }: ExportFile): Promise<void> {
  await rename(join(folder, `${name}${PARTIAL}`), join(folder, name));
}

function fileName(partition: number, first: number, last?: number): string {
  const range = [first, ...(last === undefined ? [] : [last])].map((offset) => pad(offset, 12));
  return `partition-${pad(partition, 4)}-${range.join('-')}.ndjson.gz`;
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
