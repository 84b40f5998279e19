import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { Event } from '../../src/domain/event.ts';
import { type Answer, PARTITIONS, type TestApi, testApi } from '../../test/support/api.ts';
import { granted } from '../../test/support/granted.ts';
import { flat, planTerms } from '../../test/support/plans.ts';
import { appendEvents, projectLog, simulatedEvents, TEST_ZONE } from '../../test/support/projected.ts';
import { type RebuildBench, rebuildBench } from '../../test/support/rebuilds.ts';
import { unsealingIn } from '../../test/support/sealing.ts';
import { until } from '../../test/support/until.ts';
import type { CompareMoney } from '../projection/compare/money.ts';
import { startRebuild } from '../projection/rebuild/start.ts';
import { LOCKS } from '../store/locks.ts';
import type { RebuildPhase } from '../store/tables.ts';
import { verifyInvoices } from '../verify/invoices/verify-invoices.ts';
import { verifyProjection } from '../verify/projection/verify-projection.ts';
import { removeBrokenZoneChanges } from './change-zone.ts';

let api: TestApi;
let events: Event[];
const TENANT = 'acme';
/** What keeps the count of the snapshot, and the copy of an invoice's windows, waiting; batches count in other transactions. */
const HELD = 4_711;

beforeEach(async () => {
  api = await testApi({ clock: () => Date.parse('2026-11-03T13:00:00Z'), graceHours: 0 });
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
    CREATE FUNCTION public.wait_if_billing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      PERFORM pg_advisory_xact_lock_shared(${HELD});
      RETURN NULL;
    END $$;
    CREATE TRIGGER wait BEFORE INSERT ON public.zone_change_windows EXECUTE FUNCTION public.wait_if_counting();
    CREATE TRIGGER wait BEFORE INSERT ON billing.billed_windows EXECUTE FUNCTION public.wait_if_billing()`);
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

/** Does something while a change of zone counts what was stored before it, or an invoice copies its windows. */
async function whileCounting<T>(change: () => Promise<T>, meanwhile: () => Promise<void>): Promise<T> {
  const { pool } = api.database.database;
  const client = await pool.connect();
  try {
    await client.query(`SELECT pg_advisory_lock(${HELD})`);
    const changed = change();
    await until(async () => (await locks(HELD, 'NOT granted')) > 0, {
      what: 'the change, or the invoice, to be at it',
    });
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

test('a zone that changes and changes back while a rebuild is compared is no difference', async () => {
  const bench = rebuildBench(api.database.url, api.log);
  const rebuild = granted(
    await startRebuild(bench.database, { actor: 'test', at: 1, partitions: PARTITIONS }),
  );
  await move(TEST_ZONE);
  let connections = 0;
  let phase: RebuildPhase = 'load';
  // The second connection of a comparison is for the rebuilt projection: the snapshot of the live one is taken by then.
  const { pool } = bench.database;
  const connect = async () => {
    if (phase === 'compare' && ++connections === 2) await move('Asia/Kathmandu');
    return await pool.connect();
  };
  // What differs has been found by then, and would be told.
  const money: CompareMoney = async (_live, _rebuilt, periods) => {
    await move(TEST_ZONE);
    return periods.map(() => null);
  };
  const worker = bench.start({
    database: { ...bench.database, pool: Object.create(pool, { connect: { value: connect } }) },
    money,
    progress(_, progress) {
      phase = progress.phase;
    },
  });
  try {
    const { comparison } = await bench.reached(rebuild.id, 'caught-up');
    expect(comparison?.differences).toEqual({ count: 0, items: [] });
    expect(connections).toBeGreaterThan(2);
    expect(await zoneOf()).toBe(TEST_ZONE);
  } finally {
    await worker.stop();
    await bench.close();
  }
});

const INVOICE = `/v1/tenants/${TENANT}/invoices/2026-10`;

/** A plan, and windows that one zone has in October and the other has not. */
async function billable(): Promise<void> {
  const { discount: _, ...body } = planTerms({
    receptive: { allowance: 0, limit: null, overage: flat('1') },
  });
  expect((await api.call('PUT', '/v1/plans/pro/versions/2026-01', { body })).status).toBe(201);
  const subscription = { plan: 'pro', until: null };
  const url = `/v1/tenants/${TENANT}/subscriptions/2026-01`;
  expect((await api.call('PUT', url, { body: subscription })).status).toBe(201);
  const [first] = events;
  if (first === undefined) throw new Error('no events');
  const { template: _t, origin: _o, message: _m, ...party } = first;
  const at = (instant: string, i: number): Event => ({
    ...{ ...party, tenant: TENANT, type: 'message.received', channel: 'webchat', account: 'site' },
    ...{ id: `edge-${instant}-${i}`, contact: `edge-${instant}-${i}`, occurredAt: Date.parse(instant) },
  });
  await arrive([
    at('2026-09-30T20:00:00Z', 0),
    ...[1, 2].map((i) => at('2026-10-31T20:00:00Z', i)),
    ...[3, 4, 5].map((i) => at('2026-10-15T20:00:00Z', i)),
  ]);
}

/** That an invoice has the windows of its own bounds and no others, in the zone and in its copies. */
async function expectRight(invoice: Answer['json'], zone: string): Promise<void> {
  const { pool } = api.database.database;
  const { start, end, timeZone } = invoice.period;
  expect(timeZone).toBe(zone);
  const { rows } = await pool.query(
    `SELECT count(*) FILTER (WHERE kind = 0)::int AS receptive, count(*)::int AS all FROM projection.windows
     WHERE tenant = $1 AND opened_at >= $2 AND opened_at < $3`,
    [TENANT, Date.parse(start), Date.parse(end)],
  );
  const charged = invoice.lines.find(({ code }: { code: string }) => code === 'receptive.overage');
  expect(charged.quantity).toBe(rows[0].receptive);
  expect((await pool.query('SELECT count(*)::int AS all FROM billing.billed_windows')).rows).toEqual([
    { all: rows[0].all },
  ]);
  expect(await verifyInvoices(api.database.database)).toMatchObject({ ok: true });
}

test('an invoice made final while the zone changes waits for it, and is that of the new zone', async () => {
  await billable();
  const draft = (await api.call('GET', INVOICE)).json;
  let made: Promise<Answer> | undefined;
  const changed = await whileCounting(
    () => move('Asia/Kathmandu'),
    async () => {
      made = api.call('POST', `${INVOICE}/finalize`);
      // Until then everything answers by the old zone.
      expect((await api.call('GET', INVOICE)).json).toMatchObject({ status: 'draft', total: draft.total });
    },
  );
  const final = await made;
  expect([changed.status, final?.status]).toEqual([201, 200]);
  expect(final?.json.total).not.toBe(draft.total);
  await expectRight(final?.json, 'Asia/Kathmandu');
  await verified();
  const back = await move(TEST_ZONE);
  expect([back.status, back.json.type]).toEqual([409, '/problems/period-final']);
});

test('a zone that is changed while an invoice is made final is refused, and the invoice is that of the old zone', async () => {
  await billable();
  let changed: ReturnType<typeof move> | undefined;
  const final = await whileCounting(
    () => api.call('POST', `${INVOICE}/finalize`),
    async () => {
      changed = move('Asia/Kathmandu');
      expect(await zoneOf()).toBe(TEST_ZONE);
    },
  );
  const refused = await changed;
  expect([final.status, refused?.status, refused?.json.type]).toEqual([200, 409, '/problems/period-final']);
  await expectRight(final.json, TEST_ZONE);
  await verified();
});
