import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { activeResources } from '../../test/support/active-resources.ts';
import { type TestDatabase, testDatabase } from '../../test/support/database.ts';
import { copyOut } from './copy-out.ts';

let kept: TestDatabase;
beforeAll(async () => {
  kept = await testDatabase();
});
afterAll(async () => {
  await kept.drop();
});

const timers = () => activeResources('Timeout');

async function copied(text: string): Promise<string> {
  const client = await kept.database.pool.connect();
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of copyOut(client, text)) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  } finally {
    client.release();
  }
}

test('a copy that is over leaves no time limit behind', async () => {
  expect(await copied('COPY (SELECT 1) TO STDOUT')).toBe('1\n');
  const before = timers();
  for (let i = 0; i < 20; i++) await copied('COPY (SELECT generate_series(1, 1000)) TO STDOUT');
  expect(timers()).toBeLessThanOrEqual(before);
});

test('a copy that fails says why, and leaves the connection usable', async () => {
  await expect(copied('COPY (SELECT 1 / 0) TO STDOUT')).rejects.toThrow('division by zero');
  expect(await copied('COPY (SELECT 2) TO STDOUT')).toBe('2\n');
});
