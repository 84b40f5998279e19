import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { type TestDatabase, testDatabase } from '../../test/support/database.ts';
import { TEST_ZONE } from '../../test/support/projected.ts';
import { type Projecting, projecting, RECEIVED_AT } from '../../test/support/projecting.ts';
import { until } from '../../test/support/until.ts';
import type { Event, EventType } from '../domain/event.ts';
import type { PartitionRange } from '../log/log.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import { readUnmatched, watchUnmatched } from './unmatched.ts';

const MINUTE_MS = 60_000;
let kept: TestDatabase;
let projector: Projecting;
let metrics: Metrics;
let watch: { stop(): Promise<void> } | undefined;
let now: number;
let looks: number;
let ends: PartitionRange[];
let lines: Record<string, unknown>[];

beforeEach(async () => {
  kept = await testDatabase();
  projector = await projecting(kept.url, 1, TEST_ZONE);
  metrics = createMetrics();
  looks = 0;
  ends = [];
  lines = [];
});

afterEach(async () => {
  await watch?.stop();
  await projector.close();
  await kept.drop();
});

function start(at: number): void {
  now = at;
  watch = watchUnmatched({
    db: kept.database.db,
    ends: () => ends,
    metrics,
    logger: pino({}, { write: (line: string) => lines.push(JSON.parse(line)) }),
    now() {
      looks++;
      return now;
    },
    everyMs: 20,
  });
}

async function shown(): Promise<Record<string, number>> {
  const { values } = await metrics.unmatched.get();
  return Object.fromEntries(values.map(({ labels, value }) => [labels.type, value]));
}

async function untilShown(wanted: Record<string, number>): Promise<void> {
  const none = { 'message.delivered': 0, 'message.read': 0, 'message.failed': 0, 'event.voided': 0 };
  const all = JSON.stringify({ ...none, ...wanted });
  await until(async () => JSON.stringify(await shown()) === all, {
    timeoutMs: 20_000,
    what: `${all} to be shown`,
  });
}

function event(id: string, type: EventType, more: Partial<Event> = {}): Event {
  const party = { tenant: 'acme', channel: 'whatsapp', account: '551140000001', contact: '5511987654321' };
  return { id, type, ...party, occurredAt: RECEIVED_AT, ...more };
}

const SENT = { origin: 'api', message: 'named' } as const;

/** Of each kind one that applies and one that does not; and one that does not and was voided. */
const HISTORY = [
  event('plain', 'message.sent', { ...SENT, message: 'plain' }),
  event('other', 'message.sent', SENT),
  event('in', 'message.received'),
  event('r1', 'message.delivered', { message: 'plain' }),
  event('r2', 'message.read', { message: 'named' }),
  event('r3', 'message.failed', { message: 'in' }),
  event('r4', 'message.failed', { message: 'other' }),
  event('r5', 'message.read', { message: 'nobody' }),
  event('r6', 'message.delivered', { message: 'nobody' }),
  event('v1', 'event.voided', { target: 'r6', reason: 'r', actor: 'a' }),
  event('v2', 'event.voided', { target: 'nothing', reason: 'r', actor: 'a' }),
  event('v3', 'event.voided', { target: 'v1', reason: 'r', actor: 'a' }),
];

test('what names nothing is shown from when it is an hour old until it is two, by type, and its tenant named', async () => {
  await projector.project(HISTORY);
  start(RECEIVED_AT + 59 * MINUTE_MS);
  await untilShown({});
  now = RECEIVED_AT + 66 * MINUTE_MS;
  const found = { 'message.read': 1, 'message.failed': 2, 'event.voided': 2 };
  await untilShown(found);
  expect(lines.filter(({ level }) => level === 40)).toMatchObject([
    { events: 5, tenants: [{ tenant: 'acme', events: 5 }] },
  ]);
  // Whoever asks is told so, whichever process has judged it.
  const told = async () => await readUnmatched(kept.database.db);
  await until(async () => (await told()).events === 5, { what: 'it to be kept' });
  const { from, to, items } = await told();
  expect([(from ?? 0) <= RECEIVED_AT, (to ?? 0) > RECEIVED_AT]).toEqual([true, true]);
  expect(new Set(items)).toEqual(
    new Set(Object.entries(found).map(([type, events]) => ({ tenant: 'acme', type, events }))),
  );
  now = RECEIVED_AT + 119 * MINUTE_MS;
  await untilShown(found);
  now = RECEIVED_AT + 126 * MINUTE_MS;
  await untilShown({});
});

test('what comes within the hour, in whatever order, is nothing to be told of', async () => {
  await projector.project([event('r1', 'message.failed', { message: 'late' })]);
  await projector.project([event('v1', 'event.voided', { target: 'later', reason: 'r', actor: 'a' })]);
  await projector.project([
    event('late', 'message.sent', { ...SENT, message: 'late' }),
    event('later', 'message.received'),
  ]);
  start(RECEIVED_AT + 66 * MINUTE_MS);
  await untilShown({});
  expect(lines.filter(({ level }) => level === 40)).toEqual([]);
});

test('a projection that is behind is judged once it has counted what came then', async () => {
  await projector.project([event('in', 'message.received')]);
  ends = [{ partition: 0, low: 0, readable: 2, end: 2 }];
  start(RECEIVED_AT + 66 * MINUTE_MS);
  await until(() => looks > 5, { what: 'it to look some times' });
  expect(await shown()).toEqual({});
  await projector.project([event('r1', 'message.failed', { message: 'nobody' })]);
  await untilShown({ 'message.failed': 1 });
});
