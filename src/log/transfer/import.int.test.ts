import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { byHand } from '../../../test/support/by-hand.ts';
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts';
import { numbered, recordsOf } from '../../../test/support/log-contract-consumer.ts';
import { temporaryFolder } from '../../../test/support/servers/temporary-folder.ts';
import { type EventLog, LogUnavailable, type StoredRecord } from '../log.ts';
import { openPostgresLog } from '../postgres/postgres-log.ts';
import { readRecords } from '../read.ts';
import { chainNext, chainStart } from '../record/hash-chain.ts';
import { exportLog } from './export.ts';
import { type ChainNote, type Imported, importLog } from './import.ts';
import type { SoleWriter } from './write.ts';
import { createPostgresWriter } from './write-postgres.ts';

const PARTITIONS = 3;
const logger = pino({ level: 'silent' });
const SOME = [...recordsOf(0, ...numbered('a', 1_500)), ...recordsOf(2, ...numbered('c', 900))];
/** An export of `SOME`, of which every test has its own copy. */
const made = temporaryFolder('export');
let source: OpenedLog;
/** Heads of its chains. */
let heads: string[];
let folder: string;
let target: EventLog;
let targetDatabase: TestDatabase;
let others: OpenedLog[];

beforeAll(async () => {
  source = await openLog();
  await source.log.append(SOME);
  await exportLog(source.log, { folder: made, fileRecords: 700, now: Date.now });
  heads = await headsOf(source.log);
});

afterAll(async () => {
  await source.close();
  rmSync(made, { recursive: true, force: true });
});

beforeEach(async () => {
  folder = temporaryFolder('import');
  cpSync(made, folder, { recursive: true });
  others = [await openLog()];
  [{ log: target, database: targetDatabase }] = others as [OpenedLog];
});

afterEach(async () => {
  for (const { close } of others) await close();
  rmSync(folder, { recursive: true, force: true });
});

interface OpenedLog {
  log: EventLog;
  database: TestDatabase;
  close(): Promise<void>;
}

async function openLog(partitions = PARTITIONS): Promise<OpenedLog> {
  const database = await testDatabase();
  const log = await openPostgresLog({ pool: database.database.pool, partitions, logger });
  return { log, database, close: () => log.close().then(() => database.drop()) };
}

async function run({
  notes = [],
  via = (writer) => writer,
}: Partial<{ notes: ChainNote[]; via: (writer: SoleWriter) => SoleWriter }> = {}): Promise<Imported> {
  const writer = await createPostgresWriter(targetDatabase.database.pool, PARTITIONS);
  try {
    return await importLog({ log: target, writer: via(writer), stillMs: 20 }, { folder, notes });
  } finally {
    await writer.close();
  }
}

async function contentOf(log: EventLog): Promise<StoredRecord[][]> {
  const content: StoredRecord[][] = Array.from({ length: PARTITIONS }, () => []);
  const ranges = new Map(
    (await log.ends()).map(({ partition, end }) => [partition, { from: 0, until: end }]),
  );
  await readRecords(log, { group: 'test', ranges }, ({ partition, records }) => {
    for (const record of records) content[partition]?.push(record);
  });
  return content;
}

/** Says the same of two logs only if all their records are, byte for byte. */
async function headsOf(log: EventLog): Promise<string[]> {
  return (await contentOf(log)).map(headOf);
}

function headOf(records: readonly StoredRecord[] = [], partition = 0): string {
  return records.reduce(chainNext, chainStart(partition)).toString('hex');
}

test('an imported log has the same records at the same positions, and the same chain', async () => {
  const { manifest, written } = await run();
  expect(written).toBe(2_400);
  const content = await contentOf(target);
  expect(content.map((records) => records.length)).toEqual([1_500, 0, 900]);
  expect(content.map(headOf)).toEqual(heads);
  expect(manifest.heads.map(({ chain }) => chain)).toEqual(content.map(headOf));
});

test('poison records survive byte for byte', async () => {
  const poison = ['', '\n', '{"a":\n1}', '{', '\ufeff{}', ' {"v":1} '].map((text) => Buffer.from(text));
  poison.push(Buffer.from([0xff, 0x00, 0x0a]), Buffer.alloc(300_000, '"'), Buffer.from('{"v":1}'));
  const poisoned = await openLog();
  others.push(poisoned);
  await poisoned.log.append(poison.flatMap((key) => poison.map((value) => ({ partition: 1, key, value }))));
  rmSync(folder, { recursive: true });
  await exportLog(poisoned.log, { folder, now: Date.now });
  await run();
  expect(await headsOf(target)).toEqual(await headsOf(poisoned.log));
});

test('an import that was interrupted goes on where the log ends', async () => {
  const stops = { after: 1 };
  const stopping = (writer: SoleWriter): SoleWriter => ({
    ...writer,
    append: async (...batch) => {
      if (stops.after-- === 0) throw new Error('the power is gone');
      return await writer.append(...batch);
    },
  });
  await expect(run({ via: stopping })).rejects.toThrow('the power is gone');
  expect(await run()).toMatchObject({ found: 1_000, written: 1_400 });
  expect(await headsOf(target)).toEqual(heads);
  expect(await run()).toMatchObject({ found: 2_400, written: 0 });
});

test('after an uncertain send it looks what was kept, and repeats only what was not', async () => {
  let calls = 0;
  const unsure = (writer: SoleWriter): SoleWriter => ({
    ...writer,
    async append(partition, records) {
      calls++;
      if (calls === 1) throw new LogUnavailable('lost before it was written');
      const half = records.slice(0, calls === 2 ? 300 : records.length);
      const offset = await writer.append(partition, half);
      if (calls <= 3) throw new LogUnavailable('lost after it was written');
      return offset;
    },
  });
  await run({ via: unsure });
  expect(await headsOf(target)).toEqual(heads);
}, 60_000);

test('a log that somebody else writes into is given up, with a sentence', async () => {
  const disturbed = (writer: SoleWriter): SoleWriter => ({
    ...writer,
    async append(partition) {
      await writer.append(partition, [{ offset: 0, key: Buffer.from('x'), value: Buffer.from('foreign') }]);
      throw new LogUnavailable('and lost');
    },
  });
  await expect(run({ via: disturbed })).rejects.toThrow(
    /^Record 0 of partition 0 is another one in the log: somebody else writes into the log/,
  );
  await byHand(targetDatabase.owner.pool, 'truncate log.records, log.partitions, log.meta');
  await openPostgresLog({ ...targetDatabase.database, partitions: PARTITIONS, logger });
  const shifted = (writer: SoleWriter): SoleWriter => ({
    ...writer,
    append: async (...batch) => 7 + (await writer.append(...batch)),
  });
  await expect(run({ via: shifted })).rejects.toThrow(
    /^Record 0 of partition 0 got the offset 7: somebody else/,
  );
});

test('while it runs nobody else can write into the log', async () => {
  const writer = await createPostgresWriter(targetDatabase.database.pool, PARTITIONS);
  const other = createPostgresWriter(targetDatabase.database.pool, PARTITIONS);
  const refused = expect(other).rejects.toThrow(
    /^Somebody is writing into the log in PostgreSQL: stop every/,
  );
  const foreign = target.append(recordsOf(2, 'foreign'));
  await importLog({ log: target, writer }, { folder, notes: [] });
  await refused;
  await writer.close();
  expect(await foreign).toEqual([{ partition: 2, offset: 900 }]);
}, 60_000);

test.each([
  [
    'other records',
    recordsOf(2, 'other'),
    /^The log holds other records in partition 2 than the export\. An import goes into an empty log/,
  ],
  ['more records', recordsOf(1, 'more'), /^The log has 1 records in partition 1, the export has 0\./],
])('a log with %s is refused and left as it is', async (_, records, sentence) => {
  await target.append(records);
  const before = await headsOf(target);
  await expect(run()).rejects.toThrow(sentence);
  expect(await headsOf(target)).toEqual(before);
});

test('a log that has lost its beginning is refused', async () => {
  await target.append(recordsOf(0, ...numbered('a', 9)));
  await byHand(targetDatabase.owner.pool, 'delete from log.records where "offset" = 0');
  await expect(run()).rejects.toThrow(/^The log begins at offset 1 in partition 0\./);
});

test('a database that goes with the log must have been projected from what the export holds', async () => {
  const content = (await contentOf(source.log))[2] ?? [];
  const chain = Buffer.from(headOf(content.slice(0, 750), 2), 'hex');
  const note = { partition: 2, next: 750, chain };
  await expect(run({ notes: [{ ...note, next: 901 }] })).rejects.toThrow(
    /^This database has counted partition 2 up to 901, but the export ends at 900/,
  );
  await expect(run({ notes: [{ ...note, next: 751 }] })).rejects.toThrow(
    /^This database was projected from another log than the export's: up to offset 751 of partition 2/,
  );
  expect((await target.ends()).every(({ end }) => end === 0)).toBe(true);
  await run({ notes: [note] });
});

test.each([
  [
    'a file with one other byte',
    'partition-0002-000000000700-000000000899.ndjson.gz',
    (bytes: Buffer) => bytes.fill(0, 20, 21),
  ],
  [
    'a file cut short',
    'partition-0002-000000000700-000000000899.ndjson.gz',
    (bytes: Buffer) => bytes.subarray(0, -9),
  ],
  [
    'a manifest that was edited',
    'manifest.json',
    (bytes: Buffer) => Buffer.from(bytes.toString().replace('"end": 900', '"end": 899')),
  ],
])('%s is named, and nothing is written', async (_, name, damage) => {
  writeFileSync(join(folder, name), damage(readFileSync(join(folder, name))));
  await expect(run()).rejects.toThrow(`${join(folder, name)} is damaged`);
  expect((await target.ends()).every(({ end }) => end === 0)).toBe(true);
});

test('a missing file is named, and so is a folder without a manifest', async () => {
  const name = join(folder, 'partition-0000-000000000000-000000000699.ndjson.gz');
  rmSync(name);
  await expect(run()).rejects.toThrow(`${name} is missing`);
  rmSync(join(folder, 'manifest.json'));
  await expect(run()).rejects.toThrow(`${join(folder, 'manifest.json')} is missing`);
});

test('another number of partitions is refused, with the setting that fits', async () => {
  const other = await openLog(4);
  others.push(other);
  const writer = { append: async () => 0, close: async () => undefined };
  await expect(importLog({ log: other.log, writer }, { folder, notes: [] })).rejects.toThrow(
    'The export has 3 partitions, but LOG_PARTITIONS is 4: set LOG_PARTITIONS=3',
  );
});
