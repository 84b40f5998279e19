import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  expectedMessages,
  expectedWindows,
  type TestProjection,
  testProjection,
} from '../../../test/support/projection.ts';
import { arrivalsOf, historyOf, SEED } from '../../../test/support/traffic.ts';
import type { Event } from '../../domain/event.ts';
import { calendarOf, type ZoneTimeline } from '../../domain/period.ts';
import { DEFAULT_RULES } from '../../domain/rule.ts';
import { withConnection } from '../../store/connections.ts';
import {
  announceZoneChange,
  countStored,
  projectionSchemas,
  replaceTallies,
  seeBeforeChange,
} from './next-tallies.ts';

let projection: TestProjection;
let tenants = 0;

beforeAll(async () => {
  projection = await testProjection();
});

afterAll(() => projection?.close());

const zones = fc.constantFrom('Asia/Kathmandu', 'Pacific/Apia', 'Australia/Lord_Howe', 'Europe/Lisbon');

/** What arrives before a change, before its snapshot is counted, after that, and once it is done. */
const inFour = historyOf('acme').chain((history) =>
  fc.record({
    arrivals: arrivalsOf(history),
    cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
  }),
);

test(`whenever events come, after a change of zone the days are those of a tenant that always had it (seed ${SEED})`, async () => {
  const { database } = projection;
  const { db } = database;
  await fc.assert(
    fc.asyncProperty(inFour, zones, async ({ arrivals, cuts }, zone) => {
      const tenant = `moved-${tenants++}`;
      const copies = new Map<Event, Event>();
      const events = arrivals.map((event) => {
        const own = copies.get(event) ?? { ...event, tenant };
        copies.set(event, own);
        return own;
      });
      const [a = 0, b = 0, c = 0] = cuts.map((cut) => Math.round(cut * events.length)).sort((x, y) => x - y);
      const arrive = (from: number, to: number) => projection.projectAll(events.slice(from, to), []);
      const timeline: ZoneTimeline = [{ from: null, zone }];
      await projection.register(tenant);
      await arrive(0, a);
      const schemas = await projectionSchemas(db);
      const change = await withConnection(database, async (reader) => {
        const announced = await db.transaction().execute(async (transaction) => {
          const change = await announceZoneChange(transaction, tenant, timeline);
          await seeBeforeChange(reader, schemas);
          return change;
        });
        await arrive(a, b);
        await countStored(reader, schemas, announced);
        return announced;
      });
      await arrive(b, c);
      await db.transaction().execute(async (transaction) => {
        await replaceTallies(transaction, change);
        await transaction
          .updateTable('billing.tenants')
          .set({ zones: JSON.stringify(timeline), version: 2 })
          .where('tenant', '=', tenant)
          .execute();
      });
      await arrive(c, events.length);
      const calendar = calendarOf(timeline);
      expect(await projection.windowsOf(tenant)).toEqual(
        expectedWindows(events, DEFAULT_RULES, projection.recordOf),
      );
      expect(await projection.messagesOf(tenant)).toEqual(expectedMessages(events, calendar));
      expect(await projection.wrongTallies(tenant, calendar)).toEqual([]);
    }),
    { numRuns: 100, seed: SEED },
  );
}, 120_000);
