import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PARTITIONS } from '../../../test/support/api.ts';
import { active, type TestFinance, testFinance } from '../../../test/support/finance.ts';
import { encodeEvent } from '../../../test/support/former-record.ts';
import { flat } from '../../../test/support/plans.ts';
import type { Event } from '../../domain/event.ts';

let finance: TestFinance;

beforeAll(async () => {
  finance = await testFinance();
});

afterAll(() => finance?.close());

const PEOPLE: [name: string, form: string, spellings: string[]][] = [
  [
    'ana',
    '5511987654321',
    [
      '551187654321',
      '+55 11 98765-4321',
      'whatsapp:+5511987654321',
      '\u202a+55 11 98765-4321\u202c',
      '+55\u00a011\u00a098765\u20114321',
      '5511987654321@c.us',
      '005511987654321',
    ],
  ],
  ['juan', '525512345678', ['+52 1 55 1234 5678', '525512345678', '5215512345678@s.whatsapp.net']],
  ['sol', '541112345678', ['+54 9 11 1234-5678', '541112345678']],
];

test.each(PEOPLE)('%s has one window however the number is spelt', async (tenant, form, spellings) => {
  const channels = ['whatsapp', 'WhatsApp', 'WHATSAPP'];
  await finance.post(
    tenant,
    spellings.map((contact, i) => ({
      id: `m${i}`,
      at: `2027-03-01T10:00:0${i}Z`,
      channel: channels[i % 3],
      contact,
    })),
  );
  const { json } = await finance.get(`/v1/tenants/${tenant}/windows`);
  expect(json.items).toMatchObject([{ channel: 'whatsapp', contact: form, openedBy: 'm0' }]);
  for (const contact of spellings) {
    const asked = `contact=${encodeURIComponent(contact)}`;
    for (const query of [asked, `channel=WhatsApp&${asked}`]) {
      const windows = await finance.get(`/v1/tenants/${tenant}/windows?${query}`);
      expect([query, windows.json.items?.length]).toEqual([query, 1]);
      const events = await finance.get(`/v1/tenants/${tenant}/events?${query}`);
      expect([query, events.json.items?.length]).toEqual([query, spellings.length]);
    }
    const account = encodeURIComponent('\u202a+55 11 4000\u20110001\u202c');
    const at = await finance.get(
      `/v1/tenants/${tenant}/conversation?channel=WhatsApp&account=${account}&${asked}&at=2027-03-01T12:00:00Z`,
    );
    expect(at.json).toMatchObject({ window: { openedBy: 'm0' }, freeTextAllowed: true });
  }
});

test('a number spelt another way is the same content: a repetition, no conflict', async () => {
  const again = { id: 'r1', at: '2027-03-02T10:00:00Z', type: 'message.sent' };
  const template = { name: 'sale', category: 'marketing' };
  await finance.post('repeats', [
    { ...again, contact: '551187654321', template, origin: 'campaign' },
    {
      ...again,
      contact: '+55 11 98765-4321',
      template: { ...template, category: 'Marketing' },
      origin: 'CAMPAIGN',
    },
  ]);
  const { json } = await finance.get('/v1/tenants/repeats/events');
  expect(json.items).toMatchObject([
    { id: 'r1', state: 'effective', origin: 'campaign', template: { category: 'marketing' } },
  ]);
  const asked = await finance.get('/v1/tenants/repeats/windows?origin=Campaign');
  expect(asked.json.items).toHaveLength(1);
});

test('MARKETING has the price of marketing, in a plan and in events', async () => {
  const prices = { default: flat('0.45'), MARKETING: flat('0.60') };
  await finance.subscribe('priced', '2027-01', { active: prices });
  const { json } = await finance.get('/v1/plans/plan-of-priced');
  expect(Object.keys(json.versions[0].active).sort()).toEqual(['default', 'marketing']);
  await finance.post('priced', [
    ...active(2, '2027-02-03T10:00:00Z', 'a', 'MARKETING'),
    ...active(1, '2027-02-03T10:00:00Z', 'b', 'marketing'),
    ...active(1, '2027-02-03T10:00:00Z', 'c', 'UTILITY'),
  ]);
  const invoice = await finance.invoice('priced', '2027-02');
  expect(invoice.json.total).toBe('2.25');
  expect(invoice.json.lines).toMatchObject([
    { code: 'active', quantity: 1, amount: '0.45' },
    { code: 'active.marketing', quantity: 3, amount: '1.80' },
  ]);
  expect(await finance.windowsOf('priced', '2027-02', 'active.marketing:1')).toHaveLength(3);
  const usage = await finance.get('/v1/tenants/priced/usage?period=2027-02&groupBy=category');
  expect(usage.json.groups.map(({ category }: { category: string }) => category)).toEqual([
    'marketing',
    'utility',
  ]);
});

test.each([
  ['MARKETING', 'Marketing'],
  ['Default', 'default'],
])('a plan with %s and %s is refused: it has two prices for one thing', async (one, other) => {
  const answer = await finance.call('PUT', '/v1/plans/twice/versions/2027-01', {
    body: {
      currency: 'BRL',
      receptive: { allowance: 0, overage: flat('1') },
      active: { default: flat('1'), [one]: flat('2'), [other]: flat('3') },
    },
  });
  expect(answer.status).toBe(400);
  expect(answer.json.errors).toEqual([
    { pointer: expect.stringMatching(/^\/active\//), detail: expect.stringMatching(/again$/) },
  ]);
});

test('what was logged under an older form stays there: it is listed and explained, and questions mean the form of today', async () => {
  const old = {
    tenant: 'older',
    channel: 'WhatsApp',
    account: '551140000001',
    contact: '\u202a+55 11 98765-4321',
  };
  const event = {
    ...old,
    id: 'o1',
    type: 'message.received',
    occurredAt: Date.parse('2027-03-01T10:00:00Z'),
  };
  await finance.log.append([encodeEvent(event as Event, event.occurredAt, 'admin', PARTITIONS)]);
  await finance.post('older', [{ id: 'n1', at: '2027-03-01T11:00:00Z', contact: old.contact }]);
  const all = (await finance.get('/v1/tenants/older/windows')).json.items;
  expect(all).toMatchObject([
    { openedBy: 'o1', channel: 'WhatsApp', contact: old.contact },
    { openedBy: 'n1', channel: 'whatsapp', contact: '5511987654321' },
  ]);
  const explained = await finance.get(`/v1/tenants/older/windows/${all[0].id}`);
  expect(explained.json).toMatchObject({ contact: old.contact, events: [{ id: 'o1', role: 'opened' }] });
  expect((await finance.get('/v1/tenants/older/events?id=o1')).json.items).toHaveLength(1);
  for (const query of [`contact=${encodeURIComponent(old.contact)}&channel=WhatsApp`, 'channel=WhatsApp']) {
    const { json } = await finance.get(`/v1/tenants/older/windows?${query}`);
    expect(json.items.map(({ openedBy }: { openedBy: string }) => openedBy)).toEqual(['n1']);
  }
});

test('a plan from before, in upper case, still prices what was logged then and what comes now', async () => {
  await finance.subscribe('old', '2027-01', { active: { default: flat('0.45'), marketing: flat('0.60') } });
  await finance.database.database.pool.query(
    `UPDATE billing.plan_versions SET terms = jsonb_set(terms #- '{active,marketing}', '{active,MARKETING}', terms #> '{active,marketing}')
     WHERE plan = 'plan-of-old'`,
  );
  await finance.post('old', active(2, '2027-02-03T10:00:00Z', 'a', 'MARKETING'));
  const schema = await finance.database.database.pool.query('SELECT schema FROM projection_current');
  for (const table of ['windows', 'window_tallies'])
    await finance.database.database.pool.query(
      `UPDATE ${schema.rows[0].schema}.${table} SET category = 'MARKETING' WHERE tenant = 'old'`,
    );
  await finance.post('old', active(3, '2027-02-03T10:00:00Z', 'b', 'Marketing'));
  const { json } = await finance.invoice('old', '2027-02');
  expect(json.lines).toMatchObject([{ code: 'active.MARKETING', quantity: 5, amount: '3.00' }]);
  expect(await finance.windowsOf('old', '2027-02', 'active.MARKETING:1')).toHaveLength(5);
});

test.each([
  ['contact', '%E2%80%8B'],
  ['contact', 'whatsapp:'],
  ['account', '%E2%80%94'],
])('a question for the %s %s asks for nobody', async (name, value) => {
  const answer = await finance.get(`/v1/tenants/ana/windows?channel=WhatsApp&${name}=${value}`);
  expect([answer.status, answer.json.errors]).toEqual([
    400,
    [{ parameter: name, detail: 'is empty after normalising' }],
  ]);
});
