import { expect, test } from '@jest/globals';
import { foldHistories } from '../domain/history.ts';
import { calendarOf } from '../domain/period.ts';
import { DEFAULT_RULES } from '../domain/rule.ts';
import { readEvent } from '../intake/read-event.ts';
import { simulateTraffic } from './traffic.ts';

const options = { seed: 7, tenants: 5, events: 8_000, month: '2026-10', timeZone: 'America/Sao_Paulo' };
const arrivals = [...simulateTraffic(options)];
const read = arrivals.map(({ event }) => readEvent(event, Number.POSITIVE_INFINITY));
const events = read.flatMap((result) => ('event' in result ? [result.event] : []));

test('the same seed gives the same events, another seed others', () => {
  expect([...simulateTraffic(options)]).toEqual(arrivals);
  expect(simulateTraffic({ ...options, seed: 8 }).next().value).not.toEqual(arrivals[0]);
});

test('as many events arrive as were asked for, all of them valid and within the month', () => {
  expect(read.filter((result) => 'rejection' in result)).toEqual([]);
  expect(arrivals).toHaveLength(options.events);
  const { start, end } = calendarOf([{ from: null, zone: options.timeZone }]).boundsOf(options.month);
  const instants = events.map(({ occurredAt }) => occurredAt);
  expect(Math.min(...instants)).toBeGreaterThanOrEqual(start);
  expect(Math.max(...instants)).toBeLessThan(end);
});

test('some arrive twice, and some after events that are hours younger', () => {
  const repeated = arrivals.filter((arrival) => arrival.repeated).length / arrivals.length;
  expect(repeated).toBeGreaterThan(0.01);
  expect(repeated).toBeLessThan(0.04);
  let latest = 0;
  let late = 0;
  for (const { occurredAt } of events) {
    if (occurredAt < latest - 3_600_000) late++;
    latest = Math.max(latest, occurredAt);
  }
  expect(late / events.length).toBeGreaterThan(0.02);
});

test('it has windows of both kinds, orphans, failures and voids', () => {
  const histories = foldHistories(events, () => DEFAULT_RULES);
  const windows = histories.flatMap((history) => history.windows);
  expect(windows.filter(({ kind }) => kind === 'receptive').length).toBeGreaterThan(200);
  expect(windows.filter(({ kind }) => kind === 'active').length).toBeGreaterThan(150);
  expect(histories.flatMap((history) => history.orphans).length).toBeGreaterThan(10);
  for (const type of ['message.failed', 'message.read', 'event.voided', 'activity.transfer']) {
    expect(events.filter((event) => event.type === type).length).toBeGreaterThan(2);
  }
});

test('a tenant has several accounts and channels, and the largest far more than the smallest', () => {
  const sizes = Map.groupBy(events, (event) => event.tenant);
  const [first, ...rest] = [...sizes.values()].sort((a, b) => b.length - a.length);
  expect(sizes.size).toBe(5);
  expect(first?.length).toBeGreaterThan(2 * (rest.at(-1)?.length ?? 0));
  expect(new Set(first?.map((event) => event.account)).size).toBeGreaterThan(1);
});
