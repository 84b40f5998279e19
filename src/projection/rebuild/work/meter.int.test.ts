import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../../../../test/support/database.ts';
import { granted } from '../../../../test/support/granted.ts';
import { TEST_PARTITIONS } from '../../../../test/support/projected.ts';
import { until } from '../../../../test/support/until.ts';
import { startRebuild } from '../start.ts';
import { findRebuild, type RebuildProgress } from '../state.ts';
import { createMeter } from './meter.ts';

let fixture: TestDatabase;

beforeAll(async () => {
  fixture = await testDatabase();
});

afterAll(() => fixture.drop());

test('notes come one after the other, and a meter that was stopped writes nothing any more', async () => {
  const { db, pool } = fixture.database;
  const { id } = granted(
    await startRebuild(fixture.database, { actor: 'test', at: 1, partitions: TEST_PARTITIONS }),
  );
  const told: RebuildProgress[] = [];
  const meter = createMeter(
    db,
    { id, phase: 'load' },
    {
      ...{ now: Date.now, everyMs: 20 },
      ended: () => undefined,
      told: (progress) => told.push(progress),
    },
  );
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT FROM public.rebuilds WHERE id = $1 FOR UPDATE', [id]);
    await until(() => told.length === 1, { what: 'a note' });
    const entered = meter.enter('fold', 7);
    let stopped = false;
    const stop = meter.stop().then(() => {
      stopped = true;
    });
    await pool.query('SELECT pg_sleep(0.2)');
    expect([told.length, stopped]).toEqual([1, false]);
    await client.query('COMMIT');
    await Promise.all([entered, stop]);
  } finally {
    client.release(true);
    await meter.stop();
  }
  expect(told.map(({ phase }) => phase)).toEqual(['load', 'fold']);
  expect(await findRebuild(db, id)).toMatchObject({ phase: 'fold', total: 7 });
});
