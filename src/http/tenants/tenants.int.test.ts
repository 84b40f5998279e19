import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { PARTITIONS, type TestApi, testApi } from '../../../test/support/api.ts';
import { insertFinalInvoice } from '../../../test/support/final-invoice.ts';
import { type Projecting, projecting } from '../../../test/support/projecting.ts';
import { LOCKS } from '../../store/locks.ts';
import { tenantSettings } from '../../store/tenants.ts';

const NOW = Date.parse('2026-11-03T13:00:00Z');
let api: TestApi;
let projector: Projecting;

beforeAll(async () => {
  api = await testApi({ clock: () => NOW });
  projector = await projecting(api.database.url, PARTITIONS, api.deps.defaultTimeZone);
});

afterAll(async () => {
  await projector?.close();
  await api?.close();
});

/** Counts a message that the tenant received. */
async function receive(tenant: string, at = '2026-11-01T12:00:00Z'): Promise<void> {
  const party = { channel: 'webchat', account: 'shop', contact: 'ana' };
  await projector.project([
    { id: 'm1', type: 'message.received', tenant, ...party, occurredAt: Date.parse(at) },
  ]);
}

/** The days on which windows of the tenant are counted, and how many. */
async function countedDays(tenant: string): Promise<unknown[]> {
  const { rows } = await api.database.database.pool.query(
    'SELECT day::text, windows::int FROM projection.window_tallies WHERE tenant = $1 ORDER BY day',
    [tenant],
  );
  return rows;
}

async function put(tenant: string, body: unknown) {
  return await api.call('PUT', `/v1/tenants/${tenant}`, { body });
}

const FIXED = { from: null, rule: 'fixed', hours: 24, activeWhen: 'sent' };

test('a tenant is registered with the defaults, and reads back as it was written', async () => {
  const created = await put('acme', {});
  expect(created.status).toBe(201);
  expect(created.json).toEqual({
    tenant: 'acme',
    name: 'acme',
    reference: null,
    language: 'pt-BR',
    test: false,
    billTo: null,
    paymentDays: null,
    credit: 'settle',
    timeZone: 'America/Sao_Paulo',
    rules: [FIXED],
    createdAt: '2026-11-03T13:00:00.000Z',
    updatedAt: '2026-11-03T13:00:00.000Z',
  });
  expect((await api.call('GET', '/v1/tenants/acme')).json).toEqual(created.json);
});

test('members left out keep their value', async () => {
  await put('merge', { name: 'Merge S.A.', reference: 'ERP-7', language: 'en', test: true });
  const changed = await put('merge', { name: 'Merge Ltda.' });
  expect(changed.status).toBe(200);
  expect(changed.json).toMatchObject({ name: 'Merge Ltda.', reference: 'ERP-7', language: 'en', test: true });
  expect((await put('merge', { reference: null })).json.reference).toBeNull();
});

test('a tenant that nobody registered is 404 to read; a bad name is 400 before that', async () => {
  expect((await api.call('GET', '/v1/tenants/nobody')).json).toMatchObject({ type: '/problems/not-found' });
  expect((await api.call('GET', '/v1/tenants/no%20body')).json).toMatchObject({
    type: '/problems/invalid-request',
    status: 400,
  });
});

test.each<[string, unknown]>([
  ['an unknown member', { timezone: 'UTC' }],
  ['an unknown zone', { timeZone: 'Mars/Olympus' }],
  ['an offset for a zone', { timeZone: '-03:00' }],
  ['a zone timeline that does not start with null', { timeZone: [{ from: '2026-11', zone: 'UTC' }] }],
  ['an empty zone timeline', { timeZone: [] }],
  [
    'a zone timeline that descends',
    {
      timeZone: [
        { from: null, zone: 'UTC' },
        { from: '2026-11', zone: 'UTC' },
        { from: '2026-10', zone: 'UTC' },
      ],
    },
  ],
  ['no rules', { rules: [] }],
  ['an unknown rule', { rules: [{ from: null, rule: 'rolling' }] }],
  ['rules that do not start with null', { rules: [{ from: '2026-11-01T00:00:00Z', rule: 'fixed' }] }],
  ['rules with two nulls', { rules: [FIXED, FIXED] }],
  ['no hours', { rules: [{ ...FIXED, hours: 0 }] }],
  ['half hours', { rules: [{ ...FIXED, hours: 1.5 }] }],
  ['more hours than a year has', { rules: [{ ...FIXED, hours: 8761 }] }],
  ['a rule from an instant without offset', { rules: [FIXED, { ...FIXED, from: '2027-01-01T00:00:00' }] }],
  ['a rule from beyond the year 9999', { rules: [FIXED, { ...FIXED, from: '9999-12-31T23:00:00-03:00' }] }],
  [
    'a zone from a period that ends beyond it',
    {
      timeZone: [
        { from: null, zone: 'UTC' },
        { from: '9999-12', zone: 'UTC' },
      ],
    },
  ],
  ['an unknown member of a rule', { rules: [{ ...FIXED, hour: 24 }] }],
  ['a language that is not offered', { language: 'fr' }],
  ['a name that is null', { name: null }],
  ['a body that is an array', []],
  ['a body that is null', null],
])('%s is refused', async (_, body) => {
  const answer = await put('strict', body);
  expect(answer.json).toMatchObject({ type: '/problems/invalid-request', status: 400 });
  expect((await api.call('GET', '/v1/tenants/strict')).status).toBe(404);
});

test('what is wrong with a zone or a timeline is named at its place', async () => {
  const zone = await put('strict', { timeZone: 'Mars/Olympus' });
  expect(zone.json.errors).toEqual([
    { pointer: '/timeZone', detail: 'must be the name of an IANA time zone' },
  ]);
  const timeline = await put('strict', { timeZone: [{ from: null, zone: 'Mars/Olympus' }] });
  expect(timeline.json.errors).toEqual([
    { pointer: '/timeZone/0/zone', detail: 'must be the name of an IANA time zone' },
  ]);
});

describe('rules', () => {
  const at = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString();

  test('are free as long as the tenant has no events', async () => {
    const rules = [FIXED, { ...FIXED, from: '2020-01-01T00:00:00.000Z', rule: 'sliding', hours: 12 }];
    expect((await put('free', { rules })).json.rules).toEqual(rules);
    expect((await put('free', { rules: [{ from: null, rule: 'fixed-tail' }] })).json.rules).toEqual([
      { ...FIXED, rule: 'fixed-tail' },
    ]);
  });

  test('change 15 minutes ahead at the earliest once it has some', async () => {
    await put('busy', {});
    await receive('busy');
    const early = await put('busy', { rules: [FIXED, { ...FIXED, from: at(14.99), rule: 'sliding' }] });
    expect(early.json).toMatchObject({ type: '/problems/rule-in-the-past', status: 409 });
    const past = await put('busy', { rules: [{ ...FIXED, rule: 'sliding' }] });
    expect(past.status).toBe(409);
    const later = await put('busy', { rules: [FIXED, { ...FIXED, from: at(15), rule: 'sliding' }] });
    expect(later.status).toBe(200);
    const other = await put('busy', { rules: [FIXED, { ...FIXED, from: at(60), rule: 'fixed-tail' }] });
    expect(other.json.rules).toHaveLength(2);
    expect((await put('busy', { rules: [FIXED], name: 'Busy' })).status).toBe(200);
  });

  test('hold for a tenant whose events came before its registration', async () => {
    await receive('late');
    expect((await put('late', { rules: [{ ...FIXED, hours: 48 }] })).status).toBe(409);
    expect((await api.call('GET', '/v1/tenants/late')).status).toBe(404);
    expect((await put('late', { rules: [FIXED] })).status).toBe(201);
  });
});

describe('zones', () => {
  test('may be a timeline, and a change counts the days again', async () => {
    const timeZone = [
      { from: null, zone: 'America/Sao_Paulo' },
      { from: '2026-12', zone: 'Europe/Lisbon' },
    ];
    await put('mover', {});
    await receive('mover', '2026-12-15T01:00:00Z');
    expect(await countedDays('mover')).toEqual([{ day: '2026-12-14', windows: 1 }]);
    expect((await put('mover', { timeZone })).json.timeZone).toEqual(timeZone);
    expect(await countedDays('mover')).toEqual([{ day: '2026-12-15', windows: 1 }]);
    await api.database.database.pool.query(
      "UPDATE projection.window_tallies SET windows = 9 WHERE tenant = 'mover'",
    );
    await put('mover', { timeZone, name: 'Mover' });
    expect(await countedDays('mover')).toEqual([{ day: '2026-12-15', windows: 9 }]);
  });

  test('cannot change a final period', async () => {
    await put('closed', {});
    for (const period of ['2026-09', '2026-10'])
      await insertFinalInvoice(api.database, { tenant: 'closed', period });
    const answer = await put('closed', { timeZone: 'Europe/Lisbon' });
    expect(answer.json).toMatchObject({ type: '/problems/period-final', status: 409 });
    expect(
      (
        await put('closed', {
          timeZone: [
            { from: null, zone: 'America/Sao_Paulo' },
            { from: '2026-10', zone: 'Europe/Lisbon' },
          ],
        })
      ).status,
    ).toBe(409);
    const later = [
      { from: null, zone: 'America/Sao_Paulo' },
      { from: '2026-11', zone: 'Europe/Lisbon' },
    ];
    expect((await put('closed', { timeZone: later })).status).toBe(200);
  });

  test('wait for the batch in hand', async () => {
    await put('waiting', {});
    const { db } = api.database.database;
    const change = await db.transaction().execute(async (batch) => {
      await sql`SELECT pg_advisory_xact_lock_shared(${sql.lit(LOCKS.settings)})`.execute(batch);
      const change = put('waiting', { timeZone: 'UTC' });
      const early = await Promise.race([change, waiters(1)]);
      expect(early).toBe('waiting');
      return { change };
    });
    expect((await change.change).status).toBe(200);
  });
});

/** Resolves once so many sessions of this database wait for an advisory lock. */
async function waiters(count: number): Promise<'waiting'> {
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline) {
    const { rows } = await api.database.database.pool.query(
      `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    if (rows.length >= count) return 'waiting';
  }
  throw new Error('nobody waits for the lock');
}

test('each change is on record, what changes nothing is not', async () => {
  await put('audited', { name: 'A' });
  await put('audited', { name: 'B' });
  await put('audited', { name: 'B' });
  const { rows } = await api.database.database.pool.query(
    `SELECT at, actor, action, tenant, before->>'name' AS before, after->>'name' AS after
     FROM billing.audit WHERE subject_type = 'tenant' AND subject = 'audited' ORDER BY id`,
  );
  const entry = { at: NOW, actor: 'admin', tenant: 'audited' };
  expect(rows).toEqual([
    { ...entry, action: 'create', before: null, after: 'A' },
    { ...entry, action: 'change', before: 'A', after: 'B' },
  ]);
});

test('concurrent changes of one tenant all hold', async () => {
  const members = [{ name: 'Concurrent' }, { reference: 'R' }, { language: 'en' }, { test: true }];
  const answers = await Promise.all(members.map((member) => put('concurrent', member)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201]);
  expect((await api.call('GET', '/v1/tenants/concurrent')).json).toMatchObject(Object.assign({}, ...members));
});

test('settings of tenants carry the defaults where nobody registered them', async () => {
  await put('settled', { rules: [{ from: null, rule: 'sliding' }], timeZone: 'Asia/Kathmandu' });
  const settings = await tenantSettings(api.deps.db, ['settled', 'stranger'], 'Europe/Lisbon');
  expect(settings.get('settled')).toMatchObject({
    registered: true,
    rules: [{ from: null, rule: 'sliding', hours: 24, activeWhen: 'sent' }],
  });
  expect(settings.get('settled')?.calendar.boundsOf('2026-11').timeZone).toBe('Asia/Kathmandu');
  expect(settings.get('stranger')).toMatchObject({ registered: false, rules: [FIXED] });
  expect(settings.get('stranger')?.calendar.boundsOf('2026-11').timeZone).toBe('Europe/Lisbon');
});
