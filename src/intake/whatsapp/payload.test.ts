import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  BUSINESS,
  change,
  inbound,
  payload,
  status,
  USER,
  WABA,
} from '../../../test/support/whatsapp-payloads.ts';
import { readEvent } from '../read-event.ts';
import { type Mapping, payloadReader } from './payload.ts';

const MAPPING: Mapping = { sends: 'posted', tenants: { [WABA]: 'acme' }, tenant: null };
const read = (body: unknown, mapping: Partial<Mapping> = {}) =>
  payloadReader({ ...MAPPING, ...mapping })(body);

/** The only event of a payload, without what all of them have. */
function only(body: unknown, mapping: Partial<Mapping> = {}) {
  const { events, unmapped, skipped } = read(body, mapping);
  expect({ unmapped, skipped, events: events.length }).toEqual({ unmapped: [], skipped: [], events: 1 });
  const { tenant, channel, account, ...rest } = events[0]?.event ?? {};
  expect({ tenant, channel, account }).toEqual({
    tenant: 'acme',
    channel: 'whatsapp',
    account: BUSINESS.number,
  });
  return rest;
}

const AT = { occurredAt: '2026-11-03T13:00:00.000Z', contact: USER.number };

test.each([
  ...['text', 'image', 'audio', 'video', 'document', 'sticker', 'location', 'contacts'],
  ...['button', 'interactive', 'order', 'poll_of_tomorrow'],
])('a message of type %s is received', (type) => {
  const body = payload(change(inbound({ id: 'wamid.A', type, [type]: {} })));
  expect(only(body)).toEqual({ id: 'wamid.A', type: 'message.received', ...AT });
});

test.each(['reaction', 'system', 'edit', 'revoke', 'unsupported', 'request_welcome', 'ephemeral'])(
  'a message of type %s opens nothing',
  (type) => {
    const body = payload(change(inbound({ id: 'wamid.A', type, [type]: {} })));
    expect(only(body)).toEqual({ id: `wamid.A:${type}`, type: `activity.${type}`, ...AT });
  },
);

test('a message to a group opens nothing, whatever its type', () => {
  const body = payload(change(inbound({ id: 'wamid.A', type: 'text', group_id: 'G1' })));
  expect(only(body)).toEqual({ id: 'wamid.A:group', type: 'activity.group', ...AT });
});

test.each(['smb_message_echoes', 'message_echoes'])('%s are echoes to whoever they went', (field) => {
  const echo = {
    from: BUSINESS.number,
    to: USER.number,
    id: 'wamid.E',
    timestamp: '1793710800',
    type: 'text',
  };
  const body = payload(change({ message_echoes: [echo], contacts: undefined }, field));
  expect(only(body)).toEqual({ id: 'wamid.E:echo', type: 'activity.echo', ...AT });
});

test('a call is an activity for its beginning and one for its end', () => {
  const call = { id: 'wacid.1', from: USER.number, to: BUSINESS.number, timestamp: '1793710800' };
  const calls = ['connect', 'terminate'].map((event) => ({ ...call, event, direction: 'USER_INITIATED' }));
  const ours = {
    ...call,
    id: 'wacid.2',
    from: BUSINESS.number,
    to: USER.number,
    direction: 'BUSINESS_INITIATED',
  };
  const { events } = read(payload(change({ calls: [...calls, ours] }, 'calls')));
  expect(events.map(({ event: { id, type, contact } }) => [id, type, contact])).toEqual([
    ['wacid.1:call:connect', 'activity.call', USER.number],
    ['wacid.1:call:terminate', 'activity.call', USER.number],
    ['wacid.2:call', 'activity.call', USER.number],
  ]);
});

test('an imported history is activities with whom each thread was, in both directions', () => {
  const thread = (id: string, ...messages: object[]) => ({ id, messages });
  const old = (id: string, from: string) => ({ id, from, timestamp: '1762174800', type: 'text' });
  const history = [
    {
      metadata: { phase: 0, chunk_order: 1, progress: 40 },
      threads: [
        thread(USER.number, old('wamid.1', USER.number), old('wamid.2', BUSINESS.number)),
        thread('5521987654321', old('wamid.3', '5521987654321')),
      ],
    },
  ];
  const { events, links } = read(payload(change({ history, contacts: undefined }, 'history')));
  expect(events.map(({ pointer, event: { id, type, contact } }) => [pointer, id, type, contact])).toEqual([
    [
      '/entry/0/changes/0/value/history/0/threads/0/messages/0',
      'wamid.1:history',
      'activity.history',
      USER.number,
    ],
    [
      '/entry/0/changes/0/value/history/0/threads/0/messages/1',
      'wamid.2:history',
      'activity.history',
      USER.number,
    ],
    [
      '/entry/0/changes/0/value/history/0/threads/1/messages/0',
      'wamid.3:history',
      'activity.history',
      '5521987654321',
    ],
  ]);
  expect(links).toEqual([]);
  const media = change(inbound({ id: 'wamid.4', type: 'image' }), 'history');
  expect(only(payload(media)).type).toBe('activity.history');
});

test.each([
  ['delivered', 'message.delivered'],
  ['read', 'message.read'],
  ['played', 'message.read'],
])('the status %s is a receipt', (name, type) => {
  expect(only(payload(change(status({ status: name }))))).toEqual({
    ...AT,
    id: `wamid.S:${name}`,
    type,
    message: 'wamid.S',
  });
});

test('a failure says why, though nobody but the user id is known', () => {
  const errors = [
    { code: 131026, title: 'Message undeliverable', message: 'x', error_data: { details: 'y' } },
  ];
  const failed = { status: 'failed', errors, recipient_id: undefined, recipient_user_id: USER.id };
  expect(only(payload(change(status(failed))))).toEqual({
    ...AT,
    contact: USER.id,
    id: 'wamid.S:failed',
    type: 'message.failed',
    message: 'wamid.S',
    error: { code: 131026, title: 'Message undeliverable' },
  });
});

test.each([
  ['marketing', { template: { name: 'unknown', category: 'marketing' } }],
  [
    'authentication_international',
    { template: { name: 'unknown', category: 'authentication_international' } },
  ],
  ['service', {}],
  [undefined, {}],
])('sent, of category %s, is a message where sends are taken from the status', (category, expected) => {
  const pricing = category && { billable: true, pricing_model: 'PMP', type: 'regular', category };
  const body = payload(change(status({ status: 'sent', pricing })));
  expect(only(body, { sends: 'from-status' })).toEqual({
    ...AT,
    id: 'wamid.S',
    type: 'message.sent',
    ...expected,
  });
  expect(read(body)).toMatchObject({ events: [], unmapped: [], skipped: [{ detail: expect.any(String) }] });
});

test('what is nothing for a meter is skipped, and told', () => {
  const value = status({ status: 'deleted' });
  for (const body of [
    payload(change(value)),
    payload(change(status({ status: 'sent', recipient_type: 'group' }))),
    payload(change(status({ status: 'RINGING', type: 'call' }), 'calls')),
    payload(change({ event: 'APPROVED', messages: undefined }, 'message_template_status_update')),
    payload(change({ messages: undefined, errors: [{ code: 130429 }] })),
    { object: 'whatsapp_business_account', entry: [{ id: WABA }] },
  ])
    expect(read(body)).toMatchObject({
      events: [],
      unmapped: [],
      skipped: [{ pointer: expect.stringMatching('^/entry/0') }],
    });
});

test('the tenant is that of the number, else of its account, else the one for all else', () => {
  const body = payload(change(inbound({ id: 'wamid.A' })));
  const tenantBy = (tenants: Record<string, string>, tenant: string | null = null) =>
    read(body, { tenants, tenant }).events[0]?.event.tenant;
  expect(tenantBy({ [WABA]: 'account', [BUSINESS.id]: 'id', [BUSINESS.number]: 'number' })).toBe('id');
  expect(tenantBy({ [WABA]: 'account', '+55 (11) 4000-0001': 'number' })).toBe('number');
  expect(tenantBy({ [WABA]: 'account' }, 'rest')).toBe('account');
  expect(tenantBy({}, 'rest')).toBe('rest');
  expect(read(body, { tenants: {} })).toMatchObject({ events: [], unmapped: [{ reason: 'no-tenant' }] });
});

test.each<[string, object]>([
  ['no id', { id: undefined }],
  ['no timestamp', { timestamp: undefined }],
  ['a timestamp that is none', { timestamp: 'soon' }],
  ['no type', { type: undefined }],
  ['nobody', { from: undefined, from_user_id: undefined }],
])('a message with %s is kept as it came, alone', (_, members) => {
  const good = inbound({ id: 'wamid.good' });
  const bad = { ...inbound({ id: 'wamid.bad' }).messages[0], ...members };
  const value = { ...good, contacts: undefined, messages: [...good.messages, bad] };
  const { events, unmapped } = read(payload(change(value)));
  expect(events).toHaveLength(1);
  expect(unmapped).toMatchObject([
    { reason: 'unknown-form', pointer: '/entry/0/changes/0/value/messages/1' },
  ]);
  expect(unmapped[0]?.alone()).toEqual(payload(change({ ...value, messages: [bad] })));
});

test('the user id stands for whoever shows no number; both together make a link', () => {
  const without = inbound(
    { id: 'a', from: undefined, from_user_id: USER.id },
    { wa_id: undefined, user_id: USER.id },
  );
  expect(read(payload(change(without)))).toMatchObject({
    events: [{ event: { contact: USER.id } }],
    links: [],
  });
  const link = { tenant: 'acme', channel: 'whatsapp', alias: USER.id, contact: USER.number };
  for (const value of [
    inbound({ id: 'a', from_user_id: USER.id }),
    inbound({ id: 'a' }, { wa_id: USER.number, user_id: USER.id }),
    inbound({ id: 'a', from: undefined }, { wa_id: USER.number, user_id: USER.id }),
    inbound({ id: 'a' }, { wa_id: undefined, user_id: USER.id }),
    status({ status: 'read', recipient_user_id: USER.id }),
  ])
    expect(read(payload(change(value)))).toMatchObject({
      events: [{ event: { contact: USER.number } }],
      links: [link],
    });
  const changing = inbound({ id: 'a', type: 'system', from_user_id: USER.id });
  expect(read(payload(change(changing))).links).toEqual([]);
});

test('of several contacts each message has its own', () => {
  const value = {
    ...inbound({}),
    contacts: [{ wa_id: USER.number, user_id: USER.id }, { wa_id: '5521987654321' }],
    messages: [
      { ...inbound({ id: 'a' }).messages[0], from: '5521987654321' },
      { ...inbound({ id: 'b' }).messages[0], from: undefined, from_user_id: USER.id },
    ],
  };
  expect(read(payload(change(value))).events.map(({ event }) => event.contact)).toEqual([
    '5521987654321',
    USER.number,
  ]);
});

test('many entries and changes are read in their order, and alone each part says the same', () => {
  const body = payload(
    change(status({ status: 'read' })),
    change({ ...inbound({ id: 'a' }), statuses: status({ status: 'failed' }).statuses }),
  );
  const both = { ...body, entry: [...body.entry, ...payload(change(inbound({ id: 'b' }))).entry] };
  const { events } = read(both);
  expect(events.map(({ event }) => event.id)).toEqual(['wamid.S:read', 'a', 'wamid.S:failed', 'b']);
  for (const { event, alone } of events)
    expect(read(alone()).events.map((one) => one.event)).toEqual([event]);
});

test.each([
  ['messages of nothing', payload({ field: 'messages', value: { messages: Array(1_000_000).fill(0) } })],
  ['entries of nothing', { object: 'whatsapp_business_account', entry: Array(1_000_000).fill(0) }],
  ['lists in lists', JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)],
])('%s, by the million, are kept as one', (_, body) => {
  const { events, skipped, unmapped } = read(body);
  expect([events, skipped, unmapped.map(({ pointer, reason }) => [pointer, reason])]).toEqual([
    [],
    [],
    [['', 'unknown-form']],
  ]);
});

test('whatever JSON comes, every part of it is in one of the lists and none throws', () => {
  const value = fc.record(
    {
      metadata: fc.oneof(fc.jsonValue(), fc.constant(BUSINESS)),
      contacts: fc.jsonValue(),
      messages: fc.array(fc.jsonValue({ maxDepth: 2 })),
      statuses: fc.array(
        fc.dictionary(fc.constantFrom('id', 'status', 'timestamp', 'errors'), fc.jsonValue()),
      ),
      history: fc.jsonValue(),
    },
    { requiredKeys: ['messages', 'statuses'] },
  );
  fc.assert(
    fc.property(value, fc.constantFrom('messages', 'history', 'smb_message_echoes'), (one, field) => {
      const { events, skipped, unmapped } = read({
        object: 'whatsapp_business_account',
        entry: [{ id: WABA, changes: [{ field, value: one }] }],
      });
      const parts = one.messages.length + one.statuses.length;
      expect(events.length + skipped.length + unmapped.length).toBeGreaterThanOrEqual(Math.max(1, parts));
    }),
  );
  fc.assert(
    fc.property(fc.jsonValue(), (body) => {
      expect(read(body).unmapped).toMatchObject([{ pointer: '', reason: 'unknown-form' }]);
    }),
  );
});

test('every event that comes of it is one', () => {
  const { events } = read(
    payload(
      change({
        ...inbound({ id: 'a' }),
        statuses: status({ status: 'failed', errors: [{ code: 1 }] }).statuses,
      }),
    ),
  );
  for (const { event } of events) expect(readEvent(event, Number.POSITIVE_INFINITY)).toHaveProperty('event');
});
