import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { active, type Happening, type TestFinance, testFinance } from '../../../test/support/finance.ts';
import { reading } from '../../../test/support/reading.ts';
import { PARTY, story } from '../../../test/support/story.ts';
import { until } from '../../../test/support/until.ts';
import { startErasing } from '../../privacy/erase.ts';
import { verifyInvoices } from '../../verify/invoices/verify-invoices.ts';

const WHATSAPP = { channel: 'whatsapp', account: '551140000001' };

let api: TestFinance;
let erasing: ReturnType<typeof startErasing>;

beforeAll(async () => {
  api = await testFinance();
  erasing = startErasing({
    ...{ db: api.deps.db, pool: api.deps.pool, unsealing: api.deps.unsealing, clock: Date.now },
    freshLogEnds: () => api.log.ends(),
    logger: pino({ level: 'silent' }),
    // The only process that seals looks for ended keys every second, and appends at once.
    ...{ leaseMs: 1_500, settleMs: 0, noticeMs: 1_500 },
  });
});
afterAll(async () => {
  await erasing?.stop();
  await api?.close();
});

async function post(tenant: string, contact: string, ids: readonly string[], account = WHATSAPP.account) {
  const events = ids.map((id) => ({ id, at: '2026-11-03T12:00:00Z', account, contact }));
  await api.post(tenant, events);
}

async function request(tenant: string, body: object) {
  return await api.call('POST', `/v1/tenants/${tenant}/erasures`, {
    body: { channel: 'whatsapp', reason: 'asked for it', ...body },
  });
}

async function erased(tenant: string, id: number): Promise<void> {
  const state = async () => (await api.call('GET', `/v1/tenants/${tenant}/erasures/${id}`)).json.state;
  await until(async () => (await state()) === 'done', { timeoutMs: 20_000, what: 'the erasure' });
}

async function idsOf(tenant: string, contact: string): Promise<string[]> {
  const { json } = await api.call('GET', `/v1/tenants/${tenant}/contacts/whatsapp/${contact}/data`);
  return json.events.map(({ id }: { id: string }) => (id.startsWith('erased:') ? 'erased' : id)).sort();
}

test('with an account, only what was said on that one is erased', async () => {
  await post('one', '5511976543210', ['a1']);
  await post('one', '5511976543210', ['b1'], '551140000002');
  const { status, json, headers } = await request('one', {
    account: '+55 11 4000-0001',
    contact: '+5511976543210',
  });
  expect({ status, location: headers.location }).toEqual({
    status: 202,
    location: `/v1/tenants/one/erasures/${json.id}`,
  });
  await erased('one', json.id);
  expect(await idsOf('one', '5511976543210')).toEqual(['b1', 'erased']);
});

test('an alias stands for its contact, who is erased under every name; the link ends', async () => {
  await post('two', 'BR.1', ['before-the-link']);
  await api.call('PUT', '/v1/tenants/two/contact-links/whatsapp/BR.1', {
    body: { contact: '5511976543210' },
  });
  await post('two', 'BR.1', ['as-contact']);
  await post('two', '5521912345678', ['of-somebody-else']);
  const { json } = await request('two', { contact: 'BR.1' });
  await erased('two', json.id);
  expect(await idsOf('two', '5511976543210')).toEqual(['erased']);
  expect(await idsOf('two', 'BR.1')).toEqual(['erased']);
  expect(await idsOf('two', '5521912345678')).toEqual(['of-somebody-else']);
  expect((await api.call('GET', '/v1/tenants/two/contact-links')).json.items).toEqual([]);
  const { items } = (await api.call('GET', '/v1/audit?tenant=two')).json;
  expect(JSON.stringify(items)).not.toMatch(/5511976543210|BR\.1|asked for it/);
  expect(
    items.find(({ subjectType }: { subjectType: string }) => subjectType === 'contact-link').subject,
  ).toMatch(/^whatsapp\/erased:[0-9a-f]{32}$/);
});

test('asked for again it is the same erasure, until something comes', async () => {
  await post('three', '5511976543210', ['m1']);
  const [one, same] = await Promise.all([
    request('three', { contact: '5511976543210' }),
    request('three', { contact: '5511976543210' }),
  ]);
  expect(same.json.id).toBe(one.json.id);
  await erased('three', one.json.id);
  expect((await request('three', { contact: '5511976543210' })).json).toMatchObject({
    id: one.json.id,
    state: 'done',
  });
  await post('three', '5511976543210', ['m2']);
  expect(await idsOf('three', '5511976543210')).toEqual(['erased', 'm2']);
  const next = await request('three', { contact: '5511976543210' });
  expect(next.json.id).not.toBe(one.json.id);
  await erased('three', next.json.id);
  expect(await idsOf('three', '5511976543210')).toEqual(['erased', 'erased']);
  const list = await api.call('GET', '/v1/tenants/three/erasures?limit=1');
  expect(list.json.items).toMatchObject([{ id: next.json.id, reason: 'asked for it', keys: 1 }]);
  expect(list.json.nextCursor).not.toBeNull();
});

test('somebody whom nobody knows is erased, too', async () => {
  const { json } = await request('four', { contact: '5511900000000' });
  await erased('four', json.id);
  expect((await api.call('GET', `/v1/tenants/four/erasures/${json.id}`)).json).toMatchObject({ keys: 0 });
  expect((await api.call('GET', '/v1/tenants/five/erasures/1')).status).toBe(404);
});

test('who stands in clear in the log is not erased', async () => {
  const former = await reading();
  try {
    const events = story(['received', 'm1', '2026-11-03T12:00:00Z']);
    await former.projector.project(events);
    const url = `/v1/tenants/${events[0]?.tenant}`;
    for (const account of [null, PARTY.account]) {
      const body = { ...PARTY, account, reason: 'asked for it' };
      const { status, json } = await former.api.call('POST', `${url}/erasures`, { body });
      expect({ status, type: json.type }).toEqual({ status: 409, type: '/problems/unsealed-records' });
    }
    const data = await former.get(`${url}/contacts/whatsapp/${PARTY.contact}/data`);
    expect(data.events).toMatchObject([{ id: 'm1', contact: PARTY.contact }]);
  } finally {
    await former.close();
  }
});

test('it needs the scope privacy, and the tenant', async () => {
  for (const [scopes, tenants, type] of [
    [['usage:read', 'billing:admin', 'ops'], null, 'forbidden-scope'],
    [['privacy'], ['globex'], 'forbidden-tenant'],
  ] as const) {
    const { json } = await api.call('POST', '/v1/ops/keys', { body: { name: type, scopes, tenants } });
    for (const path of ['erasures', 'erasures/1', 'contacts/whatsapp/5511976543210/data'])
      expect((await api.call('GET', `/v1/tenants/one/${path}`, { key: json.secret })).json).toMatchObject({
        ...{ status: 403, type: `/problems/${type}` },
      });
  }
});

test('who is erased is shown nowhere by name, and all else stays to the letter: adjustments, removed windows, CSV, quarantine', async () => {
  const her = '5511976549999';
  const names = [her, 'her-template', 'her-failure', 'her-message'];
  const [template] = active(1, '2026-11-10T12:00:00-03:00') as [Happening];
  await api.subscribe('six');
  await api.post('six', [template, { ...template, id: 'her-template', contact: her }]);
  await api.finalize('six', '2026-11');
  const [billed] = (await api.windowsOf('six', '2026-11', 'active:1')).filter(
    ({ contact }) => contact === her,
  );
  await api.post('six', [
    { ...template, id: 'her-template', contact: her, at: '2026-11-11T12:00:00-03:00' },
    { id: 'her-message', contact: her, at: '2026-11-20T12:00:00Z' },
    {
      ...{ id: 'her-failure', type: 'message.failed', message: 'her-template' },
      ...{ at: '2026-12-09T10:00:00Z', contact: her },
    },
  ]);
  const lines = (await api.invoice('six', '2026-12')).json.lines;
  expect(lines).toMatchObject([
    { id: 'adjustment.receptive.included:2026-11', quantity: 1 },
    { id: 'adjustment.active:2026-11', quantity: -1 },
  ]);
  const url = '/v1/tenants/six';
  const tables = [
    `${url}/windows`,
    `${url}/events`,
    `${url}/invoices/2026-11/lines/active:1/windows`,
    ...lines.map(({ id }: { id: string }) => `${url}/invoices/2026-12/lines/${id}/windows`),
  ];
  const shown = async () => {
    const paths = [...tables, ...tables.map((table) => `${table}?format=csv`)];
    const answers = [`${url}/windows/${billed.id}`, '/v1/ops/quarantine', ...paths].map(async (path) => {
      const { status, text } = await api.get(path);
      expect([path, status]).toEqual([path, 200]);
      return text;
    });
    return await Promise.all(answers);
  };

  const before = await shown();
  for (const text of before) expect(text).toContain(her);
  await erased('six', (await request('six', { contact: her })).json.id);
  const after = await shown();
  for (const name of names) expect(after.join()).not.toContain(name);
  const nameless = (text: string) =>
    text.replaceAll(/erased:[0-9a-f]{32}/g, '?').replaceAll(new RegExp(names.join('|'), 'g'), '?');
  expect(after.map(nameless)).toEqual(before.map(nameless));

  expect((await api.finalize('six', '2026-12')).json.lines).toEqual(lines);
  expect(await shown()).toEqual(after);
  expect(await verifyInvoices(api.database.database)).toMatchObject({ ok: true });
});
