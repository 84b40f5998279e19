import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestFinance, testFinance } from '../../../test/support/finance.ts';

let finance: TestFinance;

beforeAll(async () => {
  finance = await testFinance();
});

afterAll(() => finance?.close());

/** With the type of JSON and nothing of it. */
async function send(method: 'POST' | 'PUT' | 'DELETE', url: string) {
  const { status, json } = await finance.call(method, url, { body: '' });
  return [status, json?.type];
}

test('an empty body is no body, whatever its type, where none is needed', async () => {
  await finance.subscribe('acme', '2027-01');
  expect(await send('POST', '/v1/tenants/acme/invoices/2027-01/finalize')).toEqual([200, undefined]);
  await finance.subscribe('other', '2027-01');
  expect(await send('DELETE', '/v1/tenants/other/subscriptions/2027-01')).toEqual([200, undefined]);
  const key = { name: 'a', scopes: ['ops'] };
  const { id } = (await finance.call('POST', '/v1/ops/keys', { body: key })).json;
  expect(await send('DELETE', `/v1/ops/keys/${id}`)).toEqual([204, undefined]);
  for (const step of ['promote', 'rollback', 'discard'])
    expect([step, ...(await send('POST', `/v1/ops/rebuilds/1/${step}`))]).toEqual([
      step,
      404,
      '/problems/not-found',
    ]);
});

test.each([
  ['POST', '/v1/events'],
  ['PUT', '/v1/tenants/acme'],
  ['PUT', '/v1/tenants/acme/subscriptions/2027-01'],
  ['PUT', '/v1/tenants/acme/manual-lines/setup'],
  ['POST', '/v1/invoices/2027-000001/void'],
  ['POST', '/v1/ops/keys'],
] as const)('%s %s needs a body', async (method, url) => {
  expect(await send(method, url)).toEqual([400, '/problems/not-json']);
});
