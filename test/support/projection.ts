import { judge } from '../../src/domain/effective.ts';
import { type Event, isMessage } from '../../src/domain/event.ts';
import { factOf, foldHistories, standing } from '../../src/domain/history.ts';
import { type Calendar, calendarOf } from '../../src/domain/period.ts';
import { DEFAULT_RULES, type RuleTimeline } from '../../src/domain/rule.ts';
import type { StoredRecord } from '../../src/log/log.ts';
import type { LoggedEvent } from '../../src/log/record/logged-event.ts';
import { decodeRecord } from '../../src/log/record/record.ts';
import { sealEvent } from '../../src/log/record/seal-event.ts';
import { type Folding, project } from '../../src/projection/live/project.ts';
import { PROJECTOR_SERVER_SETTINGS } from '../../src/projection/live/projector.ts';
import { createRepeats } from '../../src/projection/live/repeats.ts';
import { liveProjection } from '../../src/projection/tables/live-projection.ts';
import { seedPositions } from '../../src/projection/tables/positions.ts';
import { createSettingsCache } from '../../src/projection/tables/tenant-rules.ts';
import { KIND_CODES } from '../../src/projection/tables/windows.ts';
import type { ContactKey } from '../../src/sealing/contact-keys.ts';
import { FORMER_HASHES } from '../../src/sealing/hashes.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import type { WindowsTable, WindowTalliesTable } from '../../src/store/projection-tables.ts';
import { testDatabase } from './database.ts';
import { encodeEvent } from './former-record.ts';
import { testSealing, unsealingOf } from './sealing.ts';

const ZONE = 'America/Sao_Paulo';
const RECEIVED_AT = 1_700_000_000_000;
/** Of tenants that are registered without a zone. */
const TEST_CALENDAR = calendarOf([{ from: null, zone: ZONE }]);

/** A fresh database whose only partition is projected by hand, batch by batch. */
export interface TestProjection {
  database: Database;
  /** Offset of the next record. */
  next(): number;
  register(tenant: string, rules?: RuleTimeline, zone?: string): Promise<void>;
  /**
   * Projects events as consecutive records of partition 0, cut into batches of the given sizes, the last taking the
   * rest. Resolves with the offset of each event's first record.
   */
  projectAll(
    events: readonly Event[],
    sizes: readonly number[],
    /** Batches of records of format 1, before those that are sealed; default: all. */
    inClear?: number,
  ): Promise<Map<Event, number>>;
  /** What the first record of an event is to the projection: how it is named there. */
  recordOf(event: Event): LoggedEvent;
  windowsOf(tenant: string): Promise<unknown[]>;
  /** Counts of messages by day. */
  messagesOf(tenant: string): Promise<unknown[]>;
  /** Keys of events that are marked as voided. */
  voidedOf(tenant: string): Promise<string[]>;
  /** Window tallies that do not say what the windows say, and rows that should have gone at 0. */
  wrongTallies(tenant: string, calendar?: Calendar): Promise<unknown[]>;
  close(): Promise<void>;
}

export async function testProjection(): Promise<TestProjection> {
  const fixture = await testDatabase();
  const database = openDatabase({ url: fixture.url, max: 4, serverSettings: PROJECTOR_SERVER_SETTINGS });
  const settings = createSettingsCache(ZONE);
  const sealing = await testSealing(database.db);
  const unsealing = unsealingOf(sealing, database.db);
  const records = new Map<Event, LoggedEvent>();
  const remembering = createRepeats();
  // Batches in turn: every event looked up, those that may be repeats, and none, so that storing a repeat fails first.
  const moods: Pick<Folding, 'repeats'>[] = [
    {},
    { repeats: remembering },
    { repeats: { ...remembering, maybe: () => false } },
  ];
  let next = 0;
  await seedPositions(await liveProjection(database.db), 1);

  async function projectBatch(records: StoredRecord[], first: number): Promise<void> {
    const end = first + records.length;
    const client = await database.pool.connect();
    try {
      await project(
        client,
        'live',
        { partition: 0, first, next: end, records, end },
        { settings, unsealing, ...moods[first % moods.length] },
      );
    } finally {
      client.release();
    }
  }

  const inFormat1 = (event: Event) => encodeEvent(event, RECEIVED_AT, 'test', 1);

  async function sealed(events: readonly Event[]) {
    const keys = await sealing.keys.forWriting(events);
    const receipt = { receivedAt: RECEIVED_AT, keyId: 'test', partitions: 1 };
    return events.map((event, i) => sealEvent(event, receipt, keys[i] as ContactKey, sealing.hashes));
  }

  return {
    database,
    next: () => next,
    register: (tenant, rules = DEFAULT_RULES, zone = ZONE) => register(database, tenant, rules, zone),
    async projectAll(events, sizes, inClear = Number.POSITIVE_INFINITY) {
      const offsets = new Map<Event, number>();
      const rest = [...events];
      const cuts = [...sizes];
      for (let batch = 0; rest.length > 0; batch++) {
        const first = next;
        const own = rest.splice(0, cuts.shift() ?? rest.length);
        const encoded = await (batch < inClear ? own.map(inFormat1) : sealed(own));
        const all = encoded.map((record): StoredRecord => ({ offset: next++, ...record }));
        for (const [i, event] of own.entries()) {
          if (!offsets.has(event)) offsets.set(event, first + i);
          if (!records.has(event))
            records.set(event, decodeRecord(encoded[i]?.value ?? Buffer.alloc(0), 0, first + i));
        }
        await projectBatch(all, first);
      }
      return offsets;
    },
    recordOf(event) {
      const record = records.get(event);
      if (record === undefined) throw new Error(`${event.id} was not projected`);
      return record;
    },
    async windowsOf(tenant) {
      const { rows } = await database.pool.query('SELECT * FROM projection.windows WHERE tenant = $1', [
        tenant,
      ]);
      return rows.sort(byWindow);
    },
    async messagesOf(tenant) {
      const { rows } = await database.pool.query(
        'SELECT day, received, templates, free_form FROM projection.message_tallies WHERE tenant = $1 ORDER BY day',
        [tenant],
      );
      return rows;
    },
    async voidedOf(tenant) {
      const { rows } = await database.pool.query<{ id: string }>(
        `SELECT replace(e.key::text, '-', '') AS id FROM projection.events e
         JOIN projection.conversations USING (conversation) WHERE tenant = $1 AND e.voided`,
        [tenant],
      );
      return rows.map(({ id }) => id).sort();
    },
    wrongTallies: (tenant, calendar = TEST_CALENDAR) => wrongTallies(database, tenant, calendar),
    async close() {
      await sealing.keys.stop();
      await database.close();
      await fixture.drop();
    },
  };
}

export async function register(
  database: Database,
  tenant: string,
  rules: RuleTimeline,
  zone: string,
): Promise<void> {
  await database.db
    .insertInto('billing.tenants')
    .values({
      tenant,
      name: tenant,
      reference: null,
      language: 'en',
      test: false,
      zones: JSON.stringify([{ from: null, zone }]),
      rules: JSON.stringify(rules),
      version: 1,
      created_at: 0,
      updated_at: 0,
    })
    .execute();
}

async function wrongTallies(database: Database, tenant: string, calendar: Calendar): Promise<unknown[]> {
  const windows = await database.pool.query<WindowsTable>(
    'SELECT * FROM projection.windows WHERE tenant = $1',
    [tenant],
  );
  const tallies = await database.pool.query<WindowTalliesTable>(
    'SELECT * FROM projection.window_tallies WHERE tenant = $1',
    [tenant],
  );
  const keyOf = (row: Omit<WindowTalliesTable, 'windows'>) =>
    [row.day, row.kind, row.channel, row.account, row.origin, row.category, row.partition].join(' ');
  const left = new Map<string, number>();
  for (const row of windows.rows) {
    const day = calendar.dayOf(row.opened_at);
    const key = keyOf({ ...row, day, origin: row.origin ?? '', category: row.category ?? '' });
    left.set(key, (left.get(key) ?? 0) + 1);
  }
  const wrong = tallies.rows.filter((row) => left.get(keyOf(row)) !== row.windows);
  for (const row of tallies.rows) left.delete(keyOf(row));
  return [...wrong, ...left];
}

/** The window rows that the fold from scratch gives, as `windowsOf` shows them. */
export function expectedWindows(
  events: readonly Event[],
  rules: RuleTimeline,
  recordOf: TestProjection['recordOf'],
) {
  return foldHistories(events, () => rules)
    .flatMap(({ windows }) =>
      windows.map((window) => {
        const { event } = window.opener;
        const record = recordOf(event);
        const active = window.kind === 'active';
        return {
          conversation: record.conversation,
          opened_at: window.openedAt,
          closes_at: window.closesAt,
          opener: record.key,
          kind: KIND_CODES[window.kind],
          partition: 0,
          offset: record.offset,
          tenant: event.tenant,
          channel: event.channel,
          account: event.account,
          opened_by: record.id,
          rule: window.rule.rule,
          origin: active ? (event.origin ?? null) : null,
          category: active ? (event.template?.category ?? null) : null,
          campaign: active ? (event.campaign ?? null) : null,
        };
      }),
    )
    .sort(byWindow);
}

function byWindow(
  a: { conversation: string; opener: string },
  b: { conversation: string; opener: string },
): number {
  return a.conversation + a.opener < b.conversation + b.opener ? -1 : 1;
}

/** Distinct voided events, as `voidedOf` shows them. */
export function expectedVoided(events: readonly Event[], recordOf: TestProjection['recordOf']): string[] {
  return [...Map.groupBy(events, FORMER_HASHES.conversation).values()]
    .flatMap((all) => {
      const facts = standing(all).map(factOf);
      const judgement = judge(facts);
      return facts
        .filter((fact) => judgement.fate(fact) === 'voided')
        .map(({ event }) => recordOf(event).key);
    })
    .sort();
}

/** Distinct, not voided messages per day, failed ones included, as `messagesOf` shows them. */
export function expectedMessages(events: readonly Event[], calendar: Calendar = TEST_CALENDAR) {
  const days = new Map<string, { received: number; templates: number; free_form: number }>();
  for (const all of Map.groupBy(events, FORMER_HASHES.conversation).values()) {
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
