import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CloudEvent, HTTP } from 'cloudevents';
import { type TestApi, testApi } from '../../../test/support/api.ts';
import { decodeRecord } from '../../log/record/record.ts';
import { openEvents } from '../../projection/read/opened.ts';

const NOW = Date.parse('2026-11-03T13:00:00Z');
const PARTIES = {
  tenant: 'acme',
  channel: 'whatsapp',
  account: '551140000001',
  contact: '5511987654321',
};
const ATTRIBUTES = {
  id: 'wamid.A',
  source: '/channels/whatsapp',
  type: 'janela.message.received',
  time: '2026-11-03T10:00:00-03:00',
};
const STRUCTURED = { specversion: '1.0', ...ATTRIBUTES, data: PARTIES };
const JSON_EVENT = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json; charset=UTF-8';

let api: TestApi;
beforeAll(async () => {
  api = await testApi({ clock: () => NOW });
  await api.call('PUT', '/v1/tenants/acme', { body: { name: 'Acme' } });
});
afterAll(() => api.close());

async function post(type: string, body: unknown, headers: Record<string, string> = {}) {
  return await api.call('POST', '/v1/events', { body, headers: { ...headers, 'content-type': type } });
}

async function logged({ partition, offset }: { partition: number; offset: number }) {
  const { rows } = await api.database.database.pool.query<{ value: Buffer }>(
    'SELECT value FROM log.records WHERE partition = $1 AND "offset" = $2',
    [partition, offset],
  );
  if (rows[0] === undefined) throw new Error('the log has no such record');
  const [event] = await openEvents(api.deps.unsealing, [decodeRecord(rows[0].value)]);
  // Sealed twice, it is never the same bytes.
  if (event === undefined) throw new Error('nothing was opened');
  const { who: _, record: __, ...opened } = event;
  return opened;
}

const binary = (attributes: Record<string, string> = ATTRIBUTES) =>
  Object.fromEntries(
    Object.entries({ specversion: '1.0', ...attributes }).map(([name, value]) => [`ce-${name}`, value]),
  );

test('the three modes and plain JSON log the same event', async () => {
  const { type: _, time: occurredAt, source, id } = ATTRIBUTES;
  const event = { id, ...PARTIES, type: 'message.received', occurredAt, metadata: { source } };
  const answers = [
    await post('application/json', event),
    await post(JSON_EVENT, STRUCTURED),
    await post(BATCH, [STRUCTURED]),
    await post('application/json', PARTIES, binary()),
  ];
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
  const records = await Promise.all(answers.map(({ json }) => logged(json.results[0].position)));
  for (const record of records)
    expect(record).toEqual({ ...records[0], offset: record.offset, partition: record.partition });
  expect(answers.map(({ json }) => json.results[0].id)).toEqual(Array(4).fill(id));
});

test.each(['structured', 'binary'] as const)('what the public library sends %s is taken', async (mode) => {
  const event = new CloudEvent({ ...ATTRIBUTES, id: 'from "é%" lib', data: PARTIES, traceparent: '00-1' });
  const { headers, body } = HTTP[mode](event);
  const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  const { status, json } = await api.call('POST', '/v1/events', { body: String(body), headers: sent });
  expect(status).toBe(202);
  if (mode === 'structured') expect(json.results[0].id).toBe('from "é%" lib');
});

test('attributes in headers are percent-encoded UTF-8, perhaps quoted', async () => {
  const headers = binary({ ...ATTRIBUTES, id: '"a%20\\"b\\" %E2%82%AC 100%"' });
  const { json } = await post('application/json', PARTIES, headers);
  expect(json.results[0].id).toBe('a "b" € 100%');
  const bad = await post('application/json', PARTIES, binary({ ...ATTRIBUTES, source: 'x%ff' }));
  expect(bad).toMatchObject({
    status: 400,
    json: { type: '/problems/invalid-request', errors: [{ pointer: '/source' }] },
  });
});

test('another version, or none, is 400 and takes nothing', async () => {
  const wrong = { ...STRUCTURED, specversion: '0.3' };
  const { specversion: _, ...none } = STRUCTURED;
  for (const [type, body, headers, pointer] of [
    [JSON_EVENT, wrong, {}, '/specversion'],
    [JSON_EVENT, none, {}, '/specversion'],
    [BATCH, [STRUCTURED, wrong], {}, '/1/specversion'],
    ['application/json', PARTIES, { ...binary(), 'ce-specversion': '0.3' }, '/specversion'],
    ['application/json', PARTIES, { 'ce-id': 'x' }, '/specversion'],
  ] as const)
    expect(await post(type, body, headers)).toMatchObject({
      status: 400,
      json: { type: '/problems/invalid-request', errors: [{ pointer, detail: 'must be "1.0"' }] },
    });
});

test('in a batch each stands for itself, and places are those of the batch', async () => {
  const { status, json } = await post(BATCH, [
    { ...STRUCTURED, id: 'b1' },
    { ...STRUCTURED, id: 'b2', data: { ...PARTIES, account: '' } },
    { ...STRUCTURED, id: 'b3', data: { ...PARTIES, contact: 'BR.1' } },
    7,
  ]);
  expect(status).toBe(207);
  expect(json).toMatchObject({
    accepted: 2,
    rejected: 2,
    results: [
      { id: 'b1', status: 'accepted' },
      { id: 'b2', problem: { type: '/problems/invalid-event', pointer: '/1/data/account' } },
      { id: 'b3', warnings: [{ type: '/problems/unlikely-contact', pointer: '/2/data/contact' }] },
      { id: null, problem: { pointer: '/3' } },
    ],
  });
});

test('the size of a batch is bounded, and it must be one', async () => {
  expect((await post(BATCH, Array(1001).fill(STRUCTURED))).json).toMatchObject({
    status: 413,
    type: '/problems/too-many-events',
  });
  expect((await post(BATCH, [])).status).toBe(422);
  expect((await post(BATCH, STRUCTURED)).json).toMatchObject({
    status: 400,
    type: '/problems/invalid-request',
  });
  expect((await post(JSON_EVENT, [STRUCTURED])).json).toMatchObject({
    status: 422,
    results: [{ problem: { pointer: '' } }],
  });
  expect((await post(JSON_EVENT, '{')).json.type).toBe('/problems/not-json');
});

test('rights are those of the key, and the place of a refusal that of the CloudEvent', async () => {
  const { json: key } = await api.call('POST', '/v1/ops/keys', {
    body: { name: 'narrow', scopes: ['events:write'], tenants: ['acme'] },
  });
  const voided = { ...PARTIES, target: 'wamid.A', reason: 'r', actor: 'a' };
  const { json } = await api.call('POST', '/v1/events', {
    key: key.secret,
    body: [
      { ...STRUCTURED, data: { ...PARTIES, tenant: 'globex' } },
      { ...STRUCTURED, id: 'v1', type: 'event.voided', data: voided },
    ],
    headers: { 'content-type': BATCH },
  });
  expect(json.results).toMatchObject([
    { problem: { type: '/problems/forbidden-tenant', pointer: '/0/data/tenant' } },
    { problem: { type: '/problems/forbidden-scope', pointer: '/1/type' } },
  ]);
});

test('CloudEvents are taken at this address alone', async () => {
  expect(
    (
      await api.call('PUT', '/v1/tenants/acme', {
        body: { name: 'Acme' },
        headers: { 'content-type': JSON_EVENT },
      })
    ).status,
  ).toBe(415);
});
