import { beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createMetrics } from '../metrics.ts';
import { createLogBlocked, type LogBlocked } from './log-blocked.ts';

let time: number;
let lines: string[];
let metrics: ReturnType<typeof createMetrics>;
let blocked: LogBlocked;

beforeEach(() => {
  time = 0;
  lines = [];
  metrics = createMetrics();
  const logger = pino({}, { write: (line: string) => lines.push(JSON.parse(line).msg) });
  blocked = createLogBlocked({ metrics, logger, now: () => time });
});

/** Looks at partition 3, as it stands at an instant in seconds; resolves with what the metric says. */
async function look(at: number, readable: number, end: number): Promise<number | undefined> {
  time = at * 1_000;
  blocked.look([{ partition: 3, low: 0, readable, end }]);
  const { values } = await metrics.logBlocked.get();
  return values.find(({ labels }) => labels.partition === 3)?.value;
}

test('a partition that cannot be read to its end is blocked from the first look on, whatever is appended meanwhile', async () => {
  expect(await look(0, 7, 7)).toBe(0);
  expect(await look(1, 7, 9)).toBe(0);
  expect(await look(61, 7, 400)).toBe(60);
  expect(await look(62, 400, 400)).toBe(0);
});

test('transactions that follow each other are not one that stays open', async () => {
  await look(0, 7, 9);
  expect(await look(30, 11, 14)).toBe(0);
  expect(await look(45, 11, 20)).toBe(15);
});

test('it is told once, after ten seconds, and once more when it is over', async () => {
  for (const at of [0, 9.5, 10, 11, 300]) await look(at, 7, 9);
  await look(301, 9, 9);
  await look(302, 9, 9);
  expect(lines).toEqual([
    'Partition 3 of the log ends at 9, but can only be read up to 7: a transaction of somebody else is open in it, and what follows is not given before that ends.',
    'partition 3 of the log can be read to its end again',
  ]);
});
