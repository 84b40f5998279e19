import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { byHand } from '../../../test/support/by-hand.ts';
import { active, receptive, type TestFinance, testFinance } from '../../../test/support/finance.ts';
import { INVOICE_DAMAGES, OF, withKeys } from '../../../test/support/invoice-damages.ts';
import { flat, planTerms } from '../../../test/support/plans.ts';
import { verifyInvoices } from './verify-invoices.ts';

let finance: TestFinance;
const OCTOBER = '2026-10-10T12:00:00-03:00';
const NOVEMBER = '2026-11-10T12:00:00-03:00';
const DECEMBER = '2026-12-10T12:00:00-03:00';

/** One tenant with all that an invoice may have: tiers, categories, manual lines, late events, a voided one. */
beforeAll(async () => {
  finance = await testFinance();
  await finance.subscribe('shop', '2026-01', {
    monthlyFee: '10.00',
    receptive: { allowance: 2, limit: null, overage: [{ upTo: 3, unitPrice: '0.30' }, ...flat('0.25')] },
    active: { default: flat('0.45'), marketing: flat('0.60') },
  });
  await finance.post('shop', [
    ...receptive(7, OCTOBER),
    ...active(3, OCTOBER),
    ...active(2, OCTOBER, 'm', 'marketing'),
  ]);
  const manual = { period: '2026-10', description: 'Setup', amount: '-5.00', reason: 'agreed' };
  expect((await finance.manualLine('shop', '1', manual)).status).toBe(201);
  expect((await finance.finalize('shop', '2026-10')).json.number).toBe(OF.october);
  await finance.post('shop', [...active(2, NOVEMBER, 'n'), ...lateToOctober()]);
  expect((await finance.finalize('shop', '2026-11')).json.number).toBe(OF.voided);
  expect((await finance.voidInvoice('shop', '2026-11')).status).toBe(200);
  await finance.post('shop', receptive(1, '2026-10-03T12:00:00-03:00', 'second'));
  expect((await finance.finalize('shop', '2026-11')).json.number).toBe(OF.november);
  await finance.post('shop', receptive(4, DECEMBER, 'd'));
  expect((await finance.finalize('shop', '2026-12')).json.number).toBe(OF.december);
  await finance.post('shop', receptive(1, DECEMBER, 'after'));
});

afterAll(() => finance.close());

/** A window more among the first ones, and a template that failed. */
function lateToOctober() {
  return [
    { id: 'late0', at: '2026-10-02T12:00:00-03:00', contact: 'late "ü\\\u2028" 0' },
    { id: 'a1:failed', type: 'message.failed', message: 'a1', at: '2026-11-02T10:00:00Z', contact: 'a-1' },
  ];
}

const verified = () => verifyInvoices(finance.database.database);

test('invoices that nobody touched are what was copied for them', async () => {
  expect(await verified()).toMatchObject({ ok: true, counts: { invoices: 4, windows: 12 + 2 + 2 + 4 } });
  const december = (await finance.invoice('shop', '2026-11')).json.lines;
  expect(december.map(({ id }: { id: string }) => id)).toContain('adjustment.receptive.overage:2026-10');
});

test('only what was made or voided since is looked at again', async () => {
  const first = await verified();
  if (!first.ok) throw new Error(first.difference);
  const again = () => verifyInvoices(finance.database.database, { since: first.changedAt });
  expect(await again()).toMatchObject({ ok: true, counts: { invoices: 0 } });
  await finance.call('PUT', '/v1/plans/other/versions/2026-01', { body: planTerms() });
  await finance.call('PUT', '/v1/tenants/other/subscriptions/2026-01', { body: { plan: 'other' } });
  await finance.finalize('other', '2026-10');
  expect(await again()).toMatchObject({ ok: true, counts: { invoices: 1 } });
  await finance.voidInvoice('other', '2026-10');
  expect(await again()).toMatchObject({ ok: true, counts: { invoices: 1 } });
});

test.each(INVOICE_DAMAGES)('%s is found and named', async (_, named, sentence) => {
  const damage = withKeys(named, finance.deps.sealing.hashes);
  const restore = await keep(damage);
  try {
    expect(await damaged(damage)).toBeGreaterThan(0);
    const found = await verified();
    if (found.ok) throw new Error('nothing was found');
    expect(found.difference).toMatch(new RegExp(sentence));
    expect(found.mend).toMatch(/restore the schema billing from a backup/);
  } finally {
    await restore();
  }
});

test('credit that was carried or taken back by hand is found and named', async () => {
  await finance.subscribe('purse', '2026-01', { monthlyFee: '10' });
  await finance.call('PUT', '/v1/tenants/purse', { body: { credit: 'carry' } });
  const gift = { period: '2026-10', description: 'Goodwill', amount: '-25', reason: 'agreed' };
  await finance.manualLine('purse', 'gift', gift);
  const carrier = (await finance.finalize('purse', '2026-10')).json.number;
  const user = (await finance.finalize('purse', '2026-11')).json.number;
  expect(await verified()).toMatchObject({ ok: true });
  const lineOf = (number: string) =>
    `code LIKE 'credit.%' AND invoice = (SELECT id FROM billing.invoices WHERE number = '${number}')`;
  const damages = [
    [
      `UPDATE billing.invoice_lines SET amount = '16.00', unit_price = '16.00' WHERE ${lineOf(carrier)}`,
      /says credit.carried 1 x 16.00 = 16.00 on its line credit.carried:1, but its terms .* make credit.carried 1 x 15.00/,
    ],
    [`DELETE FROM billing.invoice_lines WHERE ${lineOf(user)}`, /lacks the line credit.applied:/],
    [
      `UPDATE billing.invoice_lines SET detail = detail || '{"invoice":"2027-000001"}' WHERE ${lineOf(user)}`,
      /in the detail of its line credit.applied:/,
    ],
    [
      `UPDATE billing.invoices SET credit = 'settle' WHERE number = '${carrier}'`,
      /has the line credit.carried:1, .* which does not follow/,
    ],
    [
      `UPDATE billing.invoices SET status = 'void', void_reason = 'x', voided_at = c.at, changed_at = c.at
        FROM (SELECT max(changed_at) + 1 AS at FROM billing.invoices) c WHERE number = '${carrier}'`,
      /was voided while invoice .* stood, which took back credit that it carried/,
    ],
  ] as const;
  for (const [damage, sentence] of damages) {
    const restore = await keep(damage);
    expect(await damaged(damage)).toBe(1);
    // The clock of changes is behind the last one then: that is another fault.
    const { pool } = finance.database.database;
    await pool.query('UPDATE billing.invoice_clock SET changed_at = changed_at + 1');
    expect(await verified()).toMatchObject({ ok: false, difference: expect.stringMatching(sentence) });
    await restore();
  }
});

test('an invoice of adjustments only counts no windows, but one made when it did is as right as it was', async () => {
  await finance.subscribe('left', '2026-01', {}, '2026-11');
  await finance.post('left', active(1, OCTOBER));
  await finance.finalize('left', '2026-10');
  await finance.post('left', [...active(1, OCTOBER, 'late'), ...active(3, NOVEMBER, 'unplanned')]);
  await finance.finalize('left', '2026-11');
  expect(await verified()).toMatchObject({ ok: true });
  const counting = (unbilled: boolean) =>
    damaged(
      `UPDATE billing.invoices SET active = 3, counts_unbilled = ${unbilled} WHERE tenant = 'left' AND plan IS NULL`,
    );
  await counting(true);
  expect(await verified()).toMatchObject({ ok: true });
  await counting(false);
  expect(await verified()).toMatchObject({
    difference: expect.stringMatching(/says 3 active windows, but 0 were copied for it/),
  });
});

/** Copies the table that a damage touches; resolves with what puts it back. */
async function keep(damage: string): Promise<() => Promise<void>> {
  const { pool } = finance.database.owner;
  const [table = ''] = /billing\.\w+/.exec(damage) ?? [];
  await pool.query(`CREATE TABLE public.kept AS TABLE ${table}`);
  return async () => {
    await damaged(
      `DELETE FROM ${table}; INSERT INTO ${table} OVERRIDING SYSTEM VALUE TABLE public.kept; DROP TABLE public.kept`,
    );
  };
}

const damaged = (statements: string) => byHand(finance.database.owner.pool, statements);
