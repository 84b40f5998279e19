import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judge } from '../domain/effective.ts';
import { type Event, isMessage } from '../domain/event.ts';
import { factOf, foldHistories, standing } from '../domain/history.ts';
import { calendarOf } from '../domain/period.ts';
import type { RuleTimeline } from '../domain/rule.ts';
import type { StoredRecord } from '../log/log.ts';
import { conversationHash, encodeEvent, shortHash } from '../log/record.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { testDatabase } from '../testing/database.ts';
import { arrivalsOf, historyOf, SEED, timelines } from '../testing/traffic.ts';
import { project } from './project.ts';
import { PROJECTOR_SERVER_OPTIONS } from './projector.ts';
import { seedPositions } from './schema.ts';
import { createSettingsCache } from './settings.ts';
import { KIND_CODE } from './windows.ts';

const ZONE = 'America/Sao_Paulo';
const calendar = calendarOf([{ from: null, zone: ZONE }]);
const settings = createSettingsCache(ZONE);

let fixture: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;
let next = 0;
let tenants = 0;

beforeAll(async () => {
  fixture = await testDatabase();
  database = openDatabase({ url: fixture.url, max: 4, serverOptions: PROJECTOR_SERVER_OPTIONS });
  await seedPositions(database.db, 'projection', 1);
});

afterAll(async () => {
  await database?.close();
  await fixture?.drop();
});

async function register(tenant: string, rules: RuleTimeline): Promise<void> {
  await database.db
    .insertInto('billing.tenants')
    .values({
      tenant,
      name: tenant,
      reference: null,
      language: 'en',
      test: false,
      zones: JSON.stringify([{ from: null, zone: ZONE }]),
      rules: JSON.stringify(rules),
      version: 1,
      created_at: 0,
      updated_at: 0,
    })
    .execute();
}

/** Projects events as consecutive records of partition 0, cut into batches of the given sizes, the last taking the rest. */
async function projectAll(events: readonly Event[], sizes: readonly number[]): Promise<Map<Event, number>> {
  const offsets = new Map<Event, number>();
  const records = events.map((event): StoredRecord => {
    const offset = next++;
    if (!offsets.has(event)) offsets.set(event, offset);
    return { offset, ...encodeEvent(event, 1_700_000_000_000, 'test', 1) };
  });
  const cuts = [...sizes, records.length];
  while (records.length > 0) {
    const batch = records.splice(0, cuts.shift() ?? records.length);
    const [first] = batch;
    if (first === undefined) continue;
    const end = first.offset + batch.length;
    const client = await database.pool.connect();
    try {
      await project(
        client,
        'live',
        { partition: 0, first: first.offset, next: end, records: batch, end },
        settings,
      );
    } finally {
      client.release();
    }
  }
  return offsets;
}

function expectedWindows(events: readonly Event[], rules: RuleTimeline, offsets: ReadonlyMap<Event, number>) {
  return foldHistories(events, () => rules)
    .flatMap(({ conversation, windows }) =>
      windows.map((window) => {
        const { event } = window.opener;
        const active = window.kind === 'active';
        return {
          conversation: uuid(conversationHash(conversation)),
          opened_at: window.openedAt,
          closes_at: window.closesAt,
          opener: uuid(shortHash(event.id)),
          kind: KIND_CODE[window.kind],
          partition: 0,
          day: calendar.dayOf(window.openedAt),
          offset: offsets.get(event),
          tenant: event.tenant,
          channel: event.channel,
          account: event.account,
          opened_by: event.id,
          rule: window.rule.rule,
          origin: active ? (event.origin ?? null) : null,
          category: active ? (event.template?.category ?? null) : null,
          campaign: active ? (event.campaign ?? null) : null,
        };
      }),
    )
    .sort((a, b) => (a.conversation + a.opener < b.conversation + b.opener ? -1 : 1));
}

function uuid(hash: string): string {
  return hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Distinct, not voided messages per day, failed ones included. */
function expectedMessages(events: readonly Event[]) {
  const days = new Map<string, { received: number; templates: number; free_form: number }>();
  const conversations = Map.groupBy(events, conversationHash);
  for (const all of conversations.values()) {
    const facts = standing(all).map(factOf);
    const judgement = judge(facts);
    for (const fact of facts) {
      if (!isMessage(fact.class) || judgement.fate(fact) === 'voided') continue;
      const day = calendar.dayOf(fact.event.occurredAt);
      const counts = days.get(day) ?? { received: 0, templates: 0, free_form: 0 };
      counts[(['received', 'templates', 'free_form'] as const)[fact.class as 0 | 1 | 2]]++;
      days.set(day, counts);
    }
  }
  return Array.from(days, ([day, counts]) => ({ day, ...counts })).sort((a, b) => (a.day < b.day ? -1 : 1));
}

async function storedWindows(tenant: string) {
  const { rows } = await database.pool.query(
    'SELECT * FROM projection.windows WHERE tenant = $1 ORDER BY conversation, opener',
    [tenant],
  );
  return rows.sort((a, b) => (a.conversation + a.opener < b.conversation + b.opener ? -1 : 1));
}

async function storedMessages(tenant: string) {
  const { rows } = await database.pool.query(
    'SELECT day, received, templates, free_form FROM projection.message_tallies WHERE tenant = $1 ORDER BY day',
    [tenant],
  );
  return rows;
}

/** Tallies that do not say what the windows say; also rows that should have gone at 0. */
async function wrongTallies(tenant: string) {
  const { rows } = await database.pool.query(
    `SELECT * FROM (
       SELECT day, kind, channel, account, coalesce(origin, '') AS origin, coalesce(category, '') AS category, partition, count(*) AS windows
       FROM projection.windows WHERE tenant = $1 GROUP BY 1, 2, 3, 4, 5, 6, 7) w
     FULL JOIN (SELECT * FROM projection.window_tallies WHERE tenant = $1) t
       USING (day, kind, channel, account, origin, category, partition, windows)
     WHERE w.windows IS NULL OR t.tenant IS NULL`,
    [tenant],
  );
  return rows;
}

const histories = fc.tuple(historyOf('acme'), timelines).chain(([events, rules]) =>
  fc.record({
    arrivals: arrivalsOf(events),
    rules: fc.constant(rules),
    sizes: fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 12, size: 'max' }),
  }),
);

test(`projecting in any order, repetition and batching equals the fold from scratch (seed ${SEED})`, async () => {
  await fc.assert(
    fc.asyncProperty(histories, async ({ arrivals, rules, sizes }) => {
      const tenant = `law-${tenants++}`;
      const events = new Map(arrivals.map((event) => [event, { ...event, tenant }]));
      const own = arrivals.map((event) => events.get(event) ?? event);
      await register(tenant, rules);
      const offsets = await projectAll(own, sizes);
      expect(await storedWindows(tenant)).toEqual(expectedWindows(own, rules, offsets));
      expect(await storedMessages(tenant)).toEqual(expectedMessages(own));
      expect(await wrongTallies(tenant)).toEqual([]);
    }),
    { numRuns: 300, seed: SEED },
  );
}, 120_000);

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
  await projectAll(
    events.map((event) => ({ ...event, tenant })),
    events.map(() => 1),
  );
  expect(await storedWindows(tenant)).toHaveLength(windows);
});

test('every record is accounted for: events, duplicates and quarantine add up to the position', async () => {
  const { rows } = await database.pool.query(
    'SELECT next, events + duplicates + quarantined AS sum FROM projection.positions',
  );
  expect(rows).toEqual([{ next, sum: next }]);
});
