import { expect, test } from '@jest/globals';
import { createKeyCache } from './key-cache.ts';
import type { Key } from './rights.ts';

const KEY: Key = { id: 'key_1', scopes: new Set(), tenants: null, expiresAt: null };
const tooLate = () => new Error('too late');

/** A cache over one key, with a clock and a count of look-ups. */
function setUp() {
  const world = { now: 0, stored: KEY as Key | null, lookUps: 0 };
  const cache = createKeyCache({
    clock: () => world.now,
    async find() {
      world.lookUps++;
      return world.stored;
    },
    tooLate,
  });
  return { world, cache };
}

test('a known key asks the database once while it is fresh, and in the background after that', async () => {
  const { world, cache } = setUp();
  expect(cache.peek('a')).toBeUndefined();
  await cache.get('a');
  for (world.now = 0; world.now < 2000; world.now += 100) expect(cache.peek('a')).toBe(KEY);
  expect(world.lookUps).toBe(1);
  expect(cache.peek('a')).toBe(KEY);
  expect(cache.peek('a')).toBe(KEY);
  expect(world.lookUps).toBe(2);
});

test('a revoked key is refused within 5 seconds, asked for or not', async () => {
  const { world, cache } = setUp();
  await cache.get('a');
  world.stored = null;
  world.now = 3_999;
  expect(cache.peek('a')).toBe(KEY);
  expect(await cache.get('a')).toBeNull();
  expect(cache.peek('a')).toBeNull();

  const quiet = setUp();
  await quiet.cache.get('a');
  quiet.world.stored = null;
  quiet.world.now = 4_000;
  expect(quiet.cache.peek('a')).toBeUndefined();
  expect(await quiet.cache.get('a')).toBeNull();
});

test('requests that arrive together share one look-up', async () => {
  const { world, cache } = setUp();
  expect(await Promise.all([cache.get('a'), cache.get('a'), cache.get('a')])).toEqual([KEY, KEY, KEY]);
  expect(world.lookUps).toBe(1);
});

test('a look-up that fails is tried again', async () => {
  let fails = true;
  const cache = createKeyCache({
    async find() {
      if (fails) throw new Error('no database');
      return KEY;
    },
    tooLate,
  });
  await expect(cache.get('a')).rejects.toThrow('no database');
  fails = false;
  expect(await cache.get('a')).toBe(KEY);
});

test('over a database that stands still a request is refused in time, and the next one asks anew', async () => {
  let standsStill = true;
  const cache = createKeyCache({
    timeoutMs: 20,
    find: () => (standsStill ? new Promise<never>(() => undefined) : Promise.resolve(KEY)),
    tooLate,
  });
  await expect(cache.get('a')).rejects.toThrow('too late');
  standsStill = false;
  expect(await cache.get('a')).toBe(KEY);
});
