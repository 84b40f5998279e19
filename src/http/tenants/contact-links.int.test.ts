import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type TestApi, testApi } from '../../../test/support/api.ts';
import { decodeRecord } from '../../log/record/record.ts';
import { openEvents } from '../../projection/read/opened.ts';

const NOW = Date.parse('2026-11-03T13:00:00Z');
const USER_ID = 'BR.13491208655302741918';
const NUMBER = '5511987654321';
const EVENT = {
  id: 'm1',
  type: 'message.received',
  tenant: 'acme',
  channel: 'whatsapp',
  account: '551140000001',
  contact: USER_ID,
  occurredAt: '2026-11-03T10:00:00-03:00',
};

let api: TestApi;
beforeAll(async () => {
  api = await testApi({ clock: () => NOW });
  await api.call('PUT', '/v1/tenants/acme', { body: { name: 'Acme' } });
});
beforeEach(async () => {
  const { items } = (await api.call('GET', '/v1/tenants/acme/contact-links')).json;
  for (const { channel, alias } of items) await unlink(alias, channel);
});
afterAll(() => api.close());

function address(alias: string, channel = 'whatsapp', tenant = 'acme') {
  return `/v1/tenants/${tenant}/contact-links/${channel}/${encodeURIComponent(alias)}`;
}
async function link(alias: string, contact: string, channel = 'whatsapp') {
  return await api.call('PUT', address(alias, channel), { body: { contact } });
}
async function unlink(alias: string, channel = 'whatsapp') {
  return await api.call('DELETE', address(alias, channel));
}

/** Posts an event and answers whose the log says it is, and its warnings. */
async function logged(members: object): Promise<{ contact: string; warnings: unknown }> {
  const { json } = await api.call('POST', '/v1/events', { body: { ...EVENT, ...members } });
  const [{ position, warnings }] = json.results;
  const { rows } = await api.database.database.pool.query<{ value: Buffer }>(
    'SELECT value FROM log.records WHERE partition = $1 AND "offset" = $2',
    [position.partition, position.offset],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the log has no such record');
  const [event] = await openEvents(api.deps.unsealing, [decodeRecord(row.value)]);
  return { contact: event?.contact ?? '', warnings };
}

test('an event of the alias is logged as the contact, and is not warned of', async () => {
  expect((await logged({})).contact).toBe(USER_ID);
  const made = await link(USER_ID, '+55 11 8765-4321');
  expect(made).toMatchObject({
    status: 201,
    json: {
      channel: 'whatsapp',
      alias: USER_ID,
      contact: NUMBER,
      linkedBy: 'admin',
      createdAt: '2026-11-03T13:00:00.000Z',
    },
  });
  expect(await logged({ id: 'm2' })).toEqual({ contact: NUMBER, warnings: undefined });
});

test('only of its own channel and tenant, and of both in any form', async () => {
  await link('551140001111', NUMBER);
  expect((await logged({ contact: 'whatsapp:+55 11 4000-1111' })).contact).toBe(NUMBER);
  expect((await logged({ contact: '551140001111', channel: 'sms' })).contact).toBe('551140001111');
  expect((await logged({ contact: '551140001111', tenant: 'globex' })).contact).toBe('551140001111');
  expect((await api.call('GET', address('+55 11 4000-1111', 'WhatsApp'))).json.contact).toBe(NUMBER);
});

test('once it has ended the alias stands for itself again, and may be linked anew', async () => {
  await link(USER_ID, NUMBER);
  expect((await unlink(USER_ID)).status).toBe(204);
  expect((await logged({ id: 'm3' })).contact).toBe(USER_ID);
  expect((await unlink(USER_ID)).json.type).toBe('/problems/not-found');
  expect((await api.call('GET', address(USER_ID))).status).toBe(404);
  expect((await link(USER_ID, '5521987654321')).status).toBe(201);
  expect((await logged({ id: 'm4' })).contact).toBe('5521987654321');
});

test('a link that stands is made once, and not for somebody else', async () => {
  await link(USER_ID, NUMBER);
  expect((await link(USER_ID, '+5511987654321')).status).toBe(200);
  const refused = await link(USER_ID, '5521987654321');
  expect(refused).toMatchObject({ status: 409, json: { type: '/problems/alias-linked' } });
  expect((await api.call('GET', address(USER_ID))).json.contact).toBe(NUMBER);
});

test('no link leads to a link, from either side', async () => {
  await link(USER_ID, NUMBER);
  const toAlias = await link('lid-7@lid', USER_ID);
  expect(toAlias).toMatchObject({ status: 409, json: { type: '/problems/link-chain' } });
  expect(toAlias.json.detail).toContain(`${USER_ID} is an alias itself`);
  const ofContact = await link(NUMBER, '5521987654321');
  expect(ofContact).toMatchObject({ status: 409, json: { type: '/problems/link-chain' } });
  expect(ofContact.json.detail).toContain(`${NUMBER} has aliases itself, ${USER_ID} among them`);
  expect((await link('lid-7@lid', NUMBER)).status).toBe(201);
});

test('two at the same time make no chain and no second contact', async () => {
  const answers = await Promise.all([
    ...['5521900000001', '5521900000002', '5521900000003'].map((contact) => link(USER_ID, contact)),
    ...['5521900000001', '5521900000002', '5521900000003'].map((alias) => link(alias, USER_ID)),
  ]);
  expect(
    answers
      .map(({ status }) => status)
      .sort()
      .slice(-5),
  ).not.toContain(500);
  const { items } = (await api.call('GET', '/v1/tenants/acme/contact-links')).json;
  const aliases = new Set(items.map(({ alias }: { alias: string }) => alias));
  expect(items.length).toBeGreaterThan(0);
  for (const { contact } of items) expect(aliases.has(contact)).toBe(false);
});

test.each([
  [NUMBER, '+55 (11) 98765-4321', 'is the alias itself'],
  [USER_ID, ' ', 'is empty once it is reduced'],
])('%s cannot be linked to %s', async (alias, contact, detail) => {
  const { status, json } = await link(alias, contact);
  expect({ status, errors: json.errors }).toEqual({
    status: 400,
    errors: [{ pointer: '/contact', detail: expect.stringContaining(detail) }],
  });
});

test('an alias of which nothing is left is refused', async () => {
  expect((await link('+', NUMBER)).json).toMatchObject({ status: 400, type: '/problems/invalid-request' });
});

test('the list goes by channel, in pages, and finds the aliases of a contact', async () => {
  await link('b', '17', 'instagram');
  await link(USER_ID, NUMBER);
  await link('lid-7@lid', NUMBER);
  const page = (await api.call('GET', '/v1/tenants/acme/contact-links?limit=2')).json;
  const rest = (await api.call('GET', `/v1/tenants/acme/contact-links?limit=2&cursor=${page.nextCursor}`))
    .json;
  expect(rest.nextCursor).toBeNull();
  // Those of one channel are in the order of their hashes, which tells nothing of them.
  const aliases = [...page.items, ...rest.items].map(({ alias }: { alias: string }) => alias);
  expect([aliases[0], aliases.slice(1).sort()]).toEqual(['b', [USER_ID, 'lid-7@lid']]);
  for (const query of ['contact=%2B5511987654321', 'channel=WHATSAPP&contact=11987654321'])
    expect(
      (await api.call('GET', `/v1/tenants/acme/contact-links?${query}`)).json.items
        .map(({ alias }: { alias: string }) => alias)
        .sort(),
    ).toEqual(query.startsWith('contact') ? [USER_ID, 'lid-7@lid'] : []);
});

test('who linked and who ended it is in the audit', async () => {
  await link(USER_ID, NUMBER);
  await link(USER_ID, NUMBER);
  await unlink(USER_ID);
  const { items } = (
    await api.call('GET', `/v1/audit?subjectType=contact-link&subject=whatsapp%2F${USER_ID}&limit=2`)
  ).json;
  expect(items).toMatchObject([
    { action: 'delete', tenant: 'acme', actor: 'admin', before: { contact: NUMBER }, after: null },
    { action: 'create', tenant: 'acme', actor: 'admin', before: null, after: { contact: NUMBER } },
  ]);
});

test('a key needs events:write and the tenant', async () => {
  const { json: reader } = await api.call('POST', '/v1/ops/keys', {
    body: { name: 'reader', scopes: ['usage:read'], tenants: ['acme'] },
  });
  const { json: other } = await api.call('POST', '/v1/ops/keys', {
    body: { name: 'other', scopes: ['events:write'], tenants: ['globex'] },
  });
  for (const [key, type] of [
    [reader.secret, '/problems/forbidden-scope'],
    [other.secret, '/problems/forbidden-tenant'],
  ])
    expect((await api.call('PUT', address(USER_ID), { key, body: { contact: NUMBER } })).json).toMatchObject({
      status: 403,
      type,
    });
});
