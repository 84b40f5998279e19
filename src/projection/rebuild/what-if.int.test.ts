import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { testDatabase } from '../../../test/support/database.ts';
import { granted } from '../../../test/support/granted.ts';
import { liveTraffic } from '../../../test/support/live-traffic.ts';
import {
  appendEvents,
  projectLog,
  simulatedEvents,
  TEST_PARTITIONS,
  TEST_ZONE,
  testLog,
} from '../../../test/support/projected.ts';
import { type RebuildBench, rebuildBench } from '../../../test/support/rebuilds.ts';
import { unsealingIn } from '../../../test/support/sealing.ts';
import { historyOf, SEED, timelines } from '../../../test/support/traffic.ts';
import type { Event } from '../../domain/event.ts';
import { foldHistories } from '../../domain/history.ts';
import { calendarOf } from '../../domain/period.ts';
import { DEFAULT_RULES, type OtherRules, otherRulesOf, type RuleTimeline } from '../../domain/rule.ts';
import type { EventLog } from '../../log/log.ts';
import { withConnection } from '../../store/connections.ts';
import { verifyProjection } from '../../verify/projection/verify-projection.ts';
import { createSettingsCache, withOtherRules } from '../tables/tenant-rules.ts';
import { promoteRebuild, rollBackRebuild } from './promote.ts';
import { discardRebuild, startRebuild } from './start.ts';
import type { Rebuild } from './state.ts';

let fixture: Awaited<ReturnType<typeof testDatabase>>;
let log: EventLog;
let bench: RebuildBench;
let started: Rebuild | null = null;

const SLIDING: RuleTimeline = [{ from: null, rule: 'sliding', hours: 24, activeWhen: 'sent' }];
const calendar = calendarOf([{ from: null, zone: TEST_ZONE }]);
const author = { actor: 'test', at: 9, defaultTimeZone: TEST_ZONE, objection: async () => null };
const promotion = { actor: 'test', at: 5, reason: 'agreed', rules: author, objection: async () => null };

/** Histories full of edges, each of a tenant of its own; the rest is traffic as it is every day. */
const nasty = fc.sample(historyOf('x', 25), { numRuns: 60, seed: SEED });
const edges = nasty.flatMap((history, i) => history.map((event) => ({ ...event, tenant: `edge-${i}` })));
const everyday = simulatedEvents({ seed: 3, events: 1_500 });
const events = [...everyday.slice(0, 1_000), ...edges, ...everyday.slice(1_000)];
const tenants = [...new Set(events.map(({ tenant }) => tenant))];

beforeAll(async () => {
  fixture = await testDatabase();
  log = await testLog(fixture.database);
  bench = rebuildBench(fixture.url, log);
  await appendEvents(log, events.slice(0, 1_500));
  await projectLog(fixture.database, log);
});

afterEach(async () => {
  if (started !== null) granted(await discardRebuild(bench.database, started.id, { actor: 'test', at: 2 }));
  started = null;
});

afterAll(async () => {
  await bench?.close();
  await log?.close();
  await fixture?.drop();
});

async function ask(rules: OtherRules | null, period: string | null = null): Promise<Rebuild> {
  const asking = { actor: 'test', at: 1, partitions: TEST_PARTITIONS, rules, period };
  started = granted(await startRebuild(bench.database, asking));
  return started;
}

async function windowsIn(schema: string) {
  const { rows } = await bench.database.pool.query(
    `SELECT tenant, opened_by, kind, opened_at, closes_at, rule FROM ${schema}.windows
     ORDER BY tenant, opened_at, opened_by`,
  );
  return rows;
}

/** The windows of these events folded from scratch. */
function windowsOf(seen: readonly Event[], rulesOf: (tenant: string) => RuleTimeline) {
  return foldHistories(seen, rulesOf)
    .flatMap(({ conversation: { tenant }, windows }) =>
      windows.map(({ kind, openedAt, closesAt, opener, rule }) => ({
        tenant,
        opened_by: opener.event.id,
        kind: kind === 'active' ? 1 : 0,
        opened_at: openedAt,
        closes_at: closesAt,
        rule: rule.rule,
      })),
    )
    .sort((a, b) => (a.tenant < b.tenant ? -1 : a.tenant > b.tenant ? 1 : inOrder(a, b)));
}

function inOrder(a: { opened_at: number; opened_by: string }, b: { opened_at: number; opened_by: string }) {
  const [left, right] = [Buffer.from(a.opened_by), Buffer.from(b.opened_by)];
  return a.opened_at - b.opened_at || Buffer.compare(left, right);
}

/** Random timelines for two thirds of the tenants by name, one for all the others. */
function anyRules(): OtherRules {
  const drawn = fc.sample(timelines, { numRuns: tenants.length, seed: SEED });
  const named = tenants.flatMap((tenant, i) => (i % 3 === 0 ? [] : [[tenant, drawn[i] ?? SLIDING] as const]));
  return { all: SLIDING, tenants: Object.fromEntries(named) };
}

test(`broken off again and again, a what-if is the fold from scratch under its rules, and stays it as the log grows (seed ${SEED})`, async () => {
  const rules = anyRules();
  const { id, schema } = await ask(rules);
  for (const phase of ['load', 'fold', 'compare']) {
    const cut = Promise.withResolvers<void>();
    const worker = bench.start({
      progress(_, progress) {
        if (progress.phase === phase || progress.phase === 'follow') cut.resolve();
      },
    });
    await cut.promise;
    await worker.stop();
  }
  const worker = bench.start();
  const rulesOf = (tenant: string) => otherRulesOf(rules, tenant) ?? DEFAULT_RULES;
  await bench.reached(id, 'caught-up');
  expect(await windowsIn(schema)).toEqual(windowsOf(events.slice(0, 1_500), rulesOf));
  await worker.stop();
  await appendEvents(log, events.slice(1_500));
  await projectLog(fixture.database, log);
  const another = bench.start();
  try {
    await bench.sameAsLive(schema);
    expect(await windowsIn(schema)).toEqual(windowsOf(events, rulesOf));
    expect(await windowsIn('projection')).toEqual(windowsOf(events, () => DEFAULT_RULES));
  } finally {
    await another.stop();
  }
});

test('tenants that a what-if does not name show no difference, and those that it names are counted by period', async () => {
  const name = everyday[0]?.tenant ?? '';
  const hourly: RuleTimeline = [{ from: null, rule: 'fixed', hours: 1, activeWhen: 'sent' }];
  const rules = { all: null, tenants: { [name]: hourly, 'nobody-yet': hourly } };
  const { id, schema } = await ask(rules);
  const worker = bench.start();
  try {
    const { comparison } = await bench.reached(id, 'caught-up');
    const differing = new Set(comparison?.differences.items.map(({ tenant }) => tenant));
    expect([...differing]).toEqual([name]);
    expect(new Set(comparison?.differences.items.map(({ table }) => table))).toEqual(
      new Set(['windows', 'window_tallies']),
    );
    const counted = async (of: string, period: string, kind: number) =>
      (await windowsIn(of)).filter(
        (row) => row.tenant === name && row.kind === kind && calendar.periodOf(row.opened_at) === period,
      ).length;
    expect(comparison?.usage?.count).toBeGreaterThan(0);
    for (const item of comparison?.usage?.items ?? []) {
      const { period, receptive, active } = item;
      expect(item).toMatchObject({ tenant: name, money: null });
      for (const [kind, pair] of [receptive, active].entries())
        expect(pair).toEqual({
          live: await counted('projection', period.id, kind),
          rebuilt: await counted(schema, period.id, kind),
        });
    }
    const october = comparison?.usage?.items.find(({ period }) => period.id === '2026-10');
    expect(october?.receptive.rebuilt).toBeGreaterThan(october?.receptive.live ?? 0);
  } finally {
    await worker.stop();
  }
});

test('restricted to a period, it lists that one, and is a question that cannot be promoted', async () => {
  const { id } = await ask({ all: SLIDING, tenants: {} }, '2026-10');
  const worker = bench.start();
  try {
    const { comparison } = await bench.reached(id, 'caught-up');
    expect(new Set(comparison?.usage?.items.map(({ period }) => period.id))).toEqual(new Set(['2026-10']));
    expect(new Set(comparison?.differences.items.map(({ period }) => period))).toEqual(new Set(['2026-10']));
    expect(comparison?.usage?.count).toBe(4);
    const promoted = await promoteRebuild(bench.database.db, id, promotion);
    expect(promoted).toMatchObject({
      refusal: { problem: 'rebuild-state', detail: expect.stringMatching(/^Only 2026-10 was compared/) },
    });
  } finally {
    await worker.stop();
  }
});

test('promoted while traffic of new tenants comes in, it leaves what a rebuild by the rules of the tenants gives; rolled back too', async () => {
  const { db } = bench.database;
  const rules = { all: SLIDING, tenants: {} };
  const { id, schema } = await ask(rules);
  const worker = bench.start();
  const traffic = await liveTraffic(
    fixture.url,
    log,
    (i) => ({ ...everyday[i % 500], tenant: `new-${i}` }) as Event,
  );
  try {
    await bench.reached(id, 'caught-up');
    await traffic.posted(20);
    expect(await rulesOfStranger(rules, schema)).toEqual(SLIDING);
    expect(await promoteRebuild(db, id, promotion)).toMatchObject({ ok: true, value: { state: 'promoted' } });
    expect(await rulesOfStranger(rules, schema)).toEqual(DEFAULT_RULES);
    await traffic.posted(20);
    await traffic.stop();
    const registered = await db.selectFrom('billing.tenants').select(['tenant', 'rules']).execute();
    expect(registered.length).toBeGreaterThan(tenants.length);
    for (const tenant of registered) expect(tenant.rules).toEqual(SLIDING);
    expect(
      await verifyProjection(bench.database, {
        unsealing: unsealingIn(bench.database.db),
        defaultTimeZone: TEST_ZONE,
      }),
    ).toMatchObject({
      ok: true,
      schema,
    });
    await expectEqual();
    expect(await rollBackRebuild(db, id, author)).toMatchObject({
      ok: true,
      value: { state: 'rolled-back' },
    });
    const rolledBack = await db.selectFrom('billing.tenants').select(['tenant', 'rules']).execute();
    for (const tenant of rolledBack) expect(tenant.rules).toEqual(DEFAULT_RULES);
    expect(
      await verifyProjection(bench.database, {
        unsealing: unsealingIn(bench.database.db),
        defaultTimeZone: TEST_ZONE,
      }),
    ).toMatchObject({
      ok: true,
      schema: 'projection',
    });
    await expectEqual();
  } finally {
    await traffic.stop();
    await worker.stop();
  }
});

/** By which a worker on the rebuild judges a tenant that nobody has met yet. */
async function rulesOfStranger(rules: OtherRules, schema: string): Promise<RuleTimeline | undefined> {
  const settings = withOtherRules(createSettingsCache(TEST_ZONE), rules, schema);
  return await withConnection(bench.database, async (client) => {
    const loaded = await settings.load(client, new Set(['stranger']));
    return loaded.get('stranger')?.rules;
  });
}

/** A rebuild by the tenants' own rules finds the live projection to be right. */
async function expectEqual(): Promise<void> {
  const { id } = await ask(null);
  expect((await bench.reached(id, 'caught-up')).comparison?.differences).toEqual({ count: 0, items: [] });
  granted(await discardRebuild(bench.database, id, { actor: 'test', at: 2 }));
  started = null;
}
