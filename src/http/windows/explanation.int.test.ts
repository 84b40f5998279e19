import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Reading, reading } from '../../../test/support/reading.ts';
import { story } from '../../../test/support/story.ts';
import type { Event } from '../../domain/event.ts';

let api: Reading;

beforeAll(async () => {
  api = await reading();
});

afterAll(() => api?.close());

async function explanations(events: readonly Event[], language = 'en') {
  await api.projector.project(events);
  const base = `/v1/tenants/${events[0]?.tenant}/windows`;
  const { items } = await api.get(base);
  return await Promise.all(
    items.map(({ id }: { id: string }) => api.get(`${base}/${id}`, { 'accept-language': language })),
  );
}

test('why am I charged twice: the second template came after the first window had closed', async () => {
  const [first, second] = await explanations(
    story(
      ['template', 't1', '2026-11-03T13:00:00Z', { campaign: 'black-friday', origin: 'campaign' }],
      ['received', 'm1', '2026-11-03T14:00:00Z'],
      ['activity', 'a1', '2026-11-03T15:00:00Z'],
      ['template', 't2', '2026-11-04T13:00:00Z'],
    ),
  );
  expect(first).toMatchObject({
    kind: 'active',
    openedBy: 't1',
    campaign: 'black-friday',
    period: { id: '2026-11', timeZone: 'America/Sao_Paulo' },
    previous: null,
    summary:
      'The template sale (marketing, origin campaign, campaign black-friday) with the id t1 opened this active window at 2026-11-03T13:00:00.000Z: no window was open, for the conversation had no window before. Rule fixed: it ends at 2026-11-04T13:00:00.000Z, whatever happens inside. 1 more message inside costs nothing.',
    events: [
      {
        role: 'opened',
        id: 't1',
        type: 'message.sent',
        template: { name: 'sale' },
        position: { partition: 0 },
      },
      { role: 'included', id: 'm1', type: 'message.received' },
      { role: 'activity', id: 'a1', type: 'activity.close' },
    ],
  });
  expect(second).toMatchObject({
    kind: 'active',
    openedBy: 't2',
    previous: { id: first.id, closesAt: '2026-11-04T13:00:00.000Z' },
    summary: expect.stringContaining('the window before it had closed at 2026-11-04T13:00:00.000Z'),
  });
});

test('a window of any size comes page by page in canonical order, with the sentences of the whole on the first', async () => {
  const at = '2026-11-03T13:00:00Z';
  const told = story(
    ['template', 't1', at],
    ['received', 'b', '2026-11-03T14:00:00Z'],
    ['text', 'a', '2026-11-03T14:00:00Z'],
    ['activity', 'c', '2026-11-03T14:00:00Z'],
    ['failed', 'a:failed', '2026-11-03T14:00:00Z', { message: 'a', error: { code: '1' } }],
    ['received', 'z', '2026-11-03T15:00:00Z'],
    ['received', 'é', '2026-11-03T15:00:00Z'],
    ['received', '\ue000', '2026-11-03T15:00:00Z'],
    ['received', '\u{1f600}', '2026-11-03T15:00:00Z'],
    ['void', 'v', '2026-11-03T16:00:00Z', { target: 'z' }],
  );
  const [whole] = await explanations(told);
  expect(whole.nextCursor).toBeNull();
  const ids = whole.events.map(({ id }: { id: string }) => id);
  expect(ids).toEqual(['t1', 'b', 'a', 'a:failed', 'c', 'z', 'é', '\ue000', '\u{1f600}', 'v']);
  expect(whole.summary).toContain('4 more messages inside cost nothing; 1 failed');
  const url = `/v1/tenants/${told[0]?.tenant}/windows/${whole.id}?limit=3`;
  const events: unknown[] = [];
  let cursor = '';
  do {
    const page = await api.get(`${url}${cursor}`, { 'accept-language': 'en' });
    expect(page.events.length).toBeLessThanOrEqual(3);
    expect(page.summary).toBe(cursor === '' ? whole.summary : null);
    events.push(...page.events);
    cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
  } while (cursor !== '');
  expect(events).toEqual(whole.events);
  const { status, json } = await api.api.call('GET', `${url}&cursor=x`);
  expect([status, json.type]).toEqual([400, '/problems/invalid-cursor']);
});

test('a window of more than a thousand events tells of all of them', async () => {
  const received = Array.from(
    { length: 1_100 },
    (_, i) => ['received', `m${i}`, '2026-11-03T13:00:00Z'] as const,
  );
  const [window] = await explanations(story(...received.map(([...line]) => line)));
  expect([window.events.length, typeof window.nextCursor]).toEqual([1_000, 'string']);
  expect(window.summary).toContain('1099 more messages inside cost nothing');
});

test('a summary is in the language that is asked for, else in that of the tenant', async () => {
  const events = story(
    ['template', 't1', '2026-11-03T13:00:00Z', { campaign: 'black-friday', origin: 'campaign' }],
    ['text', 'free', '2026-11-03T13:01:00Z'],
    ['received', 'm1', '2026-11-03T14:00:00Z'],
    ['failed', 'free:failed', '2026-11-03T15:00:00Z', { message: 'free', error: { code: '1' } }],
    ['received', 'm2', '2026-11-04T14:00:00Z'],
  );
  const [first, second] = await explanations(events, 'pt-PT,en;q=0.5');
  expect(first.summary).toBe(
    'A mensagem template sale (marketing, origem campanha, campanha black-friday) com o id t1 abriu esta conversa ativa em 2026-11-03T13:00:00.000Z: nenhuma sessão estava aberta, pois a conversa não tinha sessão anterior. Regra fixed: termina em 2026-11-04T13:00:00.000Z, aconteça o que acontecer dentro dela. Mais 1 mensagem dentro dela não custa nada; 1 falhou e não conta.',
  );
  expect(second.summary).toBe(
    'A mensagem m2 do contato abriu esta conversa receptiva em 2026-11-04T14:00:00.000Z: nenhuma sessão estava aberta, pois a sessão anterior tinha terminado em 2026-11-04T13:00:00.000Z. Regra fixed: termina em 2026-11-05T14:00:00.000Z, aconteça o que acontecer dentro dela. Não há outra mensagem dentro dela.',
  );
  const tenant = `${events[0]?.tenant}`;
  const url = `/v1/tenants/${tenant}/windows/${second.id}`;
  const inItsOwn = async (accepted: string) => (await api.get(url, { 'accept-language': accepted })).summary;
  expect(await inItsOwn('de')).toMatch(/^A mensagem m2/);
  await api.api.call('PUT', `/v1/tenants/${tenant}`, { body: { language: 'en' } });
  expect(await inItsOwn('de')).toMatch(/^The message from the contact m2/);
  expect(await inItsOwn('pt')).toMatch(/^A mensagem m2/);
});

test('what failed and what was voided says because of what, also when that came after the window', async () => {
  const [window] = await explanations(
    story(
      ['received', 'm1', '2026-11-03T13:00:00Z'],
      ['text', 'free', '2026-11-03T13:01:00Z'],
      ['template', 't1', '2026-11-03T13:02:00Z'],
      [
        'failed',
        't1:failed',
        '2026-11-03T13:03:00Z',
        { message: 't1', error: { code: '131026', title: 'x' } },
      ],
      ['delivered', 't1:delivered', '2026-11-03T13:04:00Z', { message: 't1' }],
      ['failed', 'free:failed', '2026-11-06T13:03:00Z', { message: 'free', error: { code: '1' } }],
      ['received', 'm2', '2026-11-03T13:05:00Z'],
      ['void', 'v', '2026-11-09T00:00:00Z', { target: 'm2' }],
    ),
  );
  const because = (id: string, type: string) => expect.objectContaining({ id, type });
  expect(
    window.events.map((event: { role: string; id: string; because: unknown }) => [
      event.role,
      event.id,
      event.because,
    ]),
  ).toEqual([
    ['opened', 'm1', []],
    ['failed', 'free', [because('free:failed', 'message.failed')]],
    [
      'included',
      't1',
      [because('t1:failed', 'message.failed'), because('t1:delivered', 'message.delivered')],
    ],
    ['status', 't1:failed', []],
    ['status', 't1:delivered', []],
    [
      'voided',
      'm2',
      [expect.objectContaining({ id: 'v', reason: 'sent twice', actor: 'maria', target: 'm2' })],
    ],
  ]);
});

test('metadata comes back as it was sent, whatever its members are called', async () => {
  const metadata = JSON.parse('{"__proto__":{"a":1},"constructor":[{"__proto__":null}]}');
  const events = story(
    ['received', 'm1', '2026-11-03T13:00:00Z', { metadata }],
    ['received', 'm1', '2026-11-03T13:30:00Z', { metadata }],
    ['template', 't1', '2026-11-03T14:00:00Z', { metadata }],
    ['void', 'v1', '2026-11-03T15:00:00Z', { metadata, target: 't1' }],
  );
  const [window] = await explanations(events);
  const { items: listed } = await api.get(`/v1/tenants/${events[0]?.tenant}/events`);
  const { items: quarantined } = await api.get('/v1/ops/quarantine?limit=1000');
  const conflict = quarantined.find(
    ({ event }: { event: { tenant: string } | null }) => event?.tenant === events[0]?.tenant,
  );
  const answered = [...window.events, ...window.events[1].because, ...listed, conflict.event];
  expect(answered.map((event) => JSON.stringify(event.metadata))).toEqual(
    Array(9).fill(JSON.stringify(metadata)),
  );
});

test('a template that waits for its receipt is included', async () => {
  const events = story(
    ['received', 'm1', '2026-11-03T13:00:00Z'],
    ['template', 't1', '2026-11-03T14:00:00Z'],
  );
  await api.projector.register(events[0]?.tenant ?? '', {
    rules: [{ from: null, rule: 'fixed', hours: 24, activeWhen: 'delivered' }],
  });
  const [window] = await explanations(events);
  expect(window.events.map(({ role }: { role: string }) => role)).toEqual(['opened', 'included']);
});

test('a window of nobody, of another tenant, or no id at all', async () => {
  const events = story(['received', 'm1', '2026-11-03T13:00:00Z']);
  const [{ id }] = await explanations(events);
  const call = async (tenant: string, window: string) => {
    const { status, json } = await api.api.call('GET', `/v1/tenants/${tenant}/windows/${window}`);
    return [status, json.type];
  };
  expect(await call('somebody-else', id)).toEqual([404, '/problems/not-found']);
  expect(await call(events[0]?.tenant ?? '', '0'.repeat(64))).toEqual([404, '/problems/not-found']);
  expect(await call('acme', 'x')).toEqual([400, '/problems/invalid-request']);
  expect(await call('acme', id.toUpperCase())).toEqual([400, '/problems/invalid-request']);
});

test('an unknown contact is no error', async () => {
  const query = 'channel=whatsapp&account=1&contact=2';
  expect(await api.get(`/v1/tenants/acme/conversation?${query}`)).toMatchObject({
    window: null,
    customerService: { open: false, closesAt: null },
    freeTextAllowed: false,
    templateWouldOpen: 'active',
    windows: [],
    orphans: [],
  });
});

test('windows are filtered by kind, origin, campaign, channel and account', async () => {
  const events = story(
    ['template', 't1', '2026-11-01T13:00:00Z', { campaign: 'sale', origin: 'campaign' }],
    ['template', 't2', '2026-11-03T13:00:00Z'],
    ['received', 'm1', '2026-11-05T13:00:00Z'],
    ['received', 'm2', '2026-11-06T13:00:00Z', { channel: 'webchat', account: 'shop' }],
  );
  await api.projector.project(events);
  const ids = async (query: string) => {
    const { items } = await api.get(`/v1/tenants/${events[0]?.tenant}/windows?${query}`);
    return items.map(({ openedBy }: { openedBy: string }) => openedBy);
  };
  expect(await ids('')).toEqual(['t1', 't2', 'm1', 'm2']);
  expect(await ids('kind=active')).toEqual(['t1', 't2']);
  expect(await ids('kind=receptive')).toEqual(['m1', 'm2']);
  expect(await ids('campaign=sale')).toEqual(['t1']);
  expect(await ids('origin=api')).toEqual(['t2']);
  expect(await ids('channel=webchat')).toEqual(['m2']);
  expect(await ids('account=shop')).toEqual(['m2']);
  expect(await ids('account=%2B551140000001')).toEqual(['t1', 't2', 'm1']);
  expect(await ids('period=2026-10')).toEqual([]);
});
