/** Thresholds: set for a tenant or by its plan, judged, and told once. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { receptive, type TestFinance, testFinance } from '../../../test/support/finance.ts';
import { planTerms } from '../../../test/support/plans.ts';
import { judge } from '../../notifications/thresholds/judge.ts';

const ZONE = 'America/Sao_Paulo';
let finance: TestFinance;
beforeAll(async () => {
  finance = await testFinance();
  finance.at('2026-11-03T12:00:00Z');
});
afterAll(() => finance.close());

const url = (tenant: string) => `/v1/tenants/${tenant}/thresholds`;

async function put(tenant: string, thresholds: object[] | null) {
  const answer = await finance.call('PUT', url(tenant), { body: { thresholds } });
  expect([answer.status, answer.text]).toEqual([200, answer.text]);
  return answer.json;
}

async function judged(tenant: string, period: string | null = null) {
  const { db, clock } = finance.deps;
  return await judge({ db, clock, defaultTimeZone: ZONE }, [{ tenant, period }]);
}

/** What was told of a tenant: the notifications in the outbox. */
async function told(tenant: string) {
  const rows = await finance.deps.db
    .selectFrom('billing.notifications')
    .select(['id', 'body'])
    .where('tenant', '=', tenant)
    .orderBy('body')
    .execute();
  return rows.map(({ id, body }) => ({ id, ...JSON.parse(body).data }));
}

const names = (list: { of: string; percent?: number; count?: number; period: string }[]) =>
  list.map(({ of, percent, count, period }) => `${period} ${of} ${percent ?? count}`).sort();

test('the window that reaches it is named, with what the plan allows and how far the log was counted', async () => {
  await finance.subscribe('acme', '2026-01', {
    receptive: { ...planTerms().receptive, allowance: 4, limit: 5 },
  });
  await put('acme', [
    { of: 'allowance', percent: 80 },
    { of: 'allowance', percent: 100 },
    { of: 'limit', percent: 100 },
    { of: 'receptive', count: 2 },
  ]);
  await finance.post('acme', receptive(3, '2026-11-02T12:00:00Z'));
  const { verdicts } = await judged('acme');
  expect(verdicts).toMatchObject([
    { windows: { receptive: 3, active: 0 }, next: { receptive: 4, active: null } },
  ]);
  expect(names(await told('acme'))).toEqual(['2026-11 receptive 2']);
  await finance.post('acme', receptive(1, '2026-11-02T11:00:00Z', 'earlier'));
  await judged('acme', '2026-11');
  expect(names(await told('acme'))).toEqual([
    '2026-11 allowance 100',
    '2026-11 allowance 80',
    '2026-11 receptive 2',
  ]);
  const windows = (await finance.get('/v1/tenants/acme/windows?period=2026-11')).json.items;
  const reached = (await told('acme')).find(({ percent }) => percent === 100);
  expect(reached).toEqual({
    ...{ id: expect.stringMatching(/^msg_[0-9a-f]{32}$/), tenant: 'acme', period: '2026-11' },
    ...{ of: 'allowance', percent: 100, windows: 4, allowance: 4, limit: 5 },
    window: { id: windows[3].id, openedAt: windows[3].openedAt },
    asOf: expect.arrayContaining([{ partition: expect.any(Number), next: expect.any(Number) }]),
  });
  const shown = (await finance.get(url('acme'))).json;
  expect(shown.thresholds).toMatchObject([
    { threshold: { of: 'allowance', percent: 80 }, source: 'tenant', windows: 4, fired: { windows: 4 } },
    { threshold: { of: 'allowance', percent: 100 }, since: '2026-11', fired: { windows: 4 } },
    { threshold: { of: 'limit', percent: 100 }, windows: 5, fired: null },
    { threshold: { of: 'receptive', count: 2 }, fired: { windows: 3 } },
  ]);
});

test('it fires once for each period, whatever is taken back and comes again', async () => {
  await put('once', [{ of: 'receptive', count: 2 }]);
  await finance.post('once', receptive(2, '2026-11-02T12:00:00Z'));
  await judged('once');
  await finance.post('once', [
    {
      id: 'v',
      type: 'event.voided',
      target: 'r0',
      reason: 'a test',
      actor: 'me',
      at: '2026-11-02T13:00:00Z',
      contact: 'r-0',
    },
  ]);
  await judged('once');
  await finance.post('once', receptive(3, '2026-11-02T14:00:00Z', 'more'));
  await judged('once');
  await judged('once', '2026-11');
  expect(names(await told('once'))).toEqual(['2026-11 receptive 2']);
  finance.at('2026-12-10T12:00:00Z');
  await finance.post('once', receptive(2, '2026-12-02T12:00:00Z', 'next'));
  await Promise.all([judged('once'), judged('once'), judged('once', '2026-12')]);
  finance.at('2026-11-03T12:00:00Z');
  expect(names(await told('once'))).toEqual(['2026-11 receptive 2', '2026-12 receptive 2']);
});

test('what is over when it is set rings for nobody, and a late event in a period since then does', async () => {
  await finance.post('late', receptive(5, '2026-10-02T12:00:00Z', 'october'));
  await finance.post('late', receptive(1, '2026-11-02T12:00:00Z', 'november'));
  await put('late', [{ of: 'receptive', count: 2 }]);
  await judged('late');
  expect(await told('late')).toEqual([]);
  finance.at('2027-01-10T12:00:00Z');
  await finance.post('late', receptive(1, '2026-11-05T12:00:00Z', 'late'));
  await judged('late', '2026-11');
  finance.at('2026-11-03T12:00:00Z');
  expect(names(await told('late'))).toEqual(['2026-11 receptive 2']);
});

test('a plan sets them for its subscribers, also where invoices stand on it; a tenant may have others, or none', async () => {
  const terms = planTerms();
  const version = (body: object, from = '2026-01', query = '') =>
    finance.call('PUT', `/v1/plans/pro/versions/${from}${query}`, { body: { ...terms, ...body } });
  const eighty = { of: 'allowance', percent: 80 };
  expect((await version({ thresholds: [eighty] })).json.thresholds).toEqual([eighty]);
  // Left out they stay, and a new version takes them over.
  expect((await version({})).json.thresholds).toEqual([eighty]);
  expect((await version({ monthlyFee: '1.00' }, '2026-11')).json.thresholds).toEqual([eighty]);
  expect((await finance.get('/v1/plans/pro')).json.versions).toMatchObject([
    { thresholds: [eighty] },
    { thresholds: [eighty] },
  ]);
  for (const tenant of ['one', 'two', 'three'])
    await finance.call('PUT', `/v1/tenants/${tenant}/subscriptions/2026-01`, {
      body: { plan: 'pro', until: null },
    });
  expect((await finance.get(url('one'))).json).toMatchObject({
    own: null,
    thresholds: [{ threshold: eighty, source: 'plan', windows: 800, fired: null }],
  });
  expect((await put('two', [])).thresholds).toEqual([]);
  const own = { of: 'active', count: 7 };
  expect((await put('three', [own])).thresholds).toMatchObject([{ threshold: own, source: 'tenant' }]);
  expect((await put('three', null)).thresholds).toMatchObject([{ threshold: eighty, source: 'plan' }]);
  expect((await finance.finalize('one', '2026-09')).status).toBe(200);
  expect((await version({ monthlyFee: '9.00' })).status).toBe(409);
  expect((await version({ thresholds: [own] }, '2026-01', '?dryRun=true')).json.thresholds).toEqual([own]);
  expect((await finance.get('/v1/plans/pro')).json.versions[0].thresholds).toEqual([eighty]);
  expect((await version({ thresholds: [own] })).status).toBe(200);
  expect((await finance.get('/v1/plans/pro')).json.versions[0].thresholds).toEqual([own]);
  const audit = await finance.get('/v1/audit?subjectType=thresholds');
  expect(audit.json.items[0]).toMatchObject({ subject: 'pro/2026-01', before: { thresholds: [eighty] } });
});

test('what makes no sense is refused where it is wrong', async () => {
  for (const [thresholds, pointer] of [
    [[{ of: 'allowance', count: 5 }], '/thresholds/0'],
    [[{ of: 'active', percent: 5 }], '/thresholds/0'],
    [[{ of: 'allowance', percent: 0 }], '/thresholds/0'],
    [
      [
        { of: 'active', count: 1 },
        { of: 'active', count: 1 },
      ],
      '/thresholds',
    ],
  ] as const) {
    const answer = await finance.call('PUT', url('wrong'), { body: { thresholds } });
    expect([answer.status, answer.json.errors[0].pointer.startsWith(pointer)]).toEqual([400, true]);
  }
});
