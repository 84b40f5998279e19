import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { temporaryFolder } from '../../../test/support/servers/temporary-folder.ts';
import { lockFolder, removeStale } from './folder.ts';

const GONE = 999_999_999;
let folder: string;
let path: string;

beforeEach(() => {
  folder = temporaryFolder('lock');
  path = join(folder, 'export.lock');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('the lock of a killed export is taken over, and given back', async () => {
  writeFileSync(path, `${GONE}\n`);
  const unlock = await lockFolder(folder);
  expect(readFileSync(path, 'utf8')).toBe(`${process.pid}\n`);
  await unlock();
  expect(readdirSync(folder)).toEqual([]);
});

test('a lock that somebody else took over in the meantime is theirs', async () => {
  writeFileSync(path, `${process.ppid}\n`);
  await removeStale(path, GONE);
  expect(readFileSync(path, 'utf8')).toBe(`${process.ppid}\n`);
  expect(readdirSync(folder)).toEqual(['export.lock']);
  await removeStale(path, process.ppid);
  expect(readdirSync(folder)).toEqual([]);
});

test('an export does not give back a lock that is no longer its own', async () => {
  const unlock = await lockFolder(folder);
  writeFileSync(path, `${process.ppid}\n`);
  await unlock();
  expect(readFileSync(path, 'utf8')).toBe(`${process.ppid}\n`);
});
