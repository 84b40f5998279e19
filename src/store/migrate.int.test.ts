import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { type TestDatabase, testDatabase } from '../../test/support/database.ts';
import { migrate, pendingMigrations } from './migrate.ts';

let kept: TestDatabase;
beforeEach(async () => {
  kept = await testDatabase();
});
afterEach(async () => {
  await kept.drop();
});

async function empty(): Promise<void> {
  await sql`DROP SCHEMA log, billing, projection, public CASCADE`.execute(kept.database.db);
  await sql`CREATE SCHEMA public`.execute(kept.database.db);
}

test('an empty database has everything pending, a migrated one nothing', async () => {
  await empty();
  const before = await pendingMigrations(kept.database);
  expect(before.pending).toContain('0001_log');
  expect(await migrate(kept.database)).toEqual(before.pending);
  expect(await pendingMigrations(kept.database)).toEqual({ pending: [], unknown: [] });
  expect(await migrate(kept.database)).toEqual([]);
});

test('two processes that migrate at the same time apply everything once', async () => {
  await empty();
  const [one, other] = await Promise.all([migrate(kept.database), migrate(kept.database)]);
  expect([one.length, other.length].sort()).toEqual([0, Math.max(one.length, other.length)]);
  expect(one.length + other.length).toBeGreaterThan(0);
});

test('a database that a newer version migrated is refused with a sentence', async () => {
  await sql`INSERT INTO public.janela_migrations (name) VALUES ('9999_future')`.execute(kept.database.db);
  expect((await pendingMigrations(kept.database)).unknown).toEqual(['9999_future']);
  await expect(migrate(kept.database)).rejects.toThrow(
    'The database is newer than this version of janela (it has 9999_future)',
  );
});
