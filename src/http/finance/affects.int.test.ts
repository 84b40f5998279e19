import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  active,
  type Happening,
  receptive,
  type TestFinance,
  testFinance,
} from '../../../test/support/finance.ts';
import { flat, planTerms } from '../../../test/support/plans.ts';
import { openDatabase } from '../../store/database.ts';

let finance: TestFinance;

beforeAll(async () => {
  finance = await testFinance();
  finance.at('2027-01-20T12:00:00Z');
});

afterAll(() => finance.close());

// biome-ignore lint/suspicious/noExplicitAny: answers of the API
type Json = any;

const put = async (url: string, body: object) => await change('PUT', url, body);

/** A change says what its dry run said, and that changed nothing: otherwise the second one would have no effect. */
async function change(method: 'PUT' | 'DELETE', url: string, body?: object): Promise<Json> {
  const options = body === undefined ? {} : { body };
  const dry = await finance.call(method, `${url}?dryRun=true`, options);
  const { status, json, text } = await finance.call(method, url, options);
  if (status >= 300) throw new Error(text);
  expect([dry.status, withoutInstants(dry.json)]).toEqual([200, withoutInstants(json)]);
  return json;
}

const withoutInstants = ({ createdAt: _c, updatedAt: _u, ...rest }: Json) => rest;

const shown = ({ affects }: Json) =>
  affects.drafts.map(({ tenant, period, before, after, difference }: Json) => [
    ...[tenant, period.id],
    ...[before, after, difference],
  ]);

/** The totals of all drafts that are listed, by tenant and period. */
async function listed(): Promise<Map<string, Json>> {
  const { items } = (await finance.get('/v1/invoices?status=draft&limit=1000')).json;
  return new Map(items.map((invoice: Json) => [`${invoice.tenant} ${invoice.period.id}`, invoice]));
}

/** What an answer says is how the list of drafts changed, tenant by tenant and period by period. */
async function expectTold(change: () => Promise<Json>): Promise<Json> {
  const before = await listed();
  const { affects } = await change();
  const after = await listed();
  const cents = (invoice: Json) => Math.round(Number(invoice?.total ?? 0) * 100);
  const lines = (invoice: Json) => JSON.stringify([invoice?.period, invoice?.lines]);
  const changed = [...new Set([...before.keys(), ...after.keys()])]
    .filter((key) => lines(before.get(key)) !== lines(after.get(key)))
    .sort();
  expect(affects.drafts.map(({ tenant, period }: Json) => `${tenant} ${period.id}`)).toEqual(changed);
  expect(affects).toMatchObject({ changed: changed.length, complete: true });
  let total = 0;
  for (const { tenant, period, ...draft } of affects.drafts) {
    const key = `${tenant} ${period.id}`;
    expect([draft.before, draft.after]).toEqual([
      before.get(key)?.total ?? null,
      after.get(key)?.total ?? null,
    ]);
    const difference = cents(after.get(key)) - cents(before.get(key));
    expect(draft.difference).toBe((difference / 100).toFixed(2));
    total += difference;
  }
  if (changed.length === 0) expect(affects.total).toEqual([]);
  else expect(affects.total).toMatchObject([{ currency: 'BRL', difference: (total / 100).toFixed(2) }]);
  return affects;
}

const version = (from: string, changes: object) =>
  put(`/v1/plans/shared/versions/${from}`, planTerms(changes));

test('a version of a plan says which drafts it changes, of all who have it, and by how much', async () => {
  await version('2026-09', { monthlyFee: '100' });
  for (const tenant of ['anna', 'bert', 'cora'])
    await put(`/v1/tenants/${tenant}/subscriptions/2026-10`, { plan: 'shared' });
  await finance.subscribe('other', '2026-10', { monthlyFee: '5' });
  await finance.finalize('anna', '2026-10');
  await put('/v1/tenants/bert/subscriptions/2026-10', { plan: 'shared', until: '2026-12' });
  await put('/v1/tenants/cora', { test: true });
  const affects = await expectTold(() => version('2026-11', { monthlyFee: '120' }));
  expect(shown({ affects })).toEqual([
    ['anna', '2026-11', '100.00', '120.00', '20.00'],
    ['anna', '2026-12', '100.00', '120.00', '20.00'],
    ['anna', '2027-01', '100.00', '120.00', '20.00'],
    ['bert', '2026-11', '100.00', '120.00', '20.00'],
  ]);
  expect(affects.total).toEqual([
    { currency: 'BRL', before: '400.00', after: '480.00', difference: '80.00' },
  ]);
  // Again, or from a month that has not begun, it changes nothing.
  expect((await version('2026-11', { monthlyFee: '120' })).affects).toEqual({
    ...{ drafts: [], total: [], changed: 0, complete: true },
  });
  expect((await version('2027-02', { monthlyFee: '9' })).affects).toMatchObject({
    changed: 0,
    complete: true,
  });
  await expectTold(() => version('2026-12', { monthlyFee: '130' }));
  const gone = await expectTold(() => change('DELETE', '/v1/plans/shared/versions/2026-11'));
  expect(gone.drafts).toMatchObject([
    { tenant: 'anna', period: { id: '2026-11' }, difference: '-20.00' },
    { tenant: 'bert' },
  ]);
});

test('a subscription, its overrides and its end say so too', async () => {
  await finance.post('dora', [
    ...receptive(3, '2026-11-10T12:00:00Z'),
    ...active(2, '2026-12-10T12:00:00Z', 'd'),
  ]);
  await put('/v1/tenants/dora', {});
  const url = '/v1/tenants/dora/subscriptions/2026-11';
  const subscribe = (body: object) => expectTold(() => put(url, { plan: 'shared', ...body }));
  const first = await subscribe({});
  expect(shown({ affects: first })).toEqual([
    ['dora', '2026-11', null, '100.00', '100.00'],
    ['dora', '2026-12', null, '130.90', '130.90'],
    ['dora', '2027-01', null, '130.00', '130.00'],
  ]);
  await subscribe({
    overrides: { receptive: { allowance: 1, limit: null, overage: flat('7') } },
    discount: { percent: '10' },
  });
  await subscribe({ until: '2026-12' });
  expect((await subscribe({ until: '2026-12' })).changed).toBe(0);
  const gone = await expectTold(() => change('DELETE', url));
  expect(shown({ affects: gone })).toEqual([['dora', '2026-11', '100.00', null, '-100.00']]);
});

test('a dry run refuses what the change would be refused for', async () => {
  await finance.subscribe('gina', '2026-11');
  const dry = async (url: string, body: object) => {
    const { status, json } = await finance.call('PUT', `${url}?dryRun=true`, { body });
    return [status, json.type];
  };
  const overlap = '/v1/tenants/gina/subscriptions/2026-12';
  expect(await dry(overlap, { plan: 'shared' })).toEqual([409, '/problems/subscription-overlap']);
  const dollars = { ...planTerms({}), currency: 'USD' };
  expect(await dry('/v1/plans/plan-of-gina/versions/2026-12', dollars)).toEqual([
    ...[409, '/problems/currency-mismatch'],
  ]);
  const { json } = await finance.get('/v1/audit?tenant=gina&limit=1000');
  expect(json.items.filter(({ action }: Json) => action === 'create')).toHaveLength(1);
});

test('a zone says how windows move between months, also where they move back', async () => {
  const at = (day: string, id: string): Happening => ({ id, at: `${day}Z`, contact: id });
  await finance.subscribe('ella', '2026-10', {
    receptive: { allowance: 0, limit: null, overage: flat('1') },
  });
  await put('/v1/tenants/ella', {});
  await finance.post('ella', [
    at('2026-11-01T01:00:00', 'a'),
    at('2026-11-01T02:00:00', 'b'),
    at('2026-11-15T12:00:00', 'c'),
    at('2026-12-01T02:30:00', 'd'),
    at('2026-12-01T12:00:00', 'e'),
  ]);
  const zone = (timeZone: unknown) => expectTold(() => put('/v1/tenants/ella', { timeZone }));
  const affects = await zone('UTC');
  expect(shown({ affects })).toEqual([
    ['ella', '2026-10', '2.00', '0.00', '-2.00'],
    ['ella', '2026-11', '2.00', '3.00', '1.00'],
    ['ella', '2026-12', '1.00', '2.00', '1.00'],
    ['ella', '2027-01', '0.00', '0.00', '0.00'],
  ]);
  expect(await put('/v1/tenants/ella', { timeZone: 'UTC' })).not.toHaveProperty('affects');
  await zone('Asia/Tokyo');
  await zone([
    { from: null, zone: 'America/Sao_Paulo' },
    { from: '2026-12', zone: 'UTC' },
  ]);
});

test('credit only moves what is charged: it is no part of what a change does', async () => {
  await finance.subscribe('fred', '2026-11', { monthlyFee: '10' });
  await put('/v1/tenants/fred', { credit: 'carry' });
  const gift = { period: '2026-11', description: 'Goodwill', amount: '-100', reason: 'agreed' };
  await finance.manualLine('fred', 'gift', gift);
  await finance.finalize('fred', '2026-11');
  expect((await finance.invoice('fred', '2026-12')).json.total).toBe('0.00');
  const changed = await put('/v1/plans/plan-of-fred/versions/2026-12', planTerms({ monthlyFee: '15' }));
  expect(shown(changed)).toEqual([
    ['fred', '2026-12', '10.00', '15.00', '5.00'],
    ['fred', '2027-01', '10.00', '15.00', '5.00'],
  ]);
});

test('what is listed and what is looked at has an end, and the answer says where', async () => {
  const many = (from: string, monthlyFee: string) =>
    put(`/v1/plans/many/versions/${from}`, planTerms({ monthlyFee }));
  await many('2026-01', '100');
  await finance.database.database.pool.query(`
    INSERT INTO billing.subscriptions (tenant, from_period, until_period, plan, created_at, updated_at)
    SELECT 'many-' || to_char(n, 'FM00000'), '2026-01', NULL, 'many', 0, 0 FROM generate_series(1, 300) n`);
  const affects = (await many('2026-10', '101')).affects;
  expect(affects).toMatchObject({ complete: false });
  expect(affects.drafts).toHaveLength(100);
  expect(affects).toMatchObject({ changed: 1_000, total: [{ currency: 'BRL', difference: '1000.00' }] });
  const few = (await many('2027-01', '102')).affects;
  expect(few).toMatchObject({ complete: true, total: [{ difference: '300.00' }] });
  expect(few.changed).toBe(300);
});

test('a change that is made is answered as made, also where nobody can say what it does', async () => {
  const gone = openDatabase({ url: finance.database.url, max: 1 });
  await gone.pool.end();
  const other = await testFinance({ slowDb: gone.db });
  try {
    const { discount: _, ...body } = planTerms({ monthlyFee: '10' });
    const version = '/v1/plans/pro/versions/2026-01';
    const url = '/v1/tenants/acme/subscriptions/2026-11';
    const plan = { plan: 'pro', until: null };
    await other.call('PUT', '/v1/tenants/acme', { body: {} });
    const answers = [
      await other.call('PUT', version, { body }),
      await other.call('PUT', url, { body: plan }),
      await other.call('PUT', '/v1/tenants/acme', { body: { timeZone: 'Europe/Lisbon' } }),
      await other.call('DELETE', url),
      await other.call('DELETE', version),
    ];
    expect(answers.map(({ status, json }) => [status, json.affects])).toEqual([
      ...[201, 201, 200, 200, 200].map((status) => [status, null]),
    ]);
    expect((await other.get('/v1/plans')).json.items).toEqual([]);
    // A question, though, has no answer then.
    const dry = await other.call('PUT', `${version}?dryRun=true`, { body });
    expect([dry.status, dry.json.type]).toEqual([503, '/problems/database-unavailable']);
  } finally {
    await other.close();
  }
});
