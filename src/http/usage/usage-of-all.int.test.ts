import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { receptive, type TestFinance, testFinance } from '../../../test/support/finance.ts';
import { readCsv } from '../../../test/support/read-csv.ts';

let finance: TestFinance;

beforeAll(async () => {
  finance = await testFinance();
});

afterAll(() => finance?.close());

const PLAIN = {
  registered: false,
  receptive: { windows: 0 },
  active: { windows: 0 },
};

test('usage of all lists whoever gets an invoice, without events and registration too', async () => {
  await finance.subscribe('subscribed', '2027-01');
  await finance.subscribe('invoiced', '2027-01');
  expect((await finance.finalize('invoiced', '2027-01')).status).toBe(200);
  expect((await finance.voidInvoice('invoiced', '2027-01')).status).toBe(200);
  await finance.call('DELETE', '/v1/tenants/invoiced/subscriptions/2027-01');
  await finance.subscribe('zealous', '2027-01');

  const url = '/v1/usage?period=2027-01';
  const pages = await Promise.all([
    finance.get(`${url}&limit=2`),
    finance.get(`${url}&limit=2`).then(({ json }) => finance.get(`${url}&cursor=${json.nextCursor}`)),
  ]);
  expect(pages.flatMap(({ json }) => json.items)).toMatchObject([
    { ...PLAIN, tenant: 'invoiced', plan: null },
    { ...PLAIN, tenant: 'subscribed', plan: 'plan-of-subscribed' },
    { ...PLAIN, tenant: 'zealous', plan: 'plan-of-zealous' },
  ]);

  const key = { name: 'some', scopes: ['usage:read'], tenants: ['invoiced', 'subscribed', 'nowhere'] };
  const { secret } = (await finance.call('POST', '/v1/ops/keys', { body: key })).json;
  const { items } = (await finance.call('GET', url, { key: secret })).json;
  expect(items.map(({ tenant }: { tenant: string }) => tenant)).toEqual(['invoiced', 'subscribed']);
});

interface Listed {
  tenant: string;
  period: { id: string };
}

const namesOf = ({ json }: { json: { items: Listed[] } }) => json.items.map(({ tenant }) => tenant);

test('usage of all is filtered by plan, registration and limit, page by page, and says once what is counted', async () => {
  for (const tenant of ['over-a', 'over-b', 'under']) {
    const receptiveTerms = {
      allowance: 0,
      limit: tenant === 'under' ? 5 : 1,
      overage: [{ upTo: null, unitPrice: '1' }],
    };
    await finance.subscribe(tenant, '2027-02', { receptive: receptiveTerms });
    await finance.post(tenant, receptive(2, '2027-02-10T12:00:00Z'));
  }
  await finance.call('PUT', '/v1/tenants/over-b', { body: { name: 'Over B Ltda.' } });
  const list = (query: string) => finance.get(`/v1/usage?period=2027-02&${query}`);

  expect(namesOf(await list('overLimit=true'))).toEqual(['over-a', 'over-b']);
  expect(namesOf(await list('overLimit=false&plan=plan-of-under'))).toEqual(['under']);
  expect(namesOf(await list('registered=true'))).toEqual(['over-b']);
  expect(namesOf(await list('registered=false&overLimit=true'))).toEqual(['over-a']);
  const first = await list('overLimit=true&limit=1');
  expect(namesOf(first)).toEqual(['over-a']);
  const second = await list(`overLimit=true&limit=1&cursor=${first.json.nextCursor}`);
  expect(second.json).toMatchObject({
    items: [{ tenant: 'over-b', name: 'Over B Ltda.', registered: true }],
    nextCursor: null,
    asOf: { caughtUp: true, positions: expect.any(Array) },
  });
  expect(second.json.items[0]).not.toHaveProperty('asOf');
  const csv = await finance.get('/v1/usage?period=2027-02&overLimit=true&format=csv');
  expect(readCsv(csv.text).map(({ tenant, name }) => [tenant, name])).toEqual([
    ['over-a', 'over-a'],
    ['over-b', 'Over B Ltda.'],
  ]);
  expect((await list('overLimit=yes')).json.errors).toEqual([
    { parameter: 'overLimit', detail: 'must be true or false' },
  ]);
});

test('the history of a tenant is one answer of up to 36 periods, each as the usage of that period is', async () => {
  finance.at('2027-03-05T12:00:00Z');
  await finance.subscribe('old', '2026-12');
  await finance.post('old', [
    ...receptive(3, '2026-12-10T12:00:00Z', 'd'),
    ...receptive(1, '2027-02-10T12:00:00Z', 'f'),
  ]);
  const history = (query: string) => finance.get(`/v1/tenants/old/usage/history${query}`);
  const { items, asOf } = (await history('?from=2026-12&to=2027-02')).json;
  expect(items).toMatchObject([
    { period: { id: '2026-12' }, plan: 'plan-of-old', receptive: { windows: 3 } },
    { period: { id: '2027-01' }, receptive: { windows: 0 } },
    { period: { id: '2027-02' }, receptive: { windows: 1 }, state: 'closable' },
  ]);
  for (const item of items) {
    const { json } = await finance.get(`/v1/tenants/old/usage?period=${item.period.id}`);
    expect({ ...item, asOf }).toEqual({ ...json, name: 'old' });
  }
  const year = (await history('')).json.items.map(({ period }: Listed) => period.id);
  expect([year.length, year[0], year.at(-1)]).toEqual([12, '2026-04', '2027-03']);
  expect((await history('?from=2024-04&to=2027-03')).json.items).toHaveLength(36);
  const tooMany = await history('?from=2024-03&to=2027-03');
  expect([tooMany.status, tooMany.json.errors]).toEqual([
    400,
    [{ parameter: 'from', detail: 'must be at most 35 periods before 2027-03' }],
  ]);
  expect((await history('?from=2027-04&to=2027-03')).json.errors).toEqual([
    { parameter: 'from', detail: 'must not be after 2027-03' },
  ]);
  const csv = await history('?from=2026-12&to=2027-02&format=csv');
  expect(readCsv(csv.text).map(({ period, receptive }) => [period, receptive])).toEqual([
    ['2026-12', '3'],
    ['2027-01', '0'],
    ['2027-02', '1'],
  ]);
});
