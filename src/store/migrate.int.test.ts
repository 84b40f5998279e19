import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { type TestDatabase, testDatabase } from '../../test/support/database.ts';
import { loadMigration, migrate, migrationNames, pendingMigrations } from './migrate.ts';

let kept: TestDatabase;
beforeEach(async () => {
  kept = await testDatabase();
});
afterEach(async () => {
  await kept.drop();
});

async function empty(): Promise<void> {
  await sql`DROP SCHEMA log, billing, projection, sealing, public CASCADE`.execute(kept.owner.db);
  await sql`CREATE SCHEMA public`.execute(kept.owner.db);
}

test('an empty database has everything pending, a migrated one nothing', async () => {
  await empty();
  const before = await pendingMigrations(kept.owner);
  expect(before.pending).toContain('0001_log');
  expect(await migrate(kept.owner)).toEqual(before.pending);
  expect(await pendingMigrations(kept.owner)).toEqual({ pending: [], unknown: [], compatible: [] });
  expect(await migrate(kept.owner)).toEqual([]);
});

test('two processes that migrate at the same time apply everything once', async () => {
  await empty();
  const [one, other] = await Promise.all([migrate(kept.owner), migrate(kept.owner)]);
  expect([one.length, other.length].sort()).toEqual([0, Math.max(one.length, other.length)]);
  expect(one.length + other.length).toBeGreaterThan(0);
});

test('a database that a newer version migrated is refused with a sentence', async () => {
  await sql`INSERT INTO public.janela_migrations (name) VALUES ('9999_future')`.execute(kept.owner.db);
  expect((await pendingMigrations(kept.owner)).unknown).toEqual(['9999_future']);
  await expect(migrate(kept.owner)).rejects.toThrow(
    'The database is newer than this version of janela (it has 9999_future)',
  );
});

/** What a later version would leave in the database. */
async function migratedByLater(name: string, compatibleFrom: string | null): Promise<void> {
  await sql`
    INSERT INTO public.janela_migrations (name, compatible_from) VALUES (${name}, ${compatibleFrom})`.execute(
    kept.owner.db,
  );
}

test('what a newer version added is no obstacle where it is marked as compatible with this one', async () => {
  const last = (await migrationNames()).at(-1) ?? '';
  await migratedByLater('9998_more', last);
  expect(await migrate(kept.owner)).toEqual([]);
  const state = { pending: [], unknown: [], compatible: ['9998_more'] };
  expect(await pendingMigrations(kept.owner)).toEqual(state);
  await migratedByLater('9999_less', '9998_more');
  expect(await pendingMigrations(kept.owner)).toEqual({ ...state, unknown: ['9999_less'] });
  await expect(migrate(kept.owner)).rejects.toThrow('(it has 9999_less)');
});

test('nothing is applied behind what a newer version did, compatible or not', async () => {
  const names = await migrationNames();
  const last = names.at(-1) ?? '';
  await migratedByLater('9999_more', names[0] ?? '');
  await sql`DELETE FROM public.janela_migrations WHERE name = ${last}`.execute(kept.owner.db);
  await expect(migrate(kept.owner)).rejects.toThrow('(it has 9999_more)');
});

test('each migration leaves its mark, and a table from before the marks gets room for it', async () => {
  const names = await migrationNames();
  const last = names.at(-1) ?? '';
  const { rows } = await kept.owner.pool.query('SELECT name, compatible_from FROM public.janela_migrations');
  expect(rows.length).toBe(names.length);
  for (const { name, compatible_from: mark } of rows) {
    expect(mark).toBe((await loadMigration(name)).compatibleFrom ?? name);
    expect(names).toContain(mark);
    expect(mark <= name).toBe(true);
  }
  await kept.owner.pool.query('ALTER TABLE public.janela_migrations DROP COLUMN compatible_from');
  expect(await pendingMigrations(kept.owner)).toEqual({ pending: [], unknown: [], compatible: [] });
  await kept.owner.pool.query("INSERT INTO public.janela_migrations (name) VALUES ('9999_future')");
  expect((await pendingMigrations(kept.owner)).unknown).toEqual(['9999_future']);
  await kept.owner.pool.query(
    'DROP SCHEMA log, billing, projection, sealing, public CASCADE; CREATE SCHEMA public',
  );
  await kept.owner.pool.query(`
    CREATE TABLE public.janela_migrations (name text COLLATE "C" PRIMARY KEY,
      applied_at timestamptz NOT NULL DEFAULT now())`);
  expect(await migrate(kept.owner)).toEqual(names);
  const marked = await kept.owner.pool.query(
    'SELECT compatible_from FROM public.janela_migrations WHERE name = $1',
    [last],
  );
  expect(marked.rows).toEqual([{ compatible_from: (await loadMigration(last)).compatibleFrom ?? last }]);
});
