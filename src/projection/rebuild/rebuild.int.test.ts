import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { testDatabase } from '../../../test/support/database.ts';
import { granted } from '../../../test/support/granted.ts';
import {
  mixedAppending,
  projectLog,
  simulatedEvents,
  TEST_PARTITIONS,
  TEST_ZONE,
  testLog,
} from '../../../test/support/projected.ts';
import { type RebuildBench, rebuildBench } from '../../../test/support/rebuilds.ts';
import { unsealingIn } from '../../../test/support/sealing.ts';
import type { Event } from '../../domain/event.ts';
import { refuse } from '../../domain/refusal.ts';
import { verbatim } from '../../domain/sentences.ts';
import type { EventLog } from '../../log/log.ts';
import type { RebuildPhase } from '../../store/tables.ts';
import { verifyProjection } from '../../verify/projection/verify-projection.ts';
import { currentSchema } from '../tables/live-projection.ts';
import { promoteRebuild, rollBackRebuild } from './promote.ts';
import { discardRebuild, startRebuild } from './start.ts';
import { findRebuild, type Rebuild } from './state.ts';

let fixture: Awaited<ReturnType<typeof testDatabase>>;
let log: EventLog;
let bench: RebuildBench;
/** Records of both formats. */
let appendEvents: ReturnType<typeof mixedAppending>;
const events = simulatedEvents({ seed: 3 });
const author = { actor: 'test', at: 9, defaultTimeZone: TEST_ZONE, objection: async () => null };
const promotion = { actor: 'test', at: 5, reason: null, rules: null, objection: async () => null };

beforeAll(async () => {
  fixture = await testDatabase();
  log = await testLog(fixture.database);
  appendEvents = mixedAppending(fixture.database);
  bench = rebuildBench(fixture.url, log);
  await appendEvents(log, [...events.slice(0, 2_500), ...nastyEvents()]);
  const value = Buffer.from('not json');
  await log.append([{ partition: 1, key: Buffer.from('k'), value }]);
  await projectLog(fixture.database, log);
});

afterAll(async () => {
  await bench?.close();
  await log?.close();
  await fixture?.drop();
});

/** Conflicts with messages and receipts, twice, and repeats of conflicts. */
function nastyEvents(): Event[] {
  return events.slice(0, 60).flatMap((event, i) => {
    const other = { ...event, occurredAt: event.occurredAt + 1_000 + i };
    return i % 3 === 0 ? [other, other, event] : [other];
  });
}

async function start(): Promise<Rebuild> {
  return granted(await startRebuild(bench.database, { actor: 'test', at: 1, partitions: TEST_PARTITIONS }));
}

async function discard({ id }: Rebuild): Promise<void> {
  expect(granted(await discardRebuild(bench.database, id, { actor: 'test', at: 2 }))).toMatchObject({
    state: 'discarded',
  });
}

test('equal code gives equal projections: every table, conflicts and poison included', async () => {
  const rebuild = await start();
  const worker = bench.start();
  try {
    const { comparison, phase } = await bench.reached(rebuild.id, 'caught-up');
    expect(comparison?.differences).toEqual({ count: 0, items: [] });
    expect(comparison?.digests.rebuilt).toBe(comparison?.digests.live);
    expect(comparison?.counts.rebuilt.quarantine).toBeGreaterThan(40);
    expect(comparison?.counts.live.windows).toBeGreaterThan(100);
    expect(phase).toBe('follow');
    const verified = await verifyProjection(bench.database, {
      unsealing: unsealingIn(bench.database.db),
      schema: rebuild.schema,
      defaultTimeZone: 'America/Sao_Paulo',
    });
    expect(verified).toMatchObject({ ok: true });
  } finally {
    await worker.stop();
    await discard(rebuild);
  }
});

test('there is one rebuild at a time', async () => {
  const rebuild = await start();
  expect(
    await startRebuild(bench.database, { actor: 'test', at: 1, partitions: TEST_PARTITIONS }),
  ).toMatchObject({ ok: false, refusal: { problem: 'rebuild-running' } });
  await discard(rebuild);
  const next = await start();
  await discard(next);
  expect(await findRebuild(bench.database.db, rebuild.id)).toMatchObject({ state: 'discarded' });
});

test.each<RebuildPhase>(['load', 'fold', 'index', 'compare'])(
  'broken off while it is at %s, it goes on and comes to the same',
  async (phase) => {
    const rebuild = await start();
    const cut = Promise.withResolvers<void>();
    const first = bench.start({
      progress(_, progress) {
        if (progress.phase === phase) cut.resolve();
      },
    });
    await cut.promise;
    await first.stop();
    const second = bench.start();
    try {
      const { comparison } = await bench.reached(rebuild.id, 'caught-up');
      expect(comparison?.differences.items).toEqual([]);
    } finally {
      await second.stop();
      await discard(rebuild);
    }
  },
);

test('folding twice, as after a crash before the phase was noted, changes nothing', async () => {
  const rebuild = await start();
  const first = bench.start();
  await bench.reached(rebuild.id, 'caught-up');
  await first.stop();
  await fixture.database.pool.query(
    "UPDATE public.rebuilds SET phase = 'fold', state = 'running' WHERE id = $1",
    [rebuild.id],
  );
  const second = bench.start();
  try {
    expect((await bench.reached(rebuild.id, 'caught-up')).comparison?.differences.items).toEqual([]);
  } finally {
    await second.stop();
    await discard(rebuild);
  }
});

test.each([
  [
    'events',
    `UPDATE projection.events SET metadata = '{"a":1}' WHERE ctid = (SELECT min(ctid) FROM projection.events)`,
    /event .* differs: metadata is/,
  ],
  [
    'windows',
    `DELETE FROM projection.windows WHERE ctid = (SELECT min(ctid) FROM projection.windows)`,
    /Only the rebuilt projection has the \w+ window of 2026-/,
  ],
  [
    'conversations',
    `UPDATE projection.conversations SET contact = 'x' WHERE ctid = (SELECT min(ctid) FROM projection.conversations)`,
    /contact is x in the live projection/,
  ],
  [
    'window_tallies',
    `UPDATE projection.window_tallies SET windows = windows + 1 WHERE ctid = (SELECT min(ctid) FROM projection.window_tallies)`,
    /tally of .* windows is \d+ in the live projection and \d+ in the rebuilt one/,
  ],
  [
    'message_tallies',
    `UPDATE projection.message_tallies SET received = received + 1 WHERE ctid = (SELECT min(ctid) FROM projection.message_tallies)`,
    /tally of messages .* received is/,
  ],
  [
    'quarantine',
    `UPDATE projection.quarantine SET detail = 'x' WHERE reason = 'unreadable'`,
    /record in quarantine .* differs: detail is x/,
  ],
  [
    'positions',
    `UPDATE projection.positions SET chain = '\\x00' WHERE partition = 2`,
    /position of partition 2 differs: chain is/,
  ],
])('a damaged row in %s is found and named', async (table, damage, sentence) => {
  const { pool } = fixture.owner;
  await pool.query(`CREATE TABLE public.kept AS TABLE projection.${table}`);
  const rebuild = await start();
  const worker = bench.start();
  try {
    expect((await pool.query(damage)).rowCount).toBe(1);
    const { comparison } = await bench.reached(rebuild.id, 'caught-up');
    expect(comparison?.differences.count).toBe(1);
    expect(comparison?.differences.items[0]).toMatchObject({
      table,
      samples: [expect.stringMatching(sentence)],
    });
    expect(comparison?.digests.rebuilt).not.toBe(comparison?.digests.live);
    if (table === 'windows') expect(comparison?.differences.items[0]?.period).toBe('2026-10');
    expect(await promoteRebuild(bench.database.db, rebuild.id, promotion)).toEqual(
      refuse('rebuild-differs', verbatim('It differs in 1 places.')),
    );
  } finally {
    await worker.stop();
    await discard(rebuild);
    await pool.query(`TRUNCATE projection.${table}`);
    await pool.query(`INSERT INTO projection.${table} SELECT * FROM public.kept`);
    await pool.query('DROP TABLE public.kept');
  }
});

test('a promoted rebuild is what the projector goes on writing; rolled back, the old one catches up', async () => {
  const { db } = bench.database;
  const rebuild = await start();
  const worker = bench.start();
  try {
    await bench.reached(rebuild.id, 'caught-up');
    await appendEvents(log, events.slice(2_500, 2_700));
    await projectLog(fixture.database, log);
    expect(await promoteRebuild(db, rebuild.id, promotion)).toMatchObject({
      ok: true,
      value: { state: 'promoted' },
    });
    expect(await currentSchema(db)).toBe(rebuild.schema);
    await appendEvents(log, events.slice(2_700, 2_900));
    await projectLog(fixture.database, log);
    expect(
      await verifyProjection(bench.database, {
        unsealing: unsealingIn(bench.database.db),
        defaultTimeZone: 'America/Sao_Paulo',
      }),
    ).toMatchObject({
      ok: true,
      schema: rebuild.schema,
    });
    expect(await rollBackRebuild(db, rebuild.id, author)).toMatchObject({
      ok: true,
      value: { state: 'rolled-back' },
    });
    expect(await currentSchema(db)).toBe('projection');
    expect(await rollBackRebuild(db, rebuild.id, author)).toEqual(
      refuse(
        'rebuild-state',
        verbatim('The rebuild is rolled-back; only the one that is live can be rolled back.'),
      ),
    );
    await projectLog(fixture.database, log);
    expect(
      await verifyProjection(bench.database, {
        unsealing: unsealingIn(bench.database.db),
        defaultTimeZone: 'America/Sao_Paulo',
      }),
    ).toMatchObject({
      ok: true,
      schema: 'projection',
    });
  } finally {
    await worker.stop();
  }
});

test('an index of the live projection is an index of the rebuilt one', async () => {
  const rebuild = await start();
  const worker = bench.start();
  try {
    await bench.reached(rebuild.id, 'caught-up');
    const { rows } = await fixture.database.pool.query(
      `SELECT tablename, array_agg(regexp_replace(indexdef, '^.* USING', '') ORDER BY regexp_replace(indexdef, '^.* USING', '')) AS indexes, schemaname
       FROM pg_indexes WHERE schemaname IN ('projection', $1) GROUP BY tablename, schemaname ORDER BY tablename, schemaname`,
      [rebuild.schema],
    );
    const bySchema = Map.groupBy(rows, (row) => row.schemaname);
    const shown = (name: string) =>
      bySchema.get(name)?.map(({ tablename, indexes }) => ({ tablename, indexes }));
    expect(shown(rebuild.schema)).toEqual(shown('projection'));
    const options = await fixture.database.pool.query(
      `SELECT n.nspname, c.relname, c.reloptions FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = $1 AND c.reloptions IS NOT NULL AND c.relkind = 'r' ORDER BY 2`,
      [rebuild.schema],
    );
    expect(options.rows.map(({ relname }) => relname)).toEqual([
      'message_tallies',
      'positions',
      'window_tallies',
      'windows',
    ]);
  } finally {
    await worker.stop();
    await discard(rebuild);
  }
});

test('nothing is rolled back while another rebuild compares with it, nor to what was dropped', async () => {
  const { db } = bench.database;
  const worker = bench.start();
  const promoteNext = async () => {
    const rebuild = await start();
    await bench.reached(rebuild.id, 'caught-up');
    expect(await promoteRebuild(db, rebuild.id, promotion)).toMatchObject({
      ok: true,
      value: { state: 'promoted' },
    });
    return rebuild;
  };
  try {
    const first = await promoteNext();
    const between = await start();
    expect(await rollBackRebuild(db, first.id, author)).toMatchObject({
      refusal: { detail: expect.stringContaining(`Rebuild ${between.id} is under way`) },
    });
    await discard(between);
    const second = await promoteNext();
    await discard(await start());
    expect(await rollBackRebuild(db, second.id, author)).toMatchObject({
      ok: true,
      value: { state: 'rolled-back' },
    });
    expect(await currentSchema(db)).toBe(first.schema);
    expect(await rollBackRebuild(db, first.id, author)).toEqual(
      refuse(
        'rebuild-state',
        verbatim('The projection before it was dropped when a later rebuild was started.'),
      ),
    );
  } finally {
    await worker.stop();
  }
});
