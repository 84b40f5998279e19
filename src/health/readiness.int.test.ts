import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { type TestDatabase, testDatabase } from '../../test/support/database.ts';
import { TEST_PARTITIONS, testLog } from '../../test/support/projected.ts';
import { until } from '../../test/support/until.ts';
import { NO_LIMITS } from '../config.ts';
import { buildHealthApp } from '../http/app.ts';
import type { EventLog } from '../log/log.ts';
import { createMetrics } from '../metrics.ts';
import { liveProjection } from '../projection/tables/live-projection.ts';
import { seedPositions } from '../projection/tables/positions.ts';
import { openDatabase } from '../store/database.ts';
import { type LogEndsWatch, watchLogEnds } from './log-ends.ts';
import { measureLag, STALLED_MS } from './projection-lag.ts';
import { checkReadiness, type ReadinessDeps, sayOnce } from './readiness.ts';

let kept: TestDatabase;
let log: EventLog;
let watch: LogEndsWatch;
let time = 0;
const metrics = createMetrics();
const logger = pino({ level: 'silent' });

beforeAll(async () => {
  kept = await testDatabase();
  log = await testLog(kept.database);
  watch = await watchLogEnds(log, () => time);
  await seedPositions(await liveProjection(kept.database.db), TEST_PARTITIONS);
});

afterAll(async () => {
  await watch?.stop();
  await log?.close();
  await kept?.drop();
});

function deps(changes: Partial<ReadinessDeps> = {}): ReadinessDeps {
  const lag = measureLag({ db: kept.database.db, metrics, logger, now: () => time });
  const rest = { logRefusal: () => null, draining: () => false, projector: { failure: () => null } };
  return { database: kept.database, log: watch, lag, unsaid: () => undefined, ...rest, ...changes };
}

/** What is not in order, as `/readyz` says it. */
async function readyz(changes: Partial<ReadinessDeps> = {}) {
  const app = await buildHealthApp({
    metrics,
    logger,
    limits: NO_LIMITS,
    readiness: () => checkReadiness(deps(changes)),
  });
  const { statusCode, payload, headers } = await app.inject({ method: 'GET', url: '/readyz' });
  await app.close();
  return { status: statusCode, retry: headers['retry-after'], detail: JSON.parse(payload).detail };
}

test('a service with everything in order is ready', async () => {
  expect(await readyz()).toMatchObject({ status: 200 });
  const names = (await checkReadiness(deps())).map(({ name }) => name);
  expect(names).toEqual(['database', 'migrations', 'log', 'projector', 'projection']);
});

test('what makes it unready is in the metrics, too', async () => {
  const projector = { failure: () => new Error('it stopped') };
  const readiness = () => checkReadiness(deps({ projector }));
  const app = await buildHealthApp({ metrics, logger, limits: NO_LIMITS, readiness });
  const { payload } = await app.inject({ method: 'GET', url: '/metrics' });
  await app.close();
  expect(payload).toContain('janela_unready{check="projector"} 1');
  expect(payload).toContain('janela_unready{check="database"} 0');
});

test('migrations that are pending make it unready', async () => {
  await kept.owner.pool.query("DELETE FROM public.janela_migrations WHERE name = '0008_gaps'");
  try {
    expect(await readyz()).toEqual({
      status: 503,
      retry: '1',
      detail: 'migrations: run janela migrate, for 0008_gaps',
    });
  } finally {
    await kept.owner.pool.query("INSERT INTO public.janela_migrations (name) VALUES ('0008_gaps')");
  }
});

test('a newer migration that is marked as compatible does not make it unready', async () => {
  await kept.owner.pool.query(
    "INSERT INTO public.janela_migrations (name, compatible_from) VALUES ('9999_future', '0009_without_plan')",
  );
  try {
    expect(await readyz()).toMatchObject({ status: 200 });
  } finally {
    await kept.owner.pool.query("DELETE FROM public.janela_migrations WHERE name = '9999_future'");
  }
});

test.each([
  ['not marked', 'null'],
  ['marked for later code only', "'9998_future'"],
])('a newer migration that is %s makes it unready', async (_, mark) => {
  await kept.owner.pool.query(
    `INSERT INTO public.janela_migrations (name, compatible_from) VALUES ('9999_future', ${mark})`,
  );
  try {
    const { status, detail } = await readyz();
    expect(status).toBe(503);
    expect(detail).toBe(
      'migrations: The database is newer than this version of janela (it has 9999_future): start the version that migrated it, or a later one.',
    );
  } finally {
    await kept.owner.pool.query("DELETE FROM public.janela_migrations WHERE name = '9999_future'");
  }
});

test('a database that is not there makes it unready', async () => {
  const nowhere = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/nothing' });
  try {
    const lines: unknown[] = [];
    const unsaid = sayOnce({ warn: (line: unknown) => lines.push(line) });
    for (let i = 0; i < 3; i++)
      expect(await readyz({ database: nowhere, unsaid })).toMatchObject({
        status: 503,
        detail: 'database: it does not answer; the log of the service says why',
      });
    expect(lines).toEqual([{ check: 'database', reason: expect.stringMatching(/ECONNREFUSED/) }]);
  } finally {
    await nowhere.close();
  }
});

test('a log that does not answer makes it unready, and one that never did', async () => {
  const other = openDatabase({ url: kept.url });
  const lost = await testLog(other);
  const watching = await watchLogEnds(lost, () => time);
  expect(await readyz({ log: watching })).toMatchObject({ status: 200 });
  await other.close();
  await until(() => watching.error() !== null, { what: 'the log to be missed' });
  expect(await readyz({ log: watching })).toMatchObject({
    status: 503,
    detail: expect.stringMatching(/^log: \S/),
  });
  await watching.stop();
  const never = await watchLogEnds(lost, () => time);
  expect(never.seenAt()).toBeNull();
  expect(await readyz({ log: never })).toMatchObject({
    status: 503,
    detail: expect.stringMatching(/^log: /),
  });
  await never.stop();
  await lost.close();
});

test('a partition with lag that has not moved for 60 s makes it unready, and ready again when it moves', async () => {
  const lag = measureLag({ db: kept.database.db, metrics, logger, now: () => time });
  const look = async (at: number, seen: () => boolean) => {
    time = at;
    await until(
      () => {
        const ends = [
          { partition: 0, low: 0, end: 0 },
          { partition: 1, low: 0, end: 7 },
        ];
        lag.look(ends, time);
        return seen();
      },
      { what: 'a look at the positions' },
    );
  };
  metrics.projectionLag.reset();
  await look(0, () => true);
  await until(async () => (await metrics.projectionLag.get()).values.length === 2, { what: 'the lag' });
  await look(STALLED_MS, () => true);
  expect(await readyz({ lag })).toMatchObject({ status: 200 });
  time = STALLED_MS + 1;
  expect(await readyz({ lag })).toEqual({
    status: 503,
    retry: '1',
    detail: 'projection: no progress for 60 s on partition 1',
  });
  expect(await readyz({ lag, projector: null })).toMatchObject({ status: 200 });
  await look(STALLED_MS + 1, () => true);
  expect((await metrics.projectionStalled.get()).values).toEqual([{ labels: {}, value: 1 }]);
  await kept.database.pool.query('UPDATE projection.positions SET next = 1 WHERE partition = 1');
  await look(STALLED_MS + 2, () => lag.stalled().length === 0);
  expect(await readyz({ lag })).toMatchObject({ status: 200 });
});

test('a projector that stopped for good makes it unready, and says why', async () => {
  const projector = { failure: () => new Error('The log is not the one that was projected.') };
  expect(await readyz({ projector })).toMatchObject({
    status: 503,
    detail: 'projector: The log is not the one that was projected.',
  });
});
