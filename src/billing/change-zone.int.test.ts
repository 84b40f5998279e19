import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { Event } from '../../src/domain/event.ts';
import { PARTITIONS, type TestApi, testApi } from '../../test/support/api.ts';
import { granted } from '../../test/support/granted.ts';
import { appendEvents, projectLog, simulatedEvents, TEST_ZONE } from '../../test/support/projected.ts';
import { type RebuildBench, rebuildBench } from '../../test/support/rebuilds.ts';
import { unsealingIn } from '../../test/support/sealing.ts';
import { until } from '../../test/support/until.ts';
import { startRebuild } from '../projection/rebuild/start.ts';
import { LOCKS } from '../store/locks.ts';
import { verifyProjection } from '../verify/projection/verify-projection.ts';
import { removeBrokenZoneChanges } from './change-zone.ts';

let api: TestApi;
let events: Event[];
const TENANT = 'acme';
/** What keeps the count of the snapshot waiting; batches count in other transactions. */
const HELD = 4_711;

beforeEach(async () => {
  api = await testApi({ clock: () => Date.parse('2026-11-03T13:00:00Z') });
  events = simulatedEvents({ seed: 21, events: 1_500, tenants: 2 }).map((event, i) => ({
    ...event,
    tenant: i % 3 === 0 ? 'other' : TENANT,
  }));
  await arrive(events.slice(0, 800));
  await api.database.owner.pool.query(`
    CREATE FUNCTION public.wait_if_counting() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF current_setting('transaction_isolation') = 'repeatable read' THEN
        PERFORM pg_advisory_xact_lock_shared(${HELD});
      END IF;
      RETURN NULL;
    END $$;
    CREATE TRIGGER wait BEFORE INSERT ON public.zone_change_windows EXECUTE FUNCTION public.wait_if_counting()`);
});

afterEach(async () => {
  await api?.close();
});

async function arrive(some: readonly Event[]): Promise<void> {
  await appendEvents(api.log, some);
  await projectLog(api.database.database, api.log, 50);
}

async function move(zone: string) {
  return await api.call('PUT', `/v1/tenants/${TENANT}`, { body: { timeZone: zone } });
}

/** Does something while a change of zone counts what was stored before it. */
async function whileCounting<T>(change: () => Promise<T>, meanwhile: () => Promise<void>): Promise<T> {
  const { pool } = api.database.database;
  const client = await pool.connect();
  try {
    await client.query(`SELECT pg_advisory_lock(${HELD})`);
    const changed = change();
    await until(async () => (await locks(HELD, 'NOT granted')) > 0, { what: 'the change to count' });
    await meanwhile();
    await client.query(`SELECT pg_advisory_unlock(${HELD})`);
    return await changed;
  } finally {
    client.release(true);
  }
}

async function locks(key: number, condition: string): Promise<number> {
  const { rows } = await api.database.database.pool.query(
    `SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND ${condition}
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [key],
  );
  return rows.length;
}

async function zoneOf(): Promise<string> {
  const answer = await api.call('GET', `/v1/tenants/${TENANT}/usage?period=2026-10`);
  return answer.json.period.timeZone;
}

async function verified(): Promise<void> {
  const { database } = api.database;
  expect(
    await verifyProjection(database, { unsealing: unsealingIn(database.db), defaultTimeZone: TEST_ZONE }),
  ).toMatchObject({ ok: true });
  for (const table of ['zone_changes', 'zone_change_windows', 'zone_change_messages'])
    expect((await database.pool.query(`SELECT FROM public.${table}`)).rows).toEqual([]);
}

test('while a tenant is counted by its new zone everybody is counted, and everything answers by the old one', async () => {
  const changed = await whileCounting(
    () => move('Asia/Kathmandu'),
    async () => {
      expect(await locks(LOCKS.settings, "mode = 'ExclusiveLock'")).toBe(0);
      await arrive(events.slice(800));
      expect(await zoneOf()).toBe(TEST_ZONE);
    },
  );
  expect(changed.status).toBe(201);
  expect(await zoneOf()).toBe('Asia/Kathmandu');
  await verified();
});

test('beside a projector that never rests, changes of zone leave the tallies of the fold', async () => {
  const { database } = api.database;
  const arriving = (async () => {
    for (let i = 800; i < events.length; i += 25) await arrive(events.slice(i, i + 25));
  })();
  for (const zone of ['Asia/Kathmandu', 'Pacific/Apia', 'Europe/Lisbon', TEST_ZONE, 'Australia/Lord_Howe'])
    expect((await move(zone)).status).toBeLessThan(300);
  await arriving;
  const { rows } = await database.pool.query('SELECT sum(next)::int AS next FROM projection.positions');
  expect(rows).toEqual([{ next: events.length }]);
  await verified();
});

test('a second change waits for the first, and holds after it', async () => {
  let second: ReturnType<typeof move> | undefined;
  const first = await whileCounting(
    () => move('Asia/Kathmandu'),
    async () => {
      second = move('Europe/Lisbon');
    },
  );
  expect([first.status, (await second)?.status]).toEqual([201, 200]);
  expect(await zoneOf()).toBe('Europe/Lisbon');
  await verified();
});

test('what refuses a change refuses it before anything is counted', async () => {
  const refused = await api.call('PUT', `/v1/tenants/${TENANT}`, {
    body: { timeZone: 'Asia/Kathmandu', rules: [{ from: null, rule: 'sliding' }] },
  });
  expect(refused.status).toBe(409);
  expect(await zoneOf()).toBe(TEST_ZONE);
  await verified();
});

test('a change that is broken off leaves the zone as it was, is undone, and can be asked for again', async () => {
  const { pool, db } = api.database.database;
  const broken = await whileCounting(
    () => move('Asia/Kathmandu'),
    async () => {
      await pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = $1`,
        [HELD],
      );
      await until(async () => (await locks(LOCKS.zoneChanges, 'granted')) === 0, {
        what: 'the end of the change',
      });
    },
  );
  expect(broken.status).toBe(503);
  await arrive(events.slice(800, 1_000));
  expect(await zoneOf()).toBe(TEST_ZONE);
  const remover = removeBrokenZoneChanges(db, pino({ level: 'silent' }), 5);
  const isUndone = async () => (await pool.query('SELECT FROM public.zone_changes')).rows.length === 0;
  await until(isUndone, { what: 'the change to be undone' });
  await remover.stop();
  await verified();
  expect((await move('Asia/Kathmandu')).status).toBe(201);
  await arrive(events.slice(1_000));
  await verified();
});

test('a change that is under way is no broken one', async () => {
  const { db } = api.database.database;
  const changed = await whileCounting(
    () => move('Asia/Kathmandu'),
    async () => {
      const remover = removeBrokenZoneChanges(db, pino({ level: 'silent' }));
      // The first look is over before it stops.
      await remover.stop();
    },
  );
  expect(changed.status).toBe(201);
  await verified();
});

test('a rebuild that is folded beside a change has the tallies of the new zone', async () => {
  const { database } = api.database;
  const bench: RebuildBench = rebuildBench(api.database.url, api.log);
  const rebuild = granted(
    await startRebuild(bench.database, { actor: 'test', at: 1, partitions: PARTITIONS }),
  );
  let worker: ReturnType<RebuildBench['start']> | undefined;
  try {
    await whileCounting(
      () => move('Asia/Kathmandu'),
      async () => {
        worker = bench.start();
        const waits = async () => (await locks(LOCKS.zoneChanges, 'NOT granted')) > 0;
        await until(waits, { what: 'the rebuild to wait for the change' });
      },
    );
    const { comparison } = await bench.reached(rebuild.id, 'caught-up');
    expect(comparison?.differences).toEqual({ count: 0, items: [] });
    await arrive(events.slice(800));
    await bench.sameAsLive(rebuild.schema);
    const { schema } = rebuild;
    expect(
      await verifyProjection(database, {
        unsealing: unsealingIn(database.db),
        defaultTimeZone: TEST_ZONE,
        schema,
      }),
    ).toMatchObject({
      ok: true,
    });
    await whileCounting(
      () => move('Europe/Lisbon'),
      async () => undefined,
    );
    expect(
      await verifyProjection(database, {
        unsealing: unsealingIn(database.db),
        defaultTimeZone: TEST_ZONE,
        schema,
      }),
    ).toMatchObject({
      ok: true,
    });
    await verified();
  } finally {
    await worker?.stop();
    await bench.close();
  }
});
