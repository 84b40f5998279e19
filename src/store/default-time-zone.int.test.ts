import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../../test/support/database.ts';
import { fixDefaultTimeZone, requireDefaultTimeZone, TimeZoneRefused } from './default-time-zone.ts';

let kept: TestDatabase;

beforeAll(async () => {
  kept = await testDatabase();
});

afterAll(() => kept?.drop());

test('of two processes that start first with different zones one is refused, and later ones keep to the other', async () => {
  const { db } = kept.database;
  expect(await requireDefaultTimeZone(db, 'Asia/Tokyo')).toBe('Asia/Tokyo');
  const zones = ['America/Sao_Paulo', 'Asia/Kolkata'];
  const starts = await Promise.allSettled(zones.map((zone) => fixDefaultTimeZone(db, zone)));
  expect(starts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const [fixed] = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  for (const start of [fixDefaultTimeZone, requireDefaultTimeZone]) {
    expect(await start(db, fixed ?? '')).toBe(fixed);
    await expect(start(db, 'Asia/Tokyo')).rejects.toThrow(TimeZoneRefused);
    await expect(start(db, 'Asia/Tokyo')).rejects.toThrow(`set DEFAULT_TIME_ZONE=${fixed}`);
  }
});

test('another name of the same zone is no other zone', async () => {
  const other = await testDatabase();
  try {
    expect(await fixDefaultTimeZone(other.database.db, 'Asia/Calcutta')).toBe('Asia/Calcutta');
    expect(await fixDefaultTimeZone(other.database.db, 'Asia/Kolkata')).toBe('Asia/Calcutta');
  } finally {
    await other.drop();
  }
});
