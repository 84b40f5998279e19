import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  expectedMessages,
  expectedWindows,
  type TestProjection,
  testProjection,
} from '../../../test/support/projection.ts';
import { historyOf, SEED } from '../../../test/support/traffic.ts';
import { calendarOf } from '../../domain/period.ts';
import { DEFAULT_RULES } from '../../domain/rule.ts';
import { hasEvents, recountTenant } from './tallies.ts';

let projection: TestProjection;
let tenants = 0;

beforeAll(async () => {
  projection = await testProjection();
});

afterAll(() => projection?.close());

const zones = fc.constantFrom('Asia/Kathmandu', 'Pacific/Apia', 'Australia/Lord_Howe', 'Europe/Lisbon');

test(`after a change of zone the days are those of a tenant that always had it (seed ${SEED})`, async () => {
  const { db } = projection.database;
  await fc.assert(
    fc.asyncProperty(historyOf('acme'), zones, async (history, zone) => {
      const tenant = `moved-${tenants++}`;
      const events = history.map((event) => ({ ...event, tenant }));
      const offsets = await projection.projectAll(events, []);
      const calendar = calendarOf([{ from: null, zone }]);
      await recountTenant(db, tenant, calendar);
      expect(await projection.windowsOf(tenant)).toEqual(
        expectedWindows(events, DEFAULT_RULES, offsets, calendar),
      );
      expect(await projection.messagesOf(tenant)).toEqual(expectedMessages(events, calendar));
      expect(await projection.wrongTallies(tenant)).toEqual([]);
    }),
    { numRuns: 60, seed: SEED },
  );
}, 60_000);

test('a tenant has events once one is projected', async () => {
  const { db } = projection.database;
  expect(await hasEvents(db, 'nobody')).toBe(false);
  const [event] = fc.sample(historyOf('somebody'), 1)[0] ?? [];
  await projection.projectAll(event === undefined ? [] : [event], []);
  expect(await hasEvents(db, 'somebody')).toBe(true);
});
