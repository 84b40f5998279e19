import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestApi, testApi } from '../../../test/support/api.ts';
import { WARNINGS } from '../../intake/warnings.ts';

const NOW = Date.parse('2026-11-03T13:00:00Z');
const EVENT = {
  id: 'm1',
  type: 'message.received',
  tenant: 'acme',
  channel: 'whatsapp',
  account: '551140000001',
  contact: '5511987654321',
  occurredAt: '2026-11-03T10:00:00-03:00',
};
const TEMPLATE = { name: 'order_update', category: 'utility' };

let api: TestApi;
beforeAll(async () => {
  api = await testApi({ clock: () => NOW });
  await api.call('PUT', '/v1/tenants/acme', { body: { name: 'Acme' } });
});
afterAll(() => api.close());

async function post(body: unknown, headers: Record<string, string> = {}) {
  return await api.call('POST', '/v1/events', { body, headers });
}

/** The warnings of an event as `type pointer`. */
async function warned(event: object): Promise<string[]> {
  const { status, json } = await post(event);
  expect(status).toBe(202);
  return (json.results[0].warnings ?? []).map(
    ({ type, pointer }: { type: string; pointer: string }) => `${type} ${pointer}`,
  );
}

async function counted(): Promise<Record<string, number>> {
  const { values } = await api.deps.metrics.warned.get();
  return Object.fromEntries(values.map(({ labels, value }) => [labels.warning, value]));
}

test('every warning is counted from 0 and has a page', async () => {
  expect(await counted()).toEqual(Object.fromEntries(WARNINGS.map((warning) => [warning, 0])));
  for (const warning of WARNINGS) {
    const page = await api.call('GET', `/problems/${warning}`, { headers: { accept: 'text/plain' } });
    expect(page.status).toBe(200);
    expect(page.text).toContain(`/problems/${warning}, warning`);
  }
  const portuguese = await api.call('GET', '/problems', {
    headers: { accept: 'text/plain', 'accept-language': 'pt-BR' },
  });
  expect(portuguese.text).toContain('aviso unlikely-contact: O contato não é um número de telefone');
});

test('an event as it should be has none', async () => {
  const { json } = await post(EVENT);
  expect(json.results[0]).toEqual({
    index: 0,
    id: 'm1',
    status: 'accepted',
    position: { partition: expect.any(Number), offset: expect.any(Number) },
  });
});

test.each([
  ['an instant in 1970', { occurredAt: '1970-01-21T15:45:00Z' }, ['/problems/unlikely-instant /occurredAt']],
  ['an instant 400 days ago to the millisecond', { occurredAt: '2025-09-29T13:00:00Z' }, []],
  [
    'an instant older than that by one',
    { occurredAt: '2025-09-29T12:59:59.999Z' },
    ['/problems/unlikely-instant /occurredAt'],
  ],
  ['a user id', { contact: 'BR.13491208655302741918' }, ['/problems/unlikely-contact /contact']],
  ['a number of seven digits', { contact: '1234567' }, ['/problems/unlikely-contact /contact']],
  ['a number of sixteen', { contact: '1234567890123456' }, ['/problems/unlikely-contact /contact']],
  ['a number as people write it', { contact: '+55 (11) 98765-4321' }, []],
  ['a user id where they are usual', { channel: 'instagram', contact: 'igsid-17' }, []],
  ['a channel nobody knows', { channel: 'WhatsAp', contact: 'x' }, ['/problems/unknown-channel /channel']],
  ['a known channel in capitals', { channel: 'SMS' }, []],
  [
    'a template where there are none',
    { type: 'message.sent', channel: 'sms', template: TEMPLATE },
    ['/problems/template-elsewhere /template'],
  ],
  ['a template', { type: 'message.sent', template: TEMPLATE }, []],
  ['a tenant nobody registered', { tenant: 'acne' }, ['/problems/unregistered-tenant /tenant']],
])('%s', async (_, members, expected) => {
  expect(await warned({ ...EVENT, ...members })).toEqual(expected);
});

test('all that is odd is said at once, at its place in an array, also where accepted items are left out', async () => {
  const odd = {
    ...EVENT,
    type: 'message.sent',
    tenant: 'nobody',
    channel: 'fax',
    template: TEMPLATE,
    occurredAt: '1970-01-21T15:45:00Z',
  };
  const before = await counted();
  const { status, headers, json } = await post([EVENT, odd, 1], { prefer: 'return=minimal' });
  expect(status).toBe(207);
  expect(headers['preference-applied']).toBe('return=minimal');
  expect(json).toMatchObject({ accepted: 2, rejected: 1 });
  expect(json.results).toEqual([
    {
      index: 1,
      id: 'm1',
      status: 'accepted',
      position: { partition: expect.any(Number), offset: expect.any(Number) },
      warnings: [
        {
          type: '/problems/unlikely-instant',
          title: 'The event is very old',
          detail: '1970-01-21T15:45:00.000Z is more than 400 days ago',
          pointer: '/1/occurredAt',
        },
        {
          type: '/problems/unknown-channel',
          title: 'The channel is not a usual one',
          detail: expect.stringContaining('"fax" is none of whatsapp,'),
          pointer: '/1/channel',
        },
        {
          type: '/problems/template-elsewhere',
          title: 'The channel has no templates',
          detail: 'a channel "fax" has no template messages',
          pointer: '/1/template',
        },
        {
          type: '/problems/unregistered-tenant',
          title: 'Nobody has registered the tenant',
          detail: 'nobody has registered the tenant; the defaults apply',
          pointer: '/1/tenant',
        },
      ],
    },
    expect.objectContaining({ index: 2, status: 'rejected' }),
  ]);
  const after = await counted();
  const grown = WARNINGS.map((warning) => (after[warning] ?? 0) - (before[warning] ?? 0));
  expect(grown).toEqual([1, 0, 1, 1, 1]);
});

test('a tenant that is registered is not warned of, whether it was asked about before or not', async () => {
  await api.call('PUT', '/v1/tenants/fresh', { body: { name: 'Fresh' } });
  expect(await warned({ ...EVENT, tenant: 'fresh' })).toEqual([]);
});
