import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts';
import { granted } from '../../../test/support/granted.ts';
import {
  appendEvents,
  projectLog,
  simulatedEvents,
  TEST_PARTITIONS,
  TEST_ZONE,
  testLog,
} from '../../../test/support/projected.ts';
import { type RebuildBench, rebuildBench } from '../../../test/support/rebuilds.ts';
import { until } from '../../../test/support/until.ts';
import { putTenant } from '../../billing/change-tenant.ts';
import { FINANCE_CONNECTIONS } from '../../billing/locks.ts';
import type { EventLog } from '../../log/log.ts';
import { openDatabase } from '../../store/database.ts';
import { startRebuild } from '../rebuild/start.ts';
import type { Rebuild } from '../rebuild/state.ts';

let fixture: TestDatabase;
let log: EventLog;
let bench: RebuildBench;
const events = simulatedEvents({ seed: 12, events: 1_000, tenants: 2 });
const ZONE = 'Asia/Kathmandu';

beforeAll(async () => {
  fixture = await testDatabase();
  log = await testLog(fixture.database);
  bench = rebuildBench(fixture.url, log);
  await appendEvents(log, events);
  await projectLog(fixture.database, log);
});

afterAll(async () => {
  await bench?.close();
  await log?.close();
  await fixture?.drop();
});

/** A rebuild that has everything but its comparison. */
async function uncompared(): Promise<Rebuild> {
  const rebuild = granted(
    await startRebuild(bench.database, { actor: 'test', at: 1, partitions: TEST_PARTITIONS }),
  );
  const worker = bench.start();
  await bench.reached(rebuild.id, 'caught-up');
  await worker.stop();
  await fixture.database.pool.query(
    "UPDATE public.rebuilds SET phase = 'compare', state = 'running', comparison = NULL WHERE id = $1",
    [rebuild.id],
  );
  return rebuild;
}

async function moveTenant(tenant: string) {
  const finance = openDatabase({ url: fixture.url, max: FINANCE_CONNECTIONS });
  const deps = {
    ...{ db: fixture.database.db, financePool: finance.pool, defaultTimeZone: TEST_ZONE },
    clock: Date.now,
    freshLogEnds: () => log.ends(),
  };
  const by = { id: 'test', scopes: new Set<never>(), tenants: null };
  try {
    return await putTenant(deps, tenant, { timeZone: [{ from: null, zone: ZONE }] }, by);
  } finally {
    await finance.close();
  }
}

test('a zone that changes amid the comparison is no difference', async () => {
  const { id, schema } = await uncompared();
  const { pool } = fixture.database;
  const client = await pool.connect();
  await client.query(`BEGIN; LOCK TABLE ${schema}.windows`);
  const worker = bench.start();
  try {
    const waits = () =>
      pool.query(
        `SELECT FROM pg_locks WHERE NOT granted AND relation = '${schema}.windows'::regclass AND mode = 'AccessShareLock'`,
      );
    await until(async () => (await waits()).rows.length > 0, { what: 'the comparison' });
    const moved = moveTenant(events[0]?.tenant ?? '');
    await until(async () => (await waits()).rows.length > 1, { what: 'the change of zone' });
    await client.query('COMMIT');
    granted(await moved);
    const { comparison } = await bench.reached(id, 'caught-up');
    expect(comparison?.differences).toEqual({ count: 0, items: [] });
    expect(comparison?.digests.live).toBe(comparison?.digests.rebuilt);
  } finally {
    // With its lock, should that be held still.
    client.release(true);
    await worker.stop();
  }
});
