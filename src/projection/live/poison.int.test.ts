import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PARTITIONS, type TestApi, testApi } from '../../../test/support/api.ts';
import { encodeEvent } from '../../../test/support/former-record.ts';
import { unsealingIn } from '../../../test/support/sealing.ts';
import type { Event } from '../../domain/event.ts';
import { FORMER_HASHES } from '../../sealing/hashes.ts';
import { type Database, openDatabase } from '../../store/database.ts';
import { verifyProjection } from '../../verify/projection/verify-projection.ts';
import { liveProjection } from '../tables/live-projection.ts';
import { seedPositions } from '../tables/positions.ts';
import { createSettingsCache } from '../tables/tenant-rules.ts';
import { project } from './project.ts';
import { PROJECTOR_SERVER_SETTINGS } from './projector.ts';

const ZONE = 'America/Sao_Paulo';
let api: TestApi;
let database: Database;

beforeAll(async () => {
  api = await testApi();
  database = openDatabase({
    ...{ url: api.database.url, max: 4, statementTimeoutMs: 0 },
    serverSettings: PROJECTOR_SERVER_SETTINGS,
  });
  await seedPositions(await liveProjection(database.db), PARTITIONS);
});
afterAll(async () => {
  await database.close();
  await api.close();
});

const PARTY = { tenant: 'acme', channel: 'whatsapp', account: '551140000001', contact: '5511987654321' };
const AT = Date.parse('2026-11-03T12:00:00Z');
/** One event of every type, with every member that it may have. */
const EVENTS: Event[] = [
  { ...PARTY, id: 'received', type: 'message.received', occurredAt: AT, metadata: { a: 1 } },
  {
    ...{ ...PARTY, id: 'sent', type: 'message.sent', occurredAt: AT, message: 'provider', origin: 'bot' },
    ...{ campaign: 'black-friday', template: { name: 'offer', category: 'marketing', language: 'pt_BR' } },
  },
  {
    ...{ ...PARTY, id: 'failed', type: 'message.failed', occurredAt: AT, message: 'provider' },
    error: { code: '131026', title: 'not on WhatsApp' },
  },
  {
    ...{ ...PARTY, id: 'void', type: 'event.voided', occurredAt: AT },
    ...{ target: 'received', reason: 'a test', actor: 'ana' },
  },
  { ...PARTY, id: 'closed', type: 'activity.close', occurredAt: AT },
];

/** Too long for an index, and not to be compressed to less. */
const LONG = Array.from({ length: 400 }, (_, i) => FORMER_HASHES.id(String(i))).join('');
const NESTED = '['.repeat(100_000) + ']'.repeat(100_000);
/** Good as texts, but not what the record's hashes are of: a lie that only `verify` looks for. */
const LIES = ['\ud800', '\\N'];
const HASHED = ['tenant', 'channel', 'account', 'contact', 'id'];
const WRONG = [...LIES, '', 'a\0b', LONG, 7, 1e300, -1, true, null, [], ['\0'], {}, { a: '\0' }];
const NO_RECORDS = [
  '',
  '\0',
  '{"a":\0}',
  NESTED,
  `{"v":${NESTED}}`,
  '{"v":"\\u0000"}',
  '{"v":1}',
  '"\\ud800"',
];

type Json = Record<string, unknown>;

/** The record of an event with ids of its own, in which one member after the other is wrong. */
function* spoilt(event: Event): Generator<Buffer> {
  const written = () => JSON.parse(encodeEvent(event, AT, 'key_1', 1).value.toString()) as Json;
  for (const path of pathsOf(written())) {
    for (const [i, wrong] of WRONG.entries()) {
      if (LIES.includes(wrong as string) && HASHED.includes(path.at(-1) ?? '')) continue;
      const record = written();
      const name = `${event.id} ${path.join('.')} ${i}`;
      record.id = FORMER_HASHES.id(name);
      (record.who as Json).id = name;
      const parent = path.slice(0, -1).reduce((node, member) => node[member] as Json, record);
      parent[path.at(-1) ?? ''] = wrong;
      yield Buffer.from(JSON.stringify(record));
    }
  }
}

function pathsOf(value: Json): string[][] {
  return Object.entries(value).flatMap(([name, member]) => [
    [name],
    ...(typeof member === 'object' && member !== null ? pathsOf(member as Json) : []).map((p) => [
      name,
      ...p,
    ]),
  ]);
}

test('whatever stands in the log, the partition goes on, all of it is accounted for, and every list can be read', async () => {
  const poison = [
    ...NO_RECORDS.map((text) => Buffer.from(text)),
    Buffer.from([0x7b, 0xff, 0x7d]),
    ...EVENTS.flatMap((event) => [...spoilt(event)]),
    ...EVENTS.map((event) => encodeEvent(event, AT, 'key_1', 1).value),
  ];
  const records = poison.map((value, offset) => ({ offset, key: Buffer.alloc(0), value }));
  const batch = { partition: 0, first: 0, next: records.length, end: records.length, records };
  const client = await database.pool.connect();
  const outcome = await project(client, 'live', batch, {
    settings: createSettingsCache(ZONE),
    unsealing: unsealingIn(database.db),
  }).finally(() => client.release());
  expect(outcome).toMatchObject({ applied: true, progress: { next: records.length } });
  expect(outcome.unreadable).toBeGreaterThan(records.length / 2);
  const verified = await verifyProjection(database, {
    unsealing: unsealingIn(database.db),
    defaultTimeZone: ZONE,
  });
  expect([verified.ok, verified]).toEqual([true, verified]);
  const party = 'channel=whatsapp&account=551140000001&contact=5511987654321';
  const shown = await Promise.all([
    allOf('/v1/ops/quarantine'),
    allOf(`/v1/tenants/acme/events?${party}`),
    allOf('/v1/tenants/acme/windows'),
  ]);
  expect(shown[0]).toBe(outcome.unreadable + outcome.conflicts);
  expect(shown[1]).toBeGreaterThanOrEqual(EVENTS.length);
  for (const path of [
    `conversation?${party}&at=2026-11-03T13:00:00Z`,
    'usage?period=2026-11&groupBy=day,campaign',
  ])
    expect((await api.call('GET', `/v1/tenants/acme/${path}`)).status).toBe(200);
});

/** How many items a list has. */
async function allOf(path: string): Promise<number> {
  let count = 0;
  let cursor: string | null = '';
  while (cursor !== null) {
    const after: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { status, json } = await api.call(
      'GET',
      `${path}${path.includes('?') ? '&' : '?'}limit=500${after}`,
    );
    expect([path, status]).toEqual([path, 200]);
    count += json.items.length;
    cursor = json.nextCursor;
  }
  return count;
}
