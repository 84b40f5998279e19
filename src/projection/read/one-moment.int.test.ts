import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { testDatabase } from '../../../test/support/database.ts';
import { recordChange } from '../../store/audit.ts';
import { type Database, openDatabase } from '../../store/database.ts';
import { createMoments } from './one-moment.ts';
import { readSnapshot } from './snapshot.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let quick: Database;
let slow: Database;
let other: Database;
let pages: Database;

beforeAll(async () => {
  database = await testDatabase();
  const open = () => openDatabase({ url: database.url, max: 3 });
  [quick, slow, other, pages] = [open(), open(), open(), open()];
});

afterAll(async () => {
  for (const one of [quick, slow, other, pages]) await one?.close();
  await database?.drop();
});

const happen = async () =>
  await recordChange(database.database.db, {
    ...{ at: 0, actor: 'somebody', subjectType: 'plan', subject: 'a plan', tenant: null, action: 'change' },
    ...{ before: null, after: null },
  });
const seenBy = async ({ db }: Database) =>
  await readSnapshot(db, async (snapshot) => {
    const { rows } = await sql<{ seen: number }>`SELECT count(*)::int AS seen FROM billing.audit`.execute(
      snapshot.db,
    );
    return rows[0]?.seen;
  });

const moments = (most = 2) => createMoments(pages.db, { over: [quick.db, slow.db], most });

test('all reads of a moment see the same, over whatever connections; other reads see what there is', async () => {
  const before = (await seenBy(quick)) ?? 0;
  await moments()(async () => {
    await happen();
    expect(await Promise.all([quick, slow, quick].map(seenBy))).toEqual([before, before, before]);
    await happen();
    expect(await seenBy(slow)).toBe(before);
    expect(await seenBy(other)).toBe(before + 2);
  });
  expect(await seenBy(quick)).toBe(before + 2);
});

test('who finds all moments taken reads each time what there is, and is not kept waiting', async () => {
  const atOneMoment = moments(1);
  await atOneMoment(async () => {
    const before = (await seenBy(other)) ?? 0;
    await atOneMoment(happen);
    expect(await seenBy(other)).toBe(before + 1);
    expect(await seenBy(quick)).toBe(before);
  });
});

test('a moment ends with its work, also where that fails, and the next one is of its own', async () => {
  const atOneMoment = moments(1);
  const broken = atOneMoment(async () => {
    throw new Error('on purpose');
  });
  await expect(broken).rejects.toThrow('on purpose');
  const before = (await seenBy(quick)) ?? 0;
  await happen();
  await atOneMoment(async () => {
    expect(await seenBy(quick)).toBe(before + 1);
    await happen();
    expect(await seenBy(quick)).toBe(before + 1);
  });
  expect(await seenBy(quick)).toBe(before + 2);
});
