import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { active, receptive, type TestFinance, testFinance } from '../../../test/support/finance.ts';
import { flat } from '../../../test/support/plans.ts';
import { viewIn } from '../../projection/read/snapshot.ts';
import { type Database, openDatabase } from '../../store/database.ts';
import { draftsOf } from '../drafts.ts';
import { slotKey } from '../invoice.ts';
import { FINANCE_CONNECTIONS, type InvoiceSession, withInvoiceSession } from '../locks.ts';
import { insertPending } from './pending.ts';
import { takeWindows } from './take-windows.ts';

let finance: TestFinance;
let pool: Database;

beforeAll(async () => {
  finance = await testFinance();
  pool = openDatabase({ url: finance.database.url, max: FINANCE_CONNECTIONS });
});

afterAll(async () => {
  await pool.close();
  await finance.close();
});

const NOVEMBER = '2026-11-10T12:00:00-03:00';

/** What a pending invoice of the period keeps of its windows, copied with so many of them going through this process. */
async function kept(session: InvoiceSession, tenant: string, throughHere: number) {
  return await session.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (transaction) => {
      const view = await viewIn(transaction);
      const slot = { tenant, period: '2026-11' };
      const draft = (await draftsOf(view, [slot], 'America/Sao_Paulo')).get(slotKey(slot));
      if (draft === undefined) throw new Error('no draft');
      const pending = await insertPending(transaction, [draft], []);
      const inside = { client: session.client, db: transaction };
      const digests = await takeWindows(inside, pool.pool, view, pending, throughHere);
      const key = pending[0]?.key ?? 0;
      const { rows: windows } = await session.client.query(
        `SELECT to_jsonb(w) - 'invoice' AS w FROM billing.billed_windows w WHERE invoice = $1 ORDER BY conversation, opener`,
        [key],
      );
      const { rows: sets } = await session.client.query(
        'SELECT set, period, code, weight, line FROM billing.billed_sets WHERE invoice = $1 ORDER BY set',
        [key],
      );
      const { rows: periods } = await session.client.query(
        'SELECT period, fingerprint FROM billing.invoice_periods WHERE invoice = $1',
        [key],
      );
      return { digest: digests.get(key), windows, sets, periods };
    });
}

test('an invoice keeps the same, whether its windows are copied inside PostgreSQL or with others through this process', async () => {
  const odd = ['in "quotes"', 'back\\slash', '\\N', 'emoji 😀', "it's", 'ação'].map((contact) => ({
    ...{ id: `odd ${contact}`, at: NOVEMBER, contact, channel: 'webchat' },
  }));
  await finance.subscribe('both-ways', '2026-01', {
    receptive: { allowance: 5, limit: null, overage: [{ upTo: 4, unitPrice: '0.30' }, ...flat('0.25')] },
    active: { default: [{ upTo: 2, unitPrice: '0.50' }, ...flat('0.45')], 'odd.one': flat('0.60') },
  });
  await finance.post('both-ways', [
    ...odd,
    ...receptive(12, NOVEMBER),
    ...receptive(3, '2026-11-30T23:59:59-03:00', 'late'),
    ...receptive(3, '2026-12-01T00:00:00-03:00', 'next'),
    ...active(5, NOVEMBER, 'u'),
    ...active(3, '2026-11-01T00:00:00-03:00', 'o', 'odd.one'),
    ...active(2, NOVEMBER, 'b', 'constructor'),
  ]);
  const [inside, through] = await withInvoiceSession(
    pool.pool,
    'both-ways',
    async (session) =>
      [await kept(session, 'both-ways', 0), await kept(session, 'both-ways', 20_000)] as const,
    'long',
  );
  expect(through).toEqual(inside);
  expect(through.windows).toHaveLength(6 + 12 + 3 + 5 + 3 + 2);
  expect(through.sets.map(({ line }) => line)).toEqual([
    ...['receptive.included:1', 'receptive.overage:1', 'receptive.overage:2'],
    ...['active:1', 'active:2', 'active.odd.one:1'],
  ]);
  const perSet = Map.groupBy(through.windows, ({ w }) => w.set);
  expect([...perSet].map(([set, { length }]) => [set, length]).sort()).toEqual([
    ...[
      [0, 5],
      [1, 4],
      [2, 12],
      [3, 2],
      [4, 5],
      [5, 3],
    ],
  ]);
  const { digest } = (await finance.finalize('both-ways', '2026-11')).json;
  expect(digest).toBe(inside.digest);
});
