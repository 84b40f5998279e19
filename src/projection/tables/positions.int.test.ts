import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts';
import { encodeEvent } from '../../../test/support/former-record.ts';
import { simulatedEvents, TEST_ZONE } from '../../../test/support/projected.ts';
import { unsealingIn } from '../../../test/support/sealing.ts';
import type { Event } from '../../domain/event.ts';
import type { StoredRecord } from '../../log/log.ts';
import { withConnection } from '../../store/connections.ts';
import { type Database, openDatabase } from '../../store/database.ts';
import { verifyProjection } from '../../verify/projection/verify-projection.ts';
import { project } from '../live/project.ts';
import { liveProjection } from './live-projection.ts';
import { gapsOf, seedPositions } from './positions.ts';
import { createSettingsCache } from './tenant-rules.ts';

let fixture: TestDatabase;
let unhurried: Database;
const events = simulatedEvents({ seed: 21, events: 40 });
const options = { defaultTimeZone: TEST_ZONE };

beforeAll(async () => {
  fixture = await testDatabase();
  unhurried = openDatabase({ url: fixture.url, statementTimeoutMs: 0 });
  await seedPositions(await liveProjection(unhurried.db), 1);
  await projectOffsets(0, [0, 1, 4, 5], 7);
  await projectOffsets(7, [], 9);
  await projectOffsets(9, [12, 13], 14);
  await projectOffsets(14, [14], 16);
});

afterAll(async () => {
  await unhurried?.close();
  await fixture?.drop();
});

/** A batch of partition 0 with records at these offsets, as the reader hands it over: what is missing is confirmed. */
async function projectOffsets(first: number, offsets: readonly number[], next: number): Promise<void> {
  const records = offsets.map(recordAt);
  const settings = createSettingsCache(TEST_ZONE);
  const { applied } = await withConnection(unhurried, (client) =>
    project(
      client,
      'live',
      { partition: 0, first, next, records, end: next },
      { settings, unsealing: unsealingIn(unhurried.db) },
    ),
  );
  expect(applied).toBe(true);
}

function recordAt(offset: number): StoredRecord {
  return { offset, ...encodeEvent(events[offset] as Event, 1_790_000_000_000, 'test', 1) };
}

async function gaps() {
  return (await unhurried.pool.query('SELECT first, next FROM projection.gaps ORDER BY first')).rows;
}

test('offsets without a record are noted, and where one batch goes on where another ended they are one range', async () => {
  expect(await gaps()).toEqual([
    { first: 2, next: 4 },
    { first: 6, next: 12 },
    { first: 15, next: 16 },
  ]);
});

test('a batch without gaps says so by its length alone', () => {
  const records = [0, 1].map(recordAt);
  expect(gapsOf({ partition: 0, first: 0, next: 2, records, end: 9 })).toEqual([]);
});

test('what is noted as a gap is accounted for', async () => {
  expect(
    await verifyProjection(unhurried, { ...options, unsealing: unsealingIn(unhurried.db) }),
  ).toMatchObject({ ok: true, counts: { events: 7 } });
});

test.each([
  [
    'a gap is gone',
    'DELETE FROM projection.gaps WHERE first = 2',
    'Partition 0 is projected up to offset 16, but 7 events, 0 duplicates and 0 in quarantine and 7 offsets without a record make 14.',
  ],
  [
    'a gap is too long',
    'UPDATE projection.gaps SET next = 5 WHERE first = 2',
    'Partition 0 is projected up to offset 16, but 7 events, 0 duplicates and 0 in quarantine and 10 offsets without a record make 17.',
  ],
  [
    'a gap is where a record is',
    'UPDATE projection.gaps SET first = 1, next = 3 WHERE first = 2',
    /^Event .* stands at partition 0, offset 1, where another row stands\.$/,
  ],
  [
    'the last gap is where the last record is',
    'UPDATE projection.gaps SET first = 14, next = 15 WHERE first = 15',
    'Partition 0 is projected up to offset 16, but its last record is noted as 14.',
  ],
])('%s: found and named', async (_, damage, sentence) => {
  await fixture.owner.pool.query('CREATE TABLE kept AS TABLE projection.gaps');
  try {
    expect((await unhurried.pool.query(damage)).rowCount).toBe(1);
    const verified = await verifyProjection(unhurried, { ...options, unsealing: unsealingIn(unhurried.db) });
    if (verified.ok) throw new Error('nothing was found');
    expect(verified.difference).toMatch(sentence);
  } finally {
    await fixture.owner.pool.query('TRUNCATE projection.gaps');
    await fixture.owner.pool.query('INSERT INTO projection.gaps TABLE kept; DROP TABLE kept');
  }
});
