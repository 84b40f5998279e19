import { expect, test } from '@jest/globals';
import { createRegisteredTenants } from './registered-tenants.ts';

test('a registered tenant is looked up once, whatever the time', async () => {
  const asked: (readonly string[])[] = [];
  let now = 0;
  const tenants = createRegisteredTenants({
    clock: () => now,
    find: async (names) => {
      asked.push(names);
      return names.filter((name) => name === 'acme');
    },
  });
  await tenants.ask(['acme', 'nobody', 'acme']);
  expect([tenants.has('acme'), tenants.has('nobody')]).toEqual([true, false]);
  now = 1e9;
  await tenants.ask(['acme', 'nobody']);
  expect(asked).toEqual([['acme', 'nobody'], ['nobody']]);
});

test('one that is not is looked up again after 5 s, and may be by then', async () => {
  let now = 0;
  const registered = new Set<string>();
  const tenants = createRegisteredTenants({
    clock: () => now,
    find: async (names) => names.filter((name) => registered.has(name)),
  });
  await tenants.ask(['acme']);
  registered.add('acme');
  now = 4_999;
  await tenants.ask(['acme']);
  expect(tenants.has('acme')).toBe(false);
  now = 5_000;
  expect(tenants.isKnown('acme')).toBe(false);
  await tenants.ask(['acme']);
  expect(tenants.has('acme')).toBe(true);
});

test('a database that fails or does not answer delays nothing for long, and nobody is warned because of it', async () => {
  let asked = 0;
  const answers = [() => Promise.reject(new Error('away')), () => new Promise<never>(() => undefined)];
  for (const find of answers) {
    const tenants = createRegisteredTenants({
      clock: () => 0,
      waitMs: 5,
      find: () => {
        asked++;
        return find();
      },
    });
    await tenants.ask(['acme']);
    await tenants.ask(['acme']);
    expect(tenants.has('acme')).toBe(true);
  }
  expect(asked).toBe(2);
});
