import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts';
import { SEED } from '../../../test/support/traffic.ts';
import { copyInto, createBinaryRows, uuidArray } from './sql.ts';

let fixture: TestDatabase;

beforeAll(async () => {
  fixture = await testDatabase();
  await fixture.owner.pool.query(
    'CREATE TABLE public.copied (at bigint, class smallint, key uuid, ref uuid, detail text, id text)',
  );
});

afterAll(() => fixture?.drop());

const hashes = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));
const texts = fc.string({ unit: 'binary', maxLength: 3_000 }).map((text) => text.replaceAll('\0', ''));
const row = fc.record({
  at: fc.oneof(fc.maxSafeInteger(), fc.constantFrom(-1, 0, 2 ** 32 - 1, 2 ** 32, -(2 ** 32), -(2 ** 32) - 1)),
  class: fc.integer({ min: -32_768, max: 32_767 }),
  key: hashes,
  ref: fc.option(hashes),
  detail: fc.option(texts),
  id: texts,
});

test(`PostgreSQL reads every value as it was (seed ${SEED})`, async () => {
  const client = await fixture.owner.pool.connect();
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 60 }), async (rows) => {
        await client.query('TRUNCATE public.copied');
        const binary = createBinaryRows();
        for (const { at, class: eventClass, key, ref, detail, id } of rows) {
          binary.row(6);
          binary.bigint(at);
          binary.smallint(eventClass);
          binary.uuid(key);
          binary.uuid(ref);
          binary.text(detail);
          binary.text(id);
        }
        await copyInto(client, 'public.copied', ['at', 'class', 'key', 'ref', 'detail', 'id'], binary.end());
        const { rows: stored } = await client.query('SELECT * FROM public.copied');
        expect(stored).toEqual(rows);
      }),
      { numRuns: 60, seed: SEED },
    );
  } finally {
    client.release();
  }
});

test('a row that PostgreSQL refuses leaves the connection usable', async () => {
  const client = await fixture.owner.pool.connect();
  try {
    const binary = createBinaryRows();
    binary.row(1);
    binary.text('a\0b');
    await expect(copyInto(client, 'public.copied', ['id'], binary.end())).rejects.toThrow(/0x00/);
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  } finally {
    client.release();
  }
});

test('hashes come as a uuid[], none as an empty one', async () => {
  const keys = ['00112233445566778899aabbccddeeff', 'ffffffffffffffffffffffffffffffff'];
  for (const some of [keys, []]) {
    const { rows } = await fixture.owner.pool.query('SELECT k FROM unnest($1::uuid[]) AS k', [
      uuidArray(some),
    ]);
    expect(rows.map(({ k }) => k)).toEqual(some);
  }
});
