import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { byHand } from '../../test/support/by-hand.ts';
import { type TestDatabase, testDatabase } from '../../test/support/database.ts';
import { appendEvents, simulatedEvents, testLog } from '../../test/support/projected.ts';
import { until } from '../../test/support/until.ts';
import { type EventLog, LogUnavailable } from '../log/log.ts';
import { createMetrics } from '../metrics.ts';
import { checkRetention } from './log-retention.ts';

let kept: TestDatabase;
let log: EventLog;
let guard: { stop(): Promise<void> };
let metrics: ReturnType<typeof createMetrics>;
let said: string[];

beforeEach(async () => {
  kept = await testDatabase();
  log = await testLog(kept.database);
  await appendEvents(log, simulatedEvents({ seed: 5, events: 200 }));
  metrics = createMetrics();
  said = [];
});

afterEach(async () => {
  await guard.stop();
  await log.close();
  await kept.drop();
});

/** Looks all the time; a clock that stands still says everything once. */
function watch(over: EventLog = log): void {
  const logger = pino({ level: 'warn' }, { write: (line) => said.push(JSON.parse(line).msg) });
  guard = checkRetention({ log: over, metrics, logger, now: () => 7_000, everyMs: 5, againMs: 5 });
}

async function guarded(value: 0 | 1): Promise<void> {
  const is = async () =>
    (await metrics.logGuardedAt.get()).values[0]?.value === 7 &&
    (await metrics.logGuarded.get()).values[0]?.value === value;
  await until(is, { what: `the metric to be ${value}` });
}

test.each([
  [
    'its beginning',
    '"offset" < 2 and partition = 1',
    /^The log is not safe: Partition 1 of the log begins at offset 2: /,
  ],
  [
    'a record',
    '"offset" = 3 and partition = 2',
    /^The log is not safe: Partition 2 of the log has only \d+ of the \d+ records from offset 0 to /,
  ],
])('a log that has lost %s sets off the alarm once, until it is mended', async (_, lost, sentence) => {
  const { pool } = kept.owner;
  watch();
  await guarded(1);
  expect(said).toEqual([]);
  await pool.query(`create table public.kept as select * from log.records where ${lost}`);
  await byHand(pool, `delete from log.records where ${lost}`);
  await guarded(0);
  await pool.query('insert into log.records select * from public.kept');
  await guarded(1);
  expect(said).toEqual([expect.stringMatching(sentence)]);
});

test('a log that does not answer changes nothing that is known of it, and does not hold up the end', async () => {
  let answers = true;
  const silent = () => Promise.reject(new LogUnavailable('no answer'));
  watch({ ...log, weaknesses: () => (answers ? log.weaknesses() : silent()) });
  await guarded(1);
  answers = false;
  await until(() => said.length > 0, { what: 'the warning' });
  await guarded(1);
  await guard.stop();
  watch({ ...log, weaknesses: () => new Promise(() => undefined) });
});
