import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { type TestDatabase, testDatabase } from '../../test/support/database.ts';
import { until } from '../../test/support/until.ts';
import { openDatabase } from './database.ts';

let kept: TestDatabase;
beforeAll(async () => {
  kept = await testDatabase();
});
afterAll(async () => {
  await kept.drop();
});

async function one(expression: string): Promise<unknown> {
  const found = await sql<{ value: unknown }>`SELECT ${sql.raw(expression)} AS value`.execute(
    kept.database.db,
  );
  return found.rows[0]?.value;
}

test('bigint leaves as an exact number, in arrays too', async () => {
  expect(await one('9007199254740991::bigint')).toBe(9_007_199_254_740_991);
  expect(await one('ARRAY[1, NULL]::bigint[]')).toEqual([1, null]);
});

test('a bigint that a number cannot hold is an error, never a wrong number', async () => {
  await expect(one('9007199254740993::bigint')).rejects.toThrow('beyond what a number holds exactly');
});

test('dates are YYYY-MM-DD, numerics are strings, jsonb is parsed', async () => {
  expect(await one("date '2026-11-03'")).toBe('2026-11-03');
  expect(await one("ARRAY[date '2026-11-03']")).toEqual(['2026-11-03']);
  expect(await one('1.500000::numeric')).toBe('1.500000');
  expect(await one(`'{"a": [1]}'::jsonb`)).toEqual({ a: [1] });
});

test('a statement that takes longer than its limit is ended by the server', async () => {
  const database = openDatabase({ url: kept.url, statementTimeoutMs: 50 });
  try {
    await expect(sql`SELECT pg_sleep(10)`.execute(database.db)).rejects.toMatchObject({ code: '57014' });
  } finally {
    await database.close();
  }
});

test('a connection that breaks while idle is replaced', async () => {
  const errors: Error[] = [];
  const database = openDatabase({ url: kept.url, max: 1, onConnectionError: (error) => errors.push(error) });
  try {
    const pid = (await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(database.db)).rows[0]
      ?.pid;
    const removed = new Promise((resolve) => database.pool.once('remove', resolve));
    await sql`SELECT pg_terminate_backend(${pid})`.execute(kept.database.db);
    await removed;
    expect((await sql`SELECT 1 AS one`.execute(database.db)).rows).toEqual([{ one: 1 }]);
    expect(errors).toHaveLength(1);
  } finally {
    await database.close();
  }
});

test('a connection that breaks inside a transaction fails the transaction, not the process', async () => {
  const errors: Error[] = [];
  const database = openDatabase({ url: kept.url, onConnectionError: (error) => errors.push(error) });
  try {
    const work = database.db.transaction().execute(async (transaction) => {
      const found = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(transaction);
      await sql`SELECT pg_terminate_backend(${found.rows[0]?.pid})`.execute(kept.database.db);
      await until(() => errors.length > 0);
      await sql`SELECT 1`.execute(transaction);
    });
    await expect(work).rejects.toThrow();
    expect((await sql`SELECT 1 AS one`.execute(database.db)).rows).toEqual([{ one: 1 }]);
  } finally {
    await database.close();
  }
});

test('closing twice is closing once', async () => {
  const database = openDatabase({ url: kept.url });
  await database.close();
  await database.close();
  expect(database.pool.ended).toBe(true);
});
