import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { testDatabase } from '../../test/support/database.ts';
import {
  appendEvents,
  projectLog,
  simulatedEvents,
  TEST_ZONE,
  testLog,
} from '../../test/support/projected.ts';
import { unsealingIn } from '../../test/support/sealing.ts';
import { until } from '../../test/support/until.ts';
import { readVerifications, requestVerification } from '../health/verifications.ts';
import type { EventLog } from '../log/log.ts';
import { createMetrics } from '../metrics.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { startVerification } from './hourly.ts';
import { verifyProjection } from './projection/verify-projection.ts';

let fixture: Awaited<ReturnType<typeof testDatabase>>;
let unhurried: Database;
let log: EventLog;
const events = simulatedEvents({ seed: 11, events: 1_000 });

beforeAll(async () => {
  fixture = await testDatabase();
  unhurried = openDatabase({ url: fixture.url, statementTimeoutMs: 0 });
  log = await testLog(fixture.database);
  await appendEvents(log, events.slice(0, 900));
  await projectLog(fixture.database, log);
});

afterAll(async () => {
  await log?.close();
  await unhurried?.close();
  await fixture?.drop();
});

const options = {
  defaultTimeZone: TEST_ZONE,
  unsealing: {
    open: (...asked: Parameters<ReturnType<typeof unsealingIn>['open']>) =>
      unsealingIn(unhurried.db).open(...asked),
    erasedOrder: (...asked: Parameters<ReturnType<typeof unsealingIn>['erasedOrder']>) =>
      unsealingIn(unhurried.db).erasedOrder(...asked),
  },
};

test('what came since the last verification is verified, and only that', async () => {
  const first = await verifyProjection(unhurried, options);
  if (!first.ok) throw new Error(first.difference);
  const nothing = await verifyProjection(unhurried, { ...options, since: first.positions });
  expect(nothing).toMatchObject({ ok: true, counts: { events: 0 } });
  await appendEvents(log, events.slice(900));
  await projectLog(fixture.database, log);
  const second = await verifyProjection(unhurried, { ...options, since: first.positions });
  expect(second.ok && second.counts.events).toBeGreaterThan(0);
  expect(second.ok && second.counts.events).toBeLessThan(first.counts.events);
  const { pool } = fixture.database;
  await pool.query(
    `DELETE FROM projection.windows w USING projection.events e, projection.positions p
     WHERE e.conversation = w.conversation AND e.partition = p.partition AND e."offset" = p.next - 1 AND p.partition = 1`,
  );
  const damaged = await verifyProjection(unhurried, { ...options, since: first.positions });
  expect(damaged).toMatchObject({ ok: false });
});

test('the service says what it found in its metrics', async () => {
  const metrics = createMetrics();
  const logger = pino({ level: 'silent' });
  const marks: (number | undefined)[] = [];
  const verification = startVerification({
    ...options,
    database: unhurried,
    metrics,
    logger,
    now: () => 5_000,
    everyMs: 10,
    async verifyInvoices({ since }) {
      marks.push(since);
      return { ok: true, counts: {}, changedAt: 42 };
    },
  });
  try {
    await until(async () => (await metrics.verifiedAt.get()).values[1]?.value === 5, {
      what: 'a verification',
    });
    const found = (await metrics.verified.get()).values.map(({ labels, value }) => [labels.of, value]);
    expect(found).toEqual([
      ['projection', 0],
      ['invoices', 1],
    ]);
    // Nothing is trusted on top of a difference; what was in order is not looked at again.
    await until(() => marks.length > 2, { what: 'more verifications' });
    expect(marks.slice(0, 3)).toEqual([undefined, 42, 42]);
  } finally {
    await verification.stop();
  }
});

test('somebody who asks need not wait for an hour, and is told what was found', async () => {
  const { db } = fixture.database;
  let now = 10_000;
  const verification = startVerification({
    ...options,
    database: unhurried,
    metrics: createMetrics(),
    logger: pino({ level: 'silent' }),
    now: () => now++,
    verifyInvoices: async () => ({ ok: true, counts: {}, changedAt: 42 }),
  });
  try {
    await requestVerification(db, 9_999);
    await until(
      async () => (await readVerifications(db)).every(({ verifiedAt }) => (verifiedAt ?? 0) > 9_999),
      {
        what: 'a verification that was asked for',
      },
    );
    expect(await readVerifications(db)).toMatchObject([
      { of: 'projection', holds: false, difference: expect.any(String), mend: expect.any(String) },
      { of: 'invoices', holds: true, difference: null, mend: null },
    ]);
  } finally {
    await verification.stop();
  }
});
