import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { byHand } from '../../../test/support/by-hand.ts';
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts';
import { numbered, recordsOf } from '../../../test/support/log-contract-consumer.ts';
import { temporaryFolder } from '../../../test/support/servers/temporary-folder.ts';
import type { EventLog } from '../log.ts';
import { openPostgresLog } from '../postgres/postgres-log.ts';
import { chainNext, chainStart } from '../record/hash-chain.ts';
import { exportLog } from './export.ts';

const PARTITIONS = 3;
let kept: TestDatabase;
let log: EventLog;
let folder: string;

beforeEach(async () => {
  kept = await testDatabase();
  const { pool } = kept.database;
  log = await openPostgresLog({ pool, partitions: PARTITIONS, logger: pino({ level: 'silent' }) });
  folder = temporaryFolder('export');
});

afterEach(async () => {
  await log.close();
  await kept.drop();
  rmSync(folder, { recursive: true, force: true });
});

function run(fileRecords = 10) {
  return exportLog(log, { folder, fileRecords, now: () => Date.parse('2026-11-03T13:00:00Z') });
}

function files(): string[] {
  return readdirSync(folder).sort();
}

/** All lines of a partition, read as anybody else would. */
function linesOf(partition: number): { offset: number; value64: string }[] {
  const own = files().filter((name) => name.startsWith(`partition-${String(partition).padStart(4, '0')}-`));
  return own.flatMap((name) =>
    gunzipSync(readFileSync(join(folder, name)))
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
}

function chainOf(partition: number, values: string[]): string {
  const records = recordsOf(partition, ...values).map((record, offset) => ({ ...record, offset }));
  return records.reduce(chainNext, chainStart(partition)).toString('hex');
}

test('an export is one file per partition and range, with a manifest that names the heads of the chains', async () => {
  await log.append([...recordsOf(0, ...numbered('a', 25)), ...recordsOf(2, 'x')]);
  const { manifest, added } = await run();
  expect(added).toBe(26);
  expect(files()).toEqual([
    'manifest.json',
    'partition-0000-000000000000-000000000009.ndjson.gz',
    'partition-0000-000000000010-000000000019.ndjson.gz',
    'partition-0000-000000000020-000000000024.ndjson.gz',
    'partition-0002-000000000000-000000000000.ndjson.gz',
  ]);
  expect(manifest.heads.map(({ end, chain }) => [end, chain])).toEqual([
    [25, chainOf(0, numbered('a', 25))],
    [0, chainOf(1, [])],
    [1, chainOf(2, ['x'])],
  ]);
  expect(linesOf(0).map(({ offset }) => offset)).toEqual(Array.from({ length: 25 }, (_, i) => i));
  expect(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))).toMatchObject(manifest);
});

test('the next export into the folder adds what came since and leaves the files before it as they are', async () => {
  await log.append(recordsOf(0, ...numbered('a', 12)));
  await run();
  const before = files().map((name) => [name, readFileSync(join(folder, name), 'hex')]);
  await log.append([...recordsOf(0, ...numbered('b', 5)), ...recordsOf(1, 'c')]);
  const { manifest, added } = await run();
  expect(added).toBe(6);
  const after = new Map(files().map((name) => [name, readFileSync(join(folder, name), 'hex')]));
  for (const [name, bytes] of before) if (name !== 'manifest.json') expect(after.get(name ?? '')).toBe(bytes);
  expect(manifest.heads[0]?.chain).toBe(chainOf(0, [...numbered('a', 12), ...numbered('b', 5)]));
  expect(linesOf(0)).toHaveLength(17);
  expect((await run()).added).toBe(0);
});

test('records that come while it runs are left to the next one', async () => {
  await log.append(recordsOf(0, ...numbered('a', 30)));
  let more: Promise<unknown> | null = null;
  const { manifest } = await exportLog(log, {
    folder,
    now: Date.now,
    progress: () => {
      more ??= log.append(recordsOf(0, 'late'));
    },
  });
  await more;
  expect(manifest.heads[0]?.end).toBe(30);
  expect((await run()).added).toBe(1);
});

test('what an interrupted export left counts for nothing and is cleared away', async () => {
  await log.append(recordsOf(0, ...numbered('a', 5)));
  await run();
  const half = join(folder, 'partition-0000-000000000005.ndjson.gz.partial');
  writeFileSync(half, 'half');
  writeFileSync(join(folder, 'export.lock'), '999999999\n');
  await log.append(recordsOf(0, 'b'));
  expect((await run()).added).toBe(1);
  expect(files()).toEqual([
    'manifest.json',
    'partition-0000-000000000000-000000000004.ndjson.gz',
    'partition-0000-000000000005-000000000005.ndjson.gz',
  ]);
});

test('what an export left that was killed before its manifest does not keep another from being made', async () => {
  await log.append(recordsOf(0, ...numbered('a', 12)));
  await run();
  const whole = files();
  rmSync(join(folder, 'manifest.json'));
  expect((await run()).added).toBe(12);
  expect(files()).toEqual(whole);
  await log.append(recordsOf(0, 'b'));
  const stray = 'partition-0000-000000000012-000000000012.ndjson.gz';
  writeFileSync(join(folder, stray), 'of a later export, killed too');
  expect((await run()).added).toBe(1);
  const [aside = '', ...others] = files().filter((name) => name.startsWith('unnamed-'));
  expect(others).toEqual([]);
  expect(readFileSync(join(folder, aside, stray), 'utf8')).toBe('of a later export, killed too');
  expect(linesOf(0)).toHaveLength(13);
});

test('two exports into one folder do not get in each other’s way: the second is refused', async () => {
  writeFileSync(join(folder, 'export.lock'), `${process.ppid}\n`);
  await expect(run()).rejects.toThrow(`Another export (process ${process.ppid}) is writing into ${folder}`);
});

test('what is exported is for its owner alone', async () => {
  await log.append(recordsOf(1, ...numbered('a', 5)));
  const inner = join(folder, 'new');
  await exportLog(log, { folder: inner, now: Date.now });
  const modes = ['.', ...readdirSync(inner)].map((name) => statSync(join(inner, name)).mode & 0o777);
  expect(modes).toEqual([0o700, ...modes.slice(1).map(() => 0o600)]);
  expect(modes.length).toBeGreaterThan(2);
});

test('an export goes on only with the log that it began with', async () => {
  await log.append(recordsOf(1, ...numbered('a', 5)));
  await run();
  const before = readFileSync(join(folder, 'manifest.json'), 'utf8');
  const { pool } = kept.owner;
  await byHand(pool, `update log.records set value = 'other' where partition = 1 and "offset" = 4`);
  await log.append(recordsOf(1, 'b'));
  await expect(run()).rejects.toThrow(/^Record 4 of partition 1 is not the one that .* holds/);
  await byHand(pool, 'truncate log.records; update log.partitions set next = 0');
  await expect(run()).rejects.toThrow(/^Partition 1 of the log ends at 0, but .* holds it up to 5/);
  expect(readFileSync(join(folder, 'manifest.json'), 'utf8')).toBe(before);
  expect(files()).toHaveLength(2);
});

test('an export that holds what the log has lost goes on, a new one is refused', async () => {
  await log.append(recordsOf(0, ...numbered('a', 5)));
  await run();
  await byHand(kept.owner.pool, 'delete from log.records where "offset" < 3');
  await log.append(recordsOf(0, 'b'));
  expect((await run()).added).toBe(1);
  expect(linesOf(0)).toHaveLength(6);
  const other = exportLog(log, { folder: join(folder, 'new'), now: Date.now });
  await expect(other).rejects.toThrow(/^Partition 0 of the log begins at offset 3: what came before is gone/);
});

test.each([
  ['a missing file', (path: string) => rmSync(path), /000000000004\.ndjson\.gz is missing/],
  ['a cut file', (path: string) => truncateSync(path, 9), /000000000004\.ndjson\.gz has 9 bytes instead of/],
  ['a changed manifest', () => change('manifest.json', '"end": 5', '"end": 4'), /manifest\.json is damaged/],
  ['half a manifest', () => truncateSync(join(folder, 'manifest.json'), 40), /manifest\.json is damaged/],
])('a folder with %s is not gone on with', async (_, damage, sentence) => {
  await log.append(recordsOf(0, ...numbered('a', 5)));
  await run();
  damage(join(folder, 'partition-0000-000000000000-000000000004.ndjson.gz'));
  await expect(run()).rejects.toThrow(sentence);
});

function change(name: string, from: string, to: string): void {
  const text = readFileSync(join(folder, name), 'utf8');
  expect(text).toContain(from);
  writeFileSync(join(folder, name), text.replace(from, to));
}

test('a folder that takes no more ends the export with what the system says', async () => {
  await log.append(recordsOf(0, ...numbered('a', 4_500)));
  const vanishing = exportLog(log, {
    folder,
    fileRecords: 10,
    now: Date.now,
    progress: () => rmSync(folder, { recursive: true }),
  });
  await expect(vanishing).rejects.toMatchObject({ code: 'ENOENT' });
});

test('an export of a log that is closed under it is none', async () => {
  await log.append(recordsOf(0, ...numbered('a', 4_500)));
  let closing: Promise<void> | null = null;
  const cut = exportLog(log, {
    folder,
    now: Date.now,
    progress: () => {
      closing ??= log.close();
    },
  });
  await expect(cut).rejects.toThrow('the log was closed before all of it was read');
  await closing;
  expect(files().filter((name) => !name.endsWith('.partial'))).toEqual([]);
});
