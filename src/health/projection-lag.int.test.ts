import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { pino } from 'pino';
import { type TestDatabase, testDatabase } from '../../test/support/database.ts';
import { until } from '../../test/support/until.ts';
import { createMetrics } from '../metrics.ts';
import { liveProjection } from '../projection/tables/live-projection.ts';
import { seedPositions } from '../projection/tables/positions.ts';
import { measureLag, type ProjectionLag, STALLED_MS } from './projection-lag.ts';

let kept: TestDatabase;
let time: number;
let progress: ProjectionLag;
let metrics: ReturnType<typeof createMetrics>;
/** First offsets that the log still has; 0 where nothing is said. */
let lows: number[];

beforeEach(async () => {
  kept = await testDatabase();
  await seedPositions(await liveProjection(kept.database.db), 2);
  time = 0;
  lows = [];
  metrics = createMetrics();
  progress = measureLag({
    db: kept.database.db,
    metrics,
    logger: pino({ level: 'silent' }),
    now: () => time,
  });
});

afterEach(() => kept.drop());

/** Looks at the log's ends, partition by partition, at an instant; resolves once the look is done. */
async function look(at: number, ...ends: number[]): Promise<void> {
  time = at;
  metrics.projectionLag.reset();
  const ranges = ends.map((end, partition) => ({ partition, low: lows[partition] ?? 0, end }));
  progress.look(ranges, at);
  await until(async () => (await metrics.projectionLag.get()).values.length === ends.length);
}

async function counted(partition: number, next: number): Promise<void> {
  await sql`UPDATE projection.positions SET next = ${next} WHERE partition = ${partition}`.execute(
    kept.database.db,
  );
}

test('a partition with lag that does not move is stalled after 60 s, and no sooner', async () => {
  await look(0, 5, 0);
  await look(STALLED_MS, 9, 0);
  expect(progress.stalled()).toEqual([]);
  time = STALLED_MS + 1;
  expect(progress.stalled()).toEqual([0]);
});

test('a partition that moves is slow, not stalled', async () => {
  await look(0, 500, 0);
  await counted(0, 1);
  await look(STALLED_MS, 900, 0);
  time = 2 * STALLED_MS;
  expect(progress.stalled()).toEqual([]);
});

test('a partition that was idle has 60 s from its first new record on', async () => {
  await look(0, 0, 0);
  await look(STALLED_MS, 0, 0);
  await look(10 * STALLED_MS, 1, 0);
  expect(progress.stalled()).toEqual([]);
});

test('the lag of every partition is in the metrics', async () => {
  await counted(1, 4);
  await look(0, 3, 6);
  const { values } = await metrics.projectionLag.get();
  expect(values.map(({ labels, value }) => [labels.partition, value])).toEqual([
    [0, 3],
    [1, 2],
  ]);
});

test('a log that ends before what was counted of it is another one, and the right one is let in again', async () => {
  await counted(1, 4);
  await look(0, 3, 6);
  expect(progress.broken()).toBeNull();
  await look(1, 3, 3);
  expect(progress.broken()?.message).toMatch(/^Partition 1 of the log ends at 3, but was projected up to 4/);
  await look(2, 3, 6);
  expect(progress.broken()).toBeNull();
});

test('ends that were read before the positions say nothing: the projection has moved on meanwhile', async () => {
  await look(0, 9, 9);
  await counted(0, 12);
  await look(10, 12, 9);
  progress.look([{ partition: 0, low: 0, end: 9 }], 9);
  expect(progress.broken()).toBeNull();
});

test('records that are gone before they were counted are not passed over', async () => {
  await counted(0, 4);
  await look(0, 9, 9);
  lows = [5];
  await look(1, 9, 9);
  expect(progress.broken()?.message).toMatch(
    /^Partition 0 of the log has no records from 4 to 4: data is gone/,
  );
});
