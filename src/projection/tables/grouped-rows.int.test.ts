import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { activeResources } from '../../../test/support/active-resources.ts';
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts';
import { readGroups } from './grouped-rows.ts';

let kept: TestDatabase;
beforeAll(async () => {
  kept = await testDatabase();
});
afterAll(async () => {
  await kept.drop();
});

const timers = () => activeResources('Timeout');
const ROWS = 'SELECT n / 3, n FROM generate_series(0, 99999) AS n ORDER BY n';

test('groups come whole and in order, and a reader that is ended amid them leaves no time limit behind', async () => {
  const before = timers();
  for (let i = 0; i < 5; i++) {
    const client = await kept.database.pool.connect();
    const reader = readGroups(client, ROWS, ([, n]) => Number(n));
    expect([await reader.take(), await reader.peek(), await reader.take()]).toEqual([
      [0, 1, 2],
      '1',
      [3, 4, 5],
    ]);
    await reader.end();
    client.release(true);
  }
  expect(timers() - before).toBeLessThan(5);
});
