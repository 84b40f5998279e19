import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../../../../test/support/database.ts';
import { granted } from '../../../../test/support/granted.ts';
import {
  mixedAppending,
  simulatedEvents,
  TEST_PARTITIONS,
  TEST_ZONE,
  testLog,
} from '../../../../test/support/projected.ts';
import { register } from '../../../../test/support/projection.ts';
import { unsealingIn } from '../../../../test/support/sealing.ts';
import { DEFAULT_RULES } from '../../../domain/rule.ts';
import { type EventLog, LogUnavailable } from '../../../log/log.ts';
import { verifyProjection } from '../../../verify/projection/verify-projection.ts';
import { createSettingsCache } from '../../tables/tenant-rules.ts';
import { startRebuild } from '../start.ts';
import { loadAndFold } from './load-and-fold.ts';
import type { RebuildMeter } from './meter.ts';
import { createLocalShard, type Shard } from './shard.ts';

let fixture: TestDatabase;
let log: EventLog;
const CONFLICTS = 40;

beforeAll(async () => {
  fixture = await testDatabase();
  log = await testLog(fixture.database);
  const appendEvents = mixedAppending(fixture.database);
  const simulated = simulatedEvents({ seed: 11, events: 1_500, tenants: 2 });
  // By the clock of a platform that knows quarters of an hour.
  const events = simulated.map((event) => ({
    ...event,
    occurredAt: event.occurredAt - (event.occurredAt % 900_000),
  }));
  await appendEvents(log, events);
  // Of receipts the instant is not content.
  const messages = events.filter(({ type }) => type === 'message.received' || type === 'message.sent');
  const again = messages.slice(-CONFLICTS).map((event) => ({ ...event, occurredAt: event.occurredAt - 1 }));
  await appendEvents(log, again);
});

afterAll(async () => {
  await log?.close();
  await fixture?.drop();
});

/** A rebuild up to its fold, on three shards, the first as given. */
async function rebuildOn(
  change: (shard: Shard) => Partial<Shard>,
  read: EventLog = log,
): Promise<{ id: number; schema: string }> {
  const { database } = fixture;
  const asking = { actor: 'test', at: 1, partitions: TEST_PARTITIONS };
  const rebuild = granted(await startRebuild(database, asking));
  const settings = () => createSettingsCache(TEST_ZONE);
  const shard = () =>
    createLocalShard({
      database,
      log: read,
      settings: settings(),
      unsealing: unsealingIn(database.db),
    });
  const first = shard();
  const deps = {
    ...{ database, log: read, settings: settings() },
    withShards: <T>(use: (shards: readonly Shard[]) => Promise<T>) =>
      use([{ ...first, ...change(first) }, shard(), shard()]),
  };
  try {
    await loadAndFold(deps, rebuild, meter(), new AbortController().signal);
    return rebuild;
  } finally {
    await database.pool.query("UPDATE public.rebuilds SET state = 'discarded' WHERE id = $1", [rebuild.id]);
  }
}

function meter(): RebuildMeter {
  const ignored = () => undefined;
  return {
    phase: () => 'load',
    enter: async () => undefined,
    add: ignored,
    set: ignored,
    stop: async () => undefined,
  };
}

/** A log whose readers lose each partition after a batch and are given it again, from where they say that they are. */
function takenAgain(log: EventLog): EventLog {
  return {
    ...log,
    subscribe: (consumer) =>
      log.subscribe({
        ...consumer,
        async handle(batch) {
          const progress = await consumer.handle(batch);
          const next = (await consumer.progress([batch.partition])).get(batch.partition)?.next ?? 0;
          const records = batch.records.filter(({ offset }) => offset >= next);
          if (records.length > 0) await consumer.handle({ ...batch, first: next, records });
          return progress;
        },
      }),
  };
}

async function isWhole(schema: string): Promise<void> {
  const unsealing = unsealingIn(fixture.database.db);
  const options = { schema, unsealing, defaultTimeZone: TEST_ZONE };
  expect(await verifyProjection(fixture.database, options)).toMatchObject({ ok: true });
}

test('what shares an instant is in the order of its sealed ids', async () => {
  const { schema } = await rebuildOn(() => ({}));
  const { rows } = await fixture.database.pool.query(
    `SELECT count(*)::int AS tied FROM ${schema}.events a JOIN ${schema}.events b USING (conversation, at, class)
     WHERE a.class <= 2 AND a.key < b.key AND a.who IS NOT NULL AND b.who IS NOT NULL`,
  );
  expect(rows[0].tied).toBeGreaterThan(100);
  await isWhole(schema);
});

test('shards of uneven size give one whole projection', async () => {
  const { schema } = await rebuildOn(() => ({}));
  await isWhole(schema);
});

test('records that are given again, because a partition was lost and taken again, count once', async () => {
  const { schema } = await rebuildOn(() => ({}), takenAgain(log));
  await isWhole(schema);
  const { rows } = await fixture.database.pool.query(
    `SELECT count(*)::int AS conflicts FROM ${schema}.quarantine`,
  );
  expect(rows).toEqual([{ conflicts: CONFLICTS }]);
});

test('a zone that changes while one shard is done and others fold makes all fold again', async () => {
  let folds = 0;
  const { schema } = await rebuildOn((shard) => ({
    async fold(task, ...rest) {
      await shard.fold(task, ...rest);
      if (folds++ > 0) return;
      const { rows } = await fixture.database.pool.query(
        `SELECT tenant FROM ${task.rebuild.schema}.conversations LIMIT 1`,
      );
      await register(fixture.database, rows[0].tenant, DEFAULT_RULES, 'Asia/Kathmandu');
    },
  }));
  expect(folds).toBe(2);
  await isWhole(schema);
});

test('what one shard fails with ends the others and is the answer', async () => {
  const failure = new LogUnavailable('a process of the rebuild ended with SIGKILL');
  const failing = rebuildOn(() => ({ load: () => Promise.reject(failure) }));
  await expect(failing).rejects.toBe(failure);
});
