import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestApi, testApi } from '../../../test/support/api.ts';
import {
  BUSINESS,
  change,
  inbound,
  payload,
  status,
  USER,
  WABA,
} from '../../../test/support/whatsapp-payloads.ts';
import { EVENT_CLASS } from '../../domain/event.ts';
import { listUnmapped } from '../../intake/connections/unmapped.ts';
import { LogUnavailable } from '../../log/log.ts';
import { decodeRecord } from '../../log/record/record.ts';
import { openEvents } from '../../projection/read/opened.ts';

const NOW = Date.parse('2026-11-03T13:00:10Z');
const APP_SECRET = 'the secret of the app';
const VERIFY_TOKEN = 'the token of the handshake';
const TERMS = {
  kind: 'whatsapp-cloud',
  appSecret: APP_SECRET,
  verifyToken: VERIFY_TOKEN,
  sends: 'from-status',
  tenants: { [WABA]: 'acme' },
  tenant: null,
};

let api: TestApi;
let logIsAway = false;
beforeAll(async () => {
  api = await testApi({
    clock: () => NOW,
    intake: {
      append: async (records) => {
        if (logIsAway) throw new LogUnavailable('away');
        return await api.log.append(records);
      },
    },
  });
  await api.call('PUT', '/v1/tenants/acme', { body: { name: 'Acme' } });
  expect((await put('meta', TERMS)).status).toBe(201);
});
afterAll(() => api.close());

const put = (name: string, body: object) => api.call('PUT', `/v1/connections/${name}`, { body });

function signed(body: string | Buffer, secret = APP_SECRET) {
  return { 'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` };
}

async function deliver(body: unknown, name = 'meta') {
  const text = JSON.stringify(body);
  return await api.call('POST', `/v1/connections/${name}/webhook`, {
    key: null,
    body: text,
    headers: signed(text),
  });
}

async function records() {
  const { rows } = await api.database.database.pool.query<{ value: Buffer }>(
    'SELECT value FROM log.records ORDER BY appended_at, partition, "offset"',
  );
  return await openEvents(
    api.deps.unsealing,
    rows.map(({ value }) => decodeRecord(value)),
  );
}
async function idsInLog(): Promise<string[]> {
  return (await records()).map(({ id }) => id);
}
async function unmapped(name = 'meta') {
  return (await api.call('GET', `/v1/connections/${name}/unmapped`)).json.items;
}

test('the secrets of a connection are shown nowhere, and lie in the database encrypted', async () => {
  await put('shown', TERMS);
  const shown = { name: 'shown', kind: TERMS.kind, sends: TERMS.sends, tenants: TERMS.tenants, tenant: null };
  expect((await api.call('GET', '/v1/connections/shown')).json).toMatchObject(shown);
  expect((await put('shown', { ...TERMS, tenant: 'globex' })).status).toBe(200);
  const list = await api.call('GET', '/v1/connections?limit=1');
  expect(list.json.items).toHaveLength(1);
  const audit = await api.call('GET', '/v1/audit?subjectType=connection&subject=shown');
  expect(audit.json.items.map(({ action }: { action: string }) => action)).toEqual(['update', 'create']);
  const { rows } = await api.database.database.pool.query(
    "SELECT c::text, encode(secrets, 'escape') AS s FROM billing.connections c",
  );
  for (const text of [list.text, audit.text, JSON.stringify(rows)]) {
    expect(text).not.toContain(APP_SECRET);
    expect(text).not.toContain(VERIFY_TOKEN);
  }
});

test('the handshake repeats the challenge to whoever has the token', async () => {
  const shake = (token: string, name = 'meta') =>
    api.call(
      'GET',
      `/v1/connections/${name}/webhook?hub.mode=subscribe&hub.verify_token=${encodeURIComponent(token)}&hub.challenge=1158201444`,
      { key: null },
    );
  expect(await shake(VERIFY_TOKEN)).toMatchObject({ status: 200, text: '1158201444' });
  expect((await shake(VERIFY_TOKEN)).headers['content-type']).toBe('text/plain; charset=utf-8');
  expect((await shake('guessed')).json).toMatchObject({ status: 403, type: '/problems/wrong-verify-token' });
  expect((await shake(VERIFY_TOKEN, 'nobody')).status).toBe(404);
});

test('the signature is one over the bytes as they came, under the secret of this connection', async () => {
  const text = `{ "object": "whatsapp_business_account",  "entry": [], "x": "\\u00e9" }`;
  const post = (body: string | Buffer, headers: Record<string, string>) =>
    api.call('POST', '/v1/connections/meta/webhook', { key: null, body, headers });
  expect((await post(text, signed(text))).status).toBe(200);
  for (const headers of [
    {},
    signed(JSON.stringify(JSON.parse(text))),
    signed(text, 'another'),
    { 'x-hub-signature-256': signed(text)['x-hub-signature-256'].replace('sha256=', 'sha1=') },
    { 'x-hub-signature-256': 'sha256=zz' },
  ])
    expect((await post(text, headers)).json).toMatchObject({ status: 401, type: '/problems/bad-signature' });
  expect((await post('{', signed('{'))).json).toMatchObject({ status: 400, type: '/problems/not-json' });
  const bytes = Buffer.from([0x7b, 0xff, 0x7d]);
  expect((await post(bytes, signed(bytes))).status).toBe(400);
});

test('all messages and statuses of a body are in the log before the answer, as the connection', async () => {
  const before = new Set(await idsInLog());
  const body = payload(
    change({
      ...inbound({ id: 'wamid.1' }),
      ...status({ id: 'wamid.2', status: 'sent', pricing: { category: 'utility' } }),
    }),
    change(status({ id: 'wamid.2', status: 'delivered' })),
  );
  expect(await deliver(body)).toMatchObject({ status: 200, json: { events: 3, unmapped: 0 } });
  const found = (await records()).filter(({ id }) => !before.has(id));
  expect(found.map(({ id, class: c }) => [id, c]).sort()).toEqual([
    ['wamid.1', EVENT_CLASS.received],
    ['wamid.2', EVENT_CLASS.template],
    ['wamid.2:delivered', EVENT_CLASS.delivered],
  ]);
  for (const record of found)
    expect(record).toMatchObject({ tenant: 'acme', account: BUSINESS.number, contact: USER.number });
});

test('while the log is away it is 503, and Meta sends the same again', async () => {
  logIsAway = true;
  const refused = await deliver(payload(change(inbound({ id: 'wamid.later' }))));
  logIsAway = false;
  expect(refused.json).toMatchObject({ status: 503, type: '/problems/log-unavailable' });
  expect(await idsInLog()).not.toContain('wamid.later');
  expect((await deliver(payload(change(inbound({ id: 'wamid.later' }))))).status).toBe(200);
  expect(await idsInLog()).toContain('wamid.later');
});

test('a payload that shows number and user id makes the link before its own events', async () => {
  const alone = { id: 'wamid.l1', from: undefined, from_user_id: 'BR.77' };
  const both = inbound(
    { id: 'wamid.l2', from: '5521987654321', from_user_id: 'BR.77' },
    { wa_id: '5521987654321', user_id: 'BR.77' },
  );
  const first = change({ ...inbound(alone), contacts: [{ user_id: 'BR.77' }] });
  expect((await deliver(payload(first, change(both)))).status).toBe(200);
  const link = await api.call('GET', '/v1/tenants/acme/contact-links/whatsapp/BR.77');
  expect(link.json).toMatchObject({ contact: '5521987654321', linkedBy: 'connection:meta' });
  const contacts = (await records())
    .filter(({ id }) => /^wamid\.l\d$/.test(id))
    .map(({ contact }) => contact);
  expect(contacts).toEqual(['5521987654321', '5521987654321']);
  const changed = inbound(
    { id: 'wamid.l3', from: '5531987654321', from_user_id: 'BR.77' },
    { wa_id: '5531987654321' },
  );
  expect((await deliver(payload(change(changed)))).status).toBe(200);
  expect((await api.call('GET', '/v1/tenants/acme/contact-links/whatsapp/BR.77')).json.contact).toBe(
    '5521987654321',
  );
});

test('what has no tenant is kept once, encrypted and counted, and taken when the mapping is mended', async () => {
  await put('second', { ...TERMS, tenants: {} });
  const body = payload(
    change({ ...inbound({ id: 'wamid.u1' }), ...status({ id: 'wamid.u2', status: 'read' }) }),
  );
  for (let i = 0; i < 2; i++) expect((await deliver(body, 'second')).status).toBe(200);
  const kept = await unmapped('second');
  expect(kept).toMatchObject([
    { reason: 'no-tenant', payload: payload(change(inbound({ id: 'wamid.u1' }))) },
    { reason: 'no-tenant', receivedAt: '2026-11-03T13:00:10.000Z' },
  ]);
  const { rows } = await api.database.database.pool.query(
    "SELECT encode(payload, 'escape') AS text, detail FROM billing.unmapped_parts",
  );
  expect(JSON.stringify(rows)).not.toContain(USER.number);
  const retry = () => api.call('POST', '/v1/connections/second/unmapped/retry');
  expect((await retry()).json).toEqual({ retried: 2, taken: 0 });
  await put('second', { ...TERMS, appSecret: 'a new one', tenants: { [BUSINESS.id]: 'acme' } });
  expect((await retry()).json).toEqual({ retried: 2, taken: 2 });
  expect(await unmapped('second')).toEqual([]);
  expect(await idsInLog()).toEqual(expect.arrayContaining(['wamid.u1', 'wamid.u2:read']));
});

test('parts as large as payloads are taken again few at a time, and all of them', async () => {
  await put('large', { ...TERMS, tenants: {} });
  const body = (id: string) => payload(change(inbound({ id, text: { body: 'x'.repeat(2_500_000) } })));
  const ids = ['wamid.l1', 'wamid.l2', 'wamid.l3', 'wamid.l4', 'wamid.l5'];
  for (const id of ids) expect((await deliver(body(id), 'large')).json).toMatchObject({ unmapped: 1 });
  const { db } = api.database.database;
  const page = { after: 0, limit: 100, mostBytes: 4_000_000 };
  expect(await listUnmapped(db, api.deps.sealing.master, 'large', page)).toHaveLength(2);
  await put('large', { ...TERMS, tenants: { [BUSINESS.id]: 'acme' } });
  const retried = await api.call('POST', '/v1/connections/large/unmapped/retry');
  expect(retried.json).toEqual({ retried: 5, taken: 5 });
  expect(await idsInLog()).toEqual(expect.arrayContaining(ids));
});

test('what is refused, or nobody knows, is kept too, and the rest is taken', async () => {
  const future = { ...inbound({ id: 'wamid.f' }).messages[0], timestamp: '1893456000' };
  const good = inbound({ id: 'wamid.g' });
  const value = { ...good, messages: [...good.messages, future, { no: 'message' }] };
  expect((await deliver(payload(change(value)))).status).toBe(200);
  expect((await deliver({ object: 'page' })).status).toBe(200);
  expect(await idsInLog()).toContain('wamid.g');
  const page = await api.call('GET', '/v1/connections/meta/unmapped?limit=2');
  expect(page.json.items).toMatchObject([
    { reason: 'unknown-form', detail: 'has no id' },
    { reason: 'rejected', detail: '/occurredAt: is more than 5 minutes in the future' },
  ]);
  const rest = await api.call('GET', `/v1/connections/meta/unmapped?cursor=${page.json.nextCursor}`);
  expect(rest.json).toMatchObject({ items: [{ payload: { object: 'page' } }], nextCursor: null });
});

test('a preview shows what would become of a payload and writes nothing', async () => {
  const before = await idsInLog();
  const value = { ...inbound({ id: 'wamid.p', from_user_id: 'BR.99' }), ...status({ status: 'deleted' }) };
  const { status: code, json } = await api.call('POST', '/v1/connections/meta/preview', {
    body: payload(change(value), change(inbound({ id: 'wamid.q', timestamp: '1893456000' }))),
  });
  expect(code).toBe(200);
  expect(json).toEqual({
    events: [
      {
        pointer: '/entry/0/changes/0/value/messages/0',
        event: {
          ...{ id: 'wamid.p', type: 'message.received', tenant: 'acme', channel: 'whatsapp' },
          ...{ account: BUSINESS.number, contact: USER.number, occurredAt: '2026-11-03T13:00:00.000Z' },
        },
      },
    ],
    skipped: [{ pointer: '/entry/0/changes/0/value/statuses/0', detail: expect.any(String) }],
    unmapped: [
      {
        pointer: '/entry/0/changes/1/value/messages/0',
        reason: 'rejected',
        detail: expect.stringContaining('/occurredAt'),
      },
    ],
    links: [{ tenant: 'acme', channel: 'whatsapp', alias: 'BR.99', contact: USER.number }],
  });
  expect(await idsInLog()).toEqual(before);
  expect((await api.call('GET', '/v1/tenants/acme/contact-links/whatsapp/BR.99')).status).toBe(404);
});

test('a body of 3 MiB is taken, and one byte more is not', async () => {
  const text = JSON.stringify({ object: 'whatsapp_business_account', entry: [], pad: '' });
  const padded = (bytes: number) => text.replace('"pad":""', `"pad":"${'x'.repeat(bytes - text.length)}"`);
  const post = (body: string) =>
    api.call('POST', '/v1/connections/meta/webhook', { key: null, body, headers: signed(body) });
  const most = 3 * 1024 * 1024;
  expect((await post(padded(most))).status).toBe(200);
  expect((await post(padded(most + 1))).json).toMatchObject({
    status: 413,
    type: '/problems/body-too-large',
  });
});

test('connections concern all tenants, and each address has its scope', async () => {
  const keyWith = async (scopes: string[], tenants: string[] | null = null) =>
    (await api.call('POST', '/v1/ops/keys', { body: { name: 'k', scopes, tenants } })).json.secret;
  const limited = await keyWith(['billing:write', 'billing:read', 'usage:read', 'events:write'], ['globex']);
  const other = await keyWith(['ops']);
  for (const [method, path, body] of [
    ['PUT', '', TERMS],
    ['GET', '', undefined],
    ['GET', '/unmapped', undefined],
    ['POST', '/unmapped/retry', undefined],
    ['POST', '/preview', payload(change(inbound({ id: 'x' })))],
  ] as const) {
    const ask = (key: string) => api.call(method, `/v1/connections/meta${path}`, { key, body });
    expect((await ask(limited)).json).toMatchObject({ status: 403, type: '/problems/forbidden-tenant' });
    expect((await ask(other)).json).toMatchObject({ status: 403, type: '/problems/forbidden-scope' });
  }
});
