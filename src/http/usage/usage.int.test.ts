import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { insertFinalInvoice } from '../../../test/support/final-invoice.ts';
import { planTerms } from '../../../test/support/plans.ts';
import { NOW, type Reading, reading } from '../../../test/support/reading.ts';
import type { Event } from '../../domain/event.ts';
import type { ZoneTimeline } from '../../domain/period.ts';

let api: Reading;
let clock = NOW;

beforeAll(async () => {
  api = await reading({ clock: () => clock });
});

afterAll(() => api?.close());

function received(tenant: string, at: string | number, more: Partial<Event> = {}): Event {
  const occurredAt = typeof at === 'string' ? Date.parse(at) : at;
  const contact = `contact ${occurredAt}`;
  return {
    id: `m ${occurredAt}`,
    type: 'message.received',
    tenant,
    channel: 'webchat',
    account: 'shop',
    contact,
    occurredAt,
    ...more,
  };
}

function sent(tenant: string, at: string, more: Partial<Event> = {}): Event {
  const template = { name: 'sale', category: 'marketing' };
  const event = received(tenant, at, { type: 'message.sent', channel: 'whatsapp', origin: 'api', template });
  return { ...event, message: event.id, ...more };
}

/** Where a month starts and ends in a zone; each instant worked out by hand from the zone's offset at that time. */
const MONTHS: [zone: string, period: string, start: string, end: string][] = [
  ['Asia/Kathmandu', '2024-02', '2024-01-31T18:15:00.000Z', '2024-02-29T18:15:00.000Z'],
  ['Australia/Lord_Howe', '2024-04', '2024-03-31T13:00:00.000Z', '2024-04-30T13:30:00.000Z'],
  ['Australia/Lord_Howe', '2024-10', '2024-09-30T13:30:00.000Z', '2024-10-31T13:00:00.000Z'],
  ['Pacific/Apia', '2011-12', '2011-12-01T10:00:00.000Z', '2011-12-31T10:00:00.000Z'],
  ['Pacific/Apia', '2012-01', '2011-12-31T10:00:00.000Z', '2012-01-31T10:00:00.000Z'],
  ['America/Sao_Paulo', '2018-11', '2018-11-01T03:00:00.000Z', '2018-12-01T02:00:00.000Z'],
  ['America/Sao_Paulo', '2019-02', '2019-02-01T02:00:00.000Z', '2019-03-01T03:00:00.000Z'],
  ['America/Sao_Paulo', '2026-11', '2026-11-01T03:00:00.000Z', '2026-12-01T03:00:00.000Z'],
  ['Europe/Lisbon', '2026-03', '2026-03-01T00:00:00.000Z', '2026-03-31T23:00:00.000Z'],
  ['Europe/Lisbon', '2026-10', '2026-09-30T23:00:00.000Z', '2026-11-01T00:00:00.000Z'],
];

describe('a window belongs to the period of its opening instant, to the millisecond', () => {
  test.each(MONTHS)('%s %s', async (timeZone, period, start, end) => {
    const tenant = `${timeZone.replaceAll('/', '-')}-${period}`;
    await api.projector.register(tenant, { zones: [{ from: null, zone: timeZone }] });
    const [first, last] = [Date.parse(start), Date.parse(end) - 1];
    await api.projector.project([first - 1, first, last, last + 1].map((at) => received(tenant, at)));
    const usage = await api.get(`/v1/tenants/${tenant}/usage?period=${period}&groupBy=day`);
    expect(usage).toMatchObject({
      period: { id: period, start, end, timeZone },
      receptive: { windows: 2 },
      messages: { received: 2 },
    });
    const days = usage.groups.map(({ day }: { day: string }) => day);
    expect(days).toEqual([`${period}-01`, expect.stringMatching(new RegExp(`^${period}-(28|29|30|31)$`))]);
    const { items } = await api.get(`/v1/tenants/${tenant}/windows?period=${period}`);
    expect(items.map(({ openedAt }: { openedAt: string }) => Date.parse(openedAt))).toEqual([first, last]);
  });

  test('a zone timeline: the period of the change runs from the old zone to the new one', async () => {
    const zones: ZoneTimeline = [
      { from: null, zone: 'America/Sao_Paulo' },
      { from: '2026-06', zone: 'Europe/Lisbon' },
    ];
    await api.projector.register('moved', { zones });
    const start = Date.parse('2026-06-01T03:00:00Z');
    const end = Date.parse('2026-06-30T23:00:00Z');
    await api.projector.project([start - 1, start, end - 1, end].map((at) => received('moved', at)));
    for (const [period, windows] of Object.entries({ '2026-05': 1, '2026-06': 2, '2026-07': 1 })) {
      const usage = await api.get(`/v1/tenants/moved/usage?period=${period}`);
      expect([period, usage.receptive.windows]).toEqual([period, windows]);
    }
    expect((await api.get('/v1/tenants/moved/usage?period=2026-06')).period).toEqual({
      id: '2026-06',
      start: '2026-06-01T03:00:00.000Z',
      end: '2026-06-30T23:00:00.000Z',
      timeZone: 'Europe/Lisbon',
    });
  });
});

test("without a period it is the current one, in each tenant's zone", async () => {
  await api.projector.register('east', { zones: [{ from: null, zone: 'Asia/Kathmandu' }] });
  await api.projector.register('west', { zones: [{ from: null, zone: 'America/Sao_Paulo' }] });
  clock = Date.parse('2026-10-31T18:15:00Z');
  await api.projector.project([received('east', clock), received('west', clock)]);
  const { items, asOf } = await api.get('/v1/usage?limit=1000');
  const current = new Map(items.map((item: { tenant: string }) => [item.tenant, item]));
  expect(current.get('east')).toMatchObject({ period: { id: '2026-11' }, receptive: { windows: 1 } });
  expect(current.get('west')).toMatchObject({ period: { id: '2026-10' }, receptive: { windows: 1 } });
  const { name, ...east } = current.get('east') as { name: string };
  expect(name).toBe('east');
  expect({ ...east, asOf }).toEqual(await api.get('/v1/tenants/east/usage'));
  clock = NOW;
});

test('a tenant that nobody registered is metered with the defaults; one without events has zeros', async () => {
  const usage = await api.get('/v1/tenants/nobody/usage');
  expect(usage).toMatchObject({
    tenant: 'nobody',
    registered: false,
    test: false,
    plan: null,
    period: { id: '2026-11', timeZone: 'America/Sao_Paulo' },
    state: 'open',
    invoiced: null,
    receptive: { windows: 0, allowance: null, remaining: null, overage: null, limit: null, overLimit: false },
    active: { windows: 0 },
    messages: { received: 0, templates: 0, freeForm: 0 },
    groups: [],
  });
});

test('a period is open, then in grace, then closable', async () => {
  for (const [at, state] of [
    ['2026-12-01T02:59:59.999Z', 'open'],
    ['2026-12-01T03:00:00.000Z', 'grace'],
    ['2026-12-04T02:59:59.999Z', 'grace'],
    ['2026-12-04T03:00:00.000Z', 'closable'],
  ] as const) {
    clock = Date.parse(at);
    expect([at, (await api.get('/v1/tenants/nobody/usage?period=2026-11')).state]).toEqual([at, state]);
  }
  clock = NOW;
});

test('plan, limits and the standing invoice come from finance where there is one', async () => {
  const billed = await reading();
  try {
    await billed.projector.project(
      ['01', '02', '03'].map((day) => received('acme', `2026-11-${day}T12:00:00Z`)),
    );
    await insertFinalInvoice(billed.api.database, {
      tenant: 'acme',
      period: '2026-11',
      number: '2026-000001',
      plan: 'pro',
      terms: planTerms({ receptive: { ...planTerms().receptive, allowance: 1, limit: 2 } }),
      receptive: 2,
      at: NOW,
    });
    expect(await billed.get('/v1/tenants/acme/usage?period=2026-11')).toMatchObject({
      plan: 'pro',
      state: 'final',
      invoiced: { number: '2026-000001', receptive: 2, active: 0, finalizedAt: '2026-11-20T12:00:00.000Z' },
      receptive: { windows: 3, allowance: 1, remaining: 0, overage: 2, limit: 2, overLimit: true },
    });
  } finally {
    await billed.close();
  }
});

test('the list has every tenant that is registered or has events, page by page and as CSV', async () => {
  const many = await reading();
  try {
    for (const tenant of ['b', 'd', 'E']) await many.projector.register(tenant, {});
    await many.projector.project([
      received('a', '2026-11-02T12:00:00Z'),
      received('c', '2026-11-02T12:00:00Z'),
      received('c', '2026-11-03T12:00:00Z'),
      received('d', '2026-11-02T12:00:00Z', { type: 'activity.close' }),
    ]);
    const items = await many.getAll('/v1/usage?period=2026-11&groupBy=day', 2);
    expect(items.map(({ tenant, registered, receptive }) => [tenant, registered, receptive.windows])).toEqual(
      [
        ['E', true, 0],
        ['a', false, 1],
        ['b', true, 0],
        ['c', false, 2],
        ['d', true, 0],
      ],
    );
    expect(items[3].groups).toEqual([
      { day: '2026-11-02', receptive: 1, active: 0 },
      { day: '2026-11-03', receptive: 1, active: 0 },
    ]);
    const rows = await many.getCsv('/v1/usage?period=2026-11');
    expect(rows.map(({ tenant, receptive }) => [tenant, receptive])).toEqual([
      ['E', '0'],
      ['a', '1'],
      ['b', '0'],
      ['c', '2'],
      ['d', '0'],
    ]);
    const secret = (
      await many.api.call('POST', '/v1/ops/keys', {
        body: { name: 'some', scopes: ['usage:read'], tenants: ['c', 'b', 'nowhere'] },
      })
    ).json.secret;
    const { json } = await many.api.call('GET', '/v1/usage', { key: secret });
    expect(json.items.map(({ tenant }: { tenant: string }) => tenant)).toEqual(['b', 'c']);
  } finally {
    await many.close();
  }
});

test('text that looks like a formula is made harmless in CSV, and stays as it is in JSON', async () => {
  const account = '=HYPERLINK("http://x","y"), "z"';
  await api.projector.project([received('formula', '2026-11-02T12:00:00Z', { account })]);
  const url = '/v1/tenants/formula/usage?period=2026-11&groupBy=account';
  expect((await api.get(url)).groups).toEqual([{ account, receptive: 1, active: 0 }]);
  expect(await api.getCsv(url)).toEqual([
    expect.objectContaining({ account: `'${account}`, receptive: '1' }),
  ]);
});

test('campaigns are counted, those without one together', async () => {
  await api.projector.project([
    sent('campaigns', '2026-11-02T12:00:00Z', { campaign: 'black-friday', origin: 'campaign' }),
    sent('campaigns', '2026-11-03T12:00:00Z', { campaign: 'black-friday', origin: 'campaign' }),
    sent('campaigns', '2026-11-04T12:00:00Z'),
    received('campaigns', '2026-11-05T12:00:00Z'),
  ]);
  const { groups } = await api.get('/v1/tenants/campaigns/usage?period=2026-11&groupBy=campaign,origin');
  expect(groups).toEqual([
    { campaign: null, origin: null, receptive: 1, active: 0 },
    { campaign: null, origin: 'api', receptive: 0, active: 1 },
    { campaign: 'black-friday', origin: 'campaign', receptive: 0, active: 2 },
  ]);
  const rows = await api.getCsv('/v1/tenants/campaigns/usage?period=2026-11&groupBy=day,campaign');
  expect(rows.map(({ day, campaign, active }) => [day, campaign, active])).toEqual([
    ['2026-11-02', 'black-friday', '1'],
    ['2026-11-03', 'black-friday', '1'],
    ['2026-11-04', '', '1'],
    ['2026-11-05', '', '0'],
  ]);
});

test('the days of campaigns are those of the tenant, from the first instant to the last', async () => {
  const to = (contact: string) => ({ campaign: 'night', origin: 'campaign', contact }) as const;
  const [first, second, last] = [
    '2026-11-01T03:00:00Z',
    '2026-11-02T02:59:59.999Z',
    '2026-12-01T02:59:59.999Z',
  ];
  await api.projector.project([
    sent('nights', '2026-11-01T02:59:59.999Z', to('before')),
    sent('nights', first, to('first')),
    sent('nights', second, to('second')),
    sent('nights', last, to('last')),
    received('nights', '2026-12-01T03:00:00Z'),
  ]);
  const usage = (by: string) => api.get(`/v1/tenants/nights/usage?period=2026-11&groupBy=${by}`);
  const { groups } = await usage('day,campaign');
  expect(groups).toEqual([
    { day: '2026-11-01', campaign: 'night', receptive: 0, active: 2 },
    { day: '2026-11-30', campaign: 'night', receptive: 0, active: 1 },
  ]);
  const byDay = groups.map(({ campaign: _, ...rest }: { campaign: string }) => rest);
  expect((await usage('day')).groups).toEqual(byDay);
});

test.each([
  ['period=2026-13', 'invalid-request'],
  ['period=2026-1', 'invalid-request'],
  ['groupBy=week', 'invalid-request'],
  ['groupBy=day,day', 'invalid-request'],
  ['groupBy=', 'invalid-request'],
  ['until=2026-11', 'invalid-request'],
  ['after=nothing', 'invalid-receipt'],
])('?%s is refused', async (query, type) => {
  for (const path of ['/v1/tenants/acme/usage', '/v1/usage']) {
    const { status, json } = await api.api.call('GET', `${path}?${query}`);
    expect([status, json.type]).toEqual([400, `/problems/${type}`]);
  }
});
