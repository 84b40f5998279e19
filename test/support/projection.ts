import { judge } from '../../src/domain/effective.ts';
import { type Event, isMessage } from '../../src/domain/event.ts';
import { factOf, foldHistories, standing } from '../../src/domain/history.ts';
import { type Calendar, calendarOf } from '../../src/domain/period.ts';
import { DEFAULT_RULES, type RuleTimeline } from '../../src/domain/rule.ts';
import type { StoredRecord } from '../../src/log/log.ts';
import { conversationHash, encodeEvent, shortHash } from '../../src/log/record/record.ts';
import { project } from '../../src/projection/live/project.ts';
import { PROJECTOR_SERVER_SETTINGS } from '../../src/projection/live/projector.ts';
import { liveProjection } from '../../src/projection/tables/live-projection.ts';
import { seedPositions } from '../../src/projection/tables/positions.ts';
import { createSettingsCache } from '../../src/projection/tables/tenant-rules.ts';
import { KIND_CODES } from '../../src/projection/tables/windows.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import type { WindowsTable, WindowTalliesTable } from '../../src/store/projection-tables.ts';
import { testDatabase } from './database.ts';

const ZONE = 'America/Sao_Paulo';
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
  projectAll(events: readonly Event[], sizes: readonly number[]): Promise<Map<Event, number>>;
  windowsOf(tenant: string): Promise<unknown[]>;
  /** Counts of messages by day. */
  messagesOf(tenant: string): Promise<unknown[]>;
  /** Ids of events that are marked as voided. */
  voidedOf(tenant: string): Promise<string[]>;
  /** Window tallies that do not say what the windows say, and rows that should have gone at 0. */
  wrongTallies(tenant: string, calendar?: Calendar): Promise<unknown[]>;
  close(): Promise<void>;
}

export async function testProjection(): Promise<TestProjection> {
  const fixture = await testDatabase();
  const database = openDatabase({ url: fixture.url, max: 4, serverSettings: PROJECTOR_SERVER_SETTINGS });
  const settings = createSettingsCache(ZONE);
  let next = 0;
  await seedPositions(await liveProjection(database.db), 1);

  async function projectBatch(records: StoredRecord[], first: number): Promise<void> {
    const end = first + records.length;
    const client = await database.pool.connect();
    try {
      await project(client, 'live', { partition: 0, first, next: end, records, end }, settings);
    } finally {
      client.release();
    }
  }

  return {
    database,
    next: () => next,
    register: (tenant, rules = DEFAULT_RULES, zone = ZONE) => register(database, tenant, rules, zone),
    async projectAll(events, sizes) {
      const offsets = new Map<Event, number>();
      const records = events.map((event): StoredRecord => {
        const offset = next++;
        if (!offsets.has(event)) offsets.set(event, offset);
        return { offset, ...encodeEvent(event, 1_700_000_000_000, 'test', 1) };
      });
      const cuts = [...sizes];
      while (records.length > 0) {
        const first = records[0]?.offset ?? next;
        await projectBatch(records.splice(0, cuts.shift() ?? records.length), first);
      }
      return offsets;
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
        `SELECT e.id FROM projection.events e JOIN projection.conversations USING (conversation)
         WHERE tenant = $1 AND e.voided ORDER BY e.id COLLATE "C", conversation`,
        [tenant],
      );
      return rows.map(({ id }) => id).sort();
    },
    wrongTallies: (tenant, calendar = TEST_CALENDAR) => wrongTallies(database, tenant, calendar),
    async close() {
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
  offsets: ReadonlyMap<Event, number>,
) {
  return foldHistories(events, () => rules)
    .flatMap(({ conversation, windows }) =>
      windows.map((window) => {
        const { event } = window.opener;
        const active = window.kind === 'active';
        return {
          conversation: conversationHash(conversation),
          opened_at: window.openedAt,
          closes_at: window.closesAt,
          opener: shortHash(event.id),
          kind: KIND_CODES[window.kind],
          partition: 0,
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
    .sort(byWindow);
}

function byWindow(
  a: { conversation: string; opener: string },
  b: { conversation: string; opener: string },
): number {
  return a.conversation + a.opener < b.conversation + b.opener ? -1 : 1;
}

/** Ids of distinct voided events, as `voidedOf` shows them. */
export function expectedVoided(events: readonly Event[]): string[] {
  return [...Map.groupBy(events, conversationHash).values()]
    .flatMap((all) => {
      const facts = standing(all).map(factOf);
      const judgement = judge(facts);
      return facts.filter((fact) => judgement.fate(fact) === 'voided').map(({ event }) => event.id);
    })
    .sort();
}

/** Distinct, not voided messages per day, failed ones included, as `messagesOf` shows them. */
export function expectedMessages(events: readonly Event[], calendar: Calendar = TEST_CALENDAR) {
  const days = new Map<string, { received: number; templates: number; free_form: number }>();
  for (const all of Map.groupBy(events, conversationHash).values()) {
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
