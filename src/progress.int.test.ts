import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { pino } from 'pino';
import { createMetrics } from './metrics.ts';
import { createProgress, type Progress, STALLED_MS } from './progress.ts';
import { seedPositions } from './projection/schema.ts';
import { type TestDatabase, testDatabase } from './testing/database.ts';
import { until } from './testing/until.ts';

let kept: TestDatabase;
let time: number;
let progress: Progress;
let metrics: ReturnType<typeof createMetrics>;

beforeEach(async () => {
  kept = await testDatabase();
  await seedPositions(kept.database.db, 'projection', 2);
  time = 0;
  metrics = createMetrics();
  progress = createProgress({
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
  progress.look(ends.map((end, partition) => ({ partition, low: 0, end })));
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
