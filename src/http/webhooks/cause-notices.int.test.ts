/** What is told of connections and of invoice runs, in the transaction of its cause. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestFinance, testFinance } from '../../../test/support/finance.ts';
import { granted } from '../../../test/support/granted.ts';
import { cancelRun, finishRun, startRun } from '../../billing/runs/runs.ts';
import { keepUnmapped } from '../../intake/connections/unmapped.ts';

let finance: TestFinance;
beforeAll(async () => {
  finance = await testFinance();
});
afterAll(() => finance.close());

async function told(type: string) {
  const rows = await finance.deps.db
    .selectFrom('billing.notifications')
    .select(['tenant', 'body'])
    .where('type', '=', type)
    .orderBy('at')
    .execute();
  return rows.map(({ tenant, body }) => ({ tenant, data: JSON.parse(body).data }));
}

test('what a connection could not map is told once an hour, and what comes again is not', async () => {
  const { db, sealing } = finance.deps;
  const terms = { appSecret: 'a', verifyToken: 'b', kind: 'whatsapp-cloud', sends: 'posted', tenants: {} };
  await finance.call('PUT', '/v1/connections/meta', { body: { ...terms, tenant: null } });
  const secrets = { appSecret: 'a', verifyToken: 'b' };
  const part = (id: number) => ({ reason: 'no-tenant' as const, detail: 'nobody', payload: { id } });
  const hour = 3_600_000;
  const keep = (ids: number[], at: number) =>
    keepUnmapped(db, sealing.master, { name: 'meta', secrets }, ids.map(part), at);
  await keep([1, 2], 10 * hour);
  await keep([3], 10 * hour + 1);
  await keep([1, 2, 3], 12 * hour);
  await keep([3, 4], 13 * hour);
  expect(await told('connection.unmapped')).toEqual([
    { tenant: null, data: { connection: 'meta', kept: 2 } },
    { tenant: null, data: { connection: 'meta', kept: 1 } },
  ]);
});

test('an invoice run is told once it is finished, or cancelled', async () => {
  const { db } = finance.deps;
  const wanted = { period: '2026-10', tenants: ['acme', 'globex'], among: null, actor: 'me', at: 1_000 };
  const first = granted(await startRun(db, wanted));
  await finishRun(db, first.id, 2_000);
  await finishRun(db, first.id, 3_000);
  const second = granted(await startRun(db, wanted));
  await cancelRun(db, second.id, { actor: 'me', at: 4_000 });
  expect(await told('invoice-run.finished')).toHaveLength(1);
  await finishRun(db, second.id, 5_000);
  const counts = { period: '2026-10', total: 2, final: 0, open: 0, nothing: 0 };
  expect(await told('invoice-run.finished')).toEqual([
    { tenant: null, data: { run: first.id, state: 'finished', ...counts } },
    { tenant: null, data: { run: second.id, state: 'cancelled', ...counts } },
  ]);
});
