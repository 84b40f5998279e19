import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  expectedMessages,
  expectedVoided,
  expectedWindows,
  type TestProjection,
  testProjection,
} from '../../../test/support/projection.ts';
import {
  arrivalsOf,
  crowdedHistoryOf,
  historyOf,
  longHistoryOf,
  SEED,
  tailedHistoryOf,
  tailedTimelines,
  timelines,
} from '../../../test/support/traffic.ts';
import type { Event } from '../../domain/event.ts';
import type { RuleTimeline } from '../../domain/rule.ts';

let projection: TestProjection;
let tenants = 0;

beforeAll(async () => {
  projection = await testProjection();
});

afterAll(() => projection?.close());

const batches = (max: number, maxLength: number) =>
  fc.array(fc.integer({ min: 1, max }), { maxLength, size: 'max' });

/** Batches of format 1 before the sealed ones: none, some or all. */
const inClears = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 8 }), fc.constant(1_000));

function arriving(history: fc.Arbitrary<Event[]>, sizes: fc.Arbitrary<number[]>) {
  return fc
    .tuple(history, timelines)
    .chain(([events, rules]) =>
      fc.record({ arrivals: arrivalsOf(events), rules: fc.constant(rules), sizes, inClear: inClears }),
    );
}

async function expectFold(
  arrivals: readonly Event[],
  rules: RuleTimeline,
  sizes: readonly number[],
  inClear: number,
): Promise<void> {
  const tenant = `law-${tenants++}`;
  const events = new Map(arrivals.map((event) => [event, { ...event, tenant }]));
  const own = arrivals.map((event) => events.get(event) ?? event);
  await projection.register(tenant, rules);
  await projection.projectAll(own, sizes, inClear);
  expect(await projection.windowsOf(tenant)).toEqual(expectedWindows(own, rules, projection.recordOf));
  expect(await projection.messagesOf(tenant)).toEqual(expectedMessages(own));
  expect(await projection.voidedOf(tenant)).toEqual(expectedVoided(own, projection.recordOf));
  expect(await projection.wrongTallies(tenant)).toEqual([]);
}

test.each([
  ['', arriving(historyOf('acme'), batches(8, 12)), 300],
  [', with more receipts and voids than are read', arriving(crowdedHistoryOf('acme'), batches(20, 20)), 100],
])(
  `projecting in any order, repetition and batching equals the fold from scratch%s (seed ${SEED})`,
  async (_, histories, numRuns) => {
    await fc.assert(
      fc.asyncProperty(histories, ({ arrivals, rules, sizes, inClear }) =>
        expectFold(arrivals, rules, sizes, inClear),
      ),
      { numRuns, seed: SEED },
    );
  },
  240_000,
);

/**
 * Between them these find every condition of `rejoinedAt` (projection/refold.ts) that is left out or made weaker, the one
 * on tails only the second. Where nothing was touched the first opener of an instant is the same one on both sides, so
 * `>=` for `>`, and any opener at the instant, come to the same.
 */
test.each([
  ['a long conversation', longHistoryOf('acme'), timelines, batches(6, 40), 40],
  ['windows that are shorter than tails', tailedHistoryOf('acme'), tailedTimelines, batches(3, 4), 200],
])(
  `what comes late into %s changes what it would from scratch (seed ${SEED})`,
  async (_, history, rules, sizes, numRuns) => {
    const histories = fc.record({ history, rules, sizes, inClear: inClears });
    await fc.assert(
      fc.asyncProperty(histories, async ({ history: { early, late }, rules, sizes, inClear }) =>
        expectFold([...early, ...late], rules, [early.length, ...sizes], inClear),
      ),
      { numRuns, seed: SEED },
    );
  },
  240_000,
);

const template: Event = {
  id: 'm',
  type: 'message.sent',
  tenant: 'acme',
  channel: 'whatsapp',
  account: '551140000001',
  contact: '5511987650001',
  occurredAt: Date.parse('2026-11-03T13:00:00Z'),
  template: { name: 'order_update', category: 'utility' },
  origin: 'api',
  message: 'm',
};
const failed = receipt('message.failed');
const delivered = receipt('message.delivered');

function receipt(type: 'message.failed' | 'message.delivered'): Event {
  const { template: _, origin: __, ...party } = template;
  return { ...party, id: `m:${type}`, type, occurredAt: template.occurredAt + 1000 };
}

function voidOf({ id }: Event): Event {
  const { message: _, ...party } = failed;
  return { ...party, id: `void ${id}`, type: 'event.voided', target: id, reason: 'mistake', actor: 'ops' };
}

test.each([
  ['a voided failure that came before its template', [failed, voidOf(failed), template], 1],
  ['a failure voided before it came', [voidOf(failed), template, failed], 1],
  ['a failure revoked after it took the window away', [template, failed, voidOf(failed)], 1],
  ['delivered beats failed, whichever comes first', [failed, template, delivered], 1],
  ['a voided delivery leaves the failure standing', [delivered, template, failed, voidOf(delivered)], 0],
  ['a delivery voided before the template came', [failed, delivered, voidOf(delivered), template], 0],
  ['a voided template', [voidOf(template), template, delivered], 0],
])('%s', async (_, events, windows) => {
  const tenant = `case-${tenants++}`;
  await projection.projectAll(
    events.map((event) => ({ ...event, tenant })),
    events.map(() => 1),
  );
  expect(await projection.windowsOf(tenant)).toHaveLength(windows);
});

test('every record is accounted for: events, duplicates and quarantine add up to the position', async () => {
  const { rows } = await projection.database.pool.query(
    'SELECT next, events + duplicates + quarantined AS sum FROM projection.positions',
  );
  expect(rows).toEqual([{ next: projection.next(), sum: projection.next() }]);
});
