import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestFinance, testFinance } from '../../../test/support/finance.ts';

let finance: TestFinance;

beforeAll(async () => {
  finance = await testFinance();
});

afterAll(() => finance?.close());

async function periodsOf(tenant: string): Promise<string[]> {
  const periods: string[] = [];
  let cursor = '';
  do {
    const { json } = await finance.get(`/v1/tenants/${tenant}/invoices?limit=20${cursor}`);
    periods.push(...json.items.map(({ period }: { period: { id: string } }) => period.id));
    cursor = json.nextCursor === null ? '' : `&cursor=${json.nextCursor}`;
  } while (cursor !== '');
  return periods;
}

test('tenants that are subscribed since ever are listed from their first trace on, page by page', async () => {
  const tenants = Array.from({ length: 13 }, (_, i) => `ever-${String(i).padStart(2, '0')}`);
  for (const tenant of tenants) await finance.subscribe(tenant, '0001-01');
  await finance.post('ever-01', [{ id: 'm1', at: '2019-05-20T12:00:00Z' }]);
  await finance.manualLine('ever-02', 'credit', {
    period: '1999-07',
    description: 'x',
    amount: '1.00',
    reason: 'y',
  });
  const { json } = await finance.get('/v1/invoices?limit=1');
  expect(json.items).toMatchObject([{ tenant: 'ever-00', period: { id: '2025-04' }, status: 'draft' }]);
  const late = await periodsOf('ever-00');
  expect([late.length, late.at(-1)]).toEqual([24, '2027-03']);
  const [first] = await periodsOf('ever-01');
  expect(first).toBe('2019-05');
  expect((await periodsOf('ever-02')).slice(0, 2)).toEqual(['1999-07', '2025-04']);
  expect((await finance.invoice('ever-00', '1500-01')).json).toMatchObject({ status: 'draft' });
  expect((await finance.get('/v1/invoices?period=1500-01')).json.items).toHaveLength(13);
});
