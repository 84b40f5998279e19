import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { millionths } from '../../../test/support/charge-model.ts';
import { leftOf, type ModelCredit, nextCredit } from '../../../test/support/credit-model.ts';
import { active, type TestFinance, testFinance } from '../../../test/support/finance.ts';
import { SEED } from '../../../test/support/traffic.ts';
import { comparedMoney } from '../../billing/compared-money.ts';
import { readSnapshot } from '../../projection/read/snapshot.ts';
import { verifyInvoices } from '../../verify/invoices/verify-invoices.ts';

let finance: TestFinance;

beforeAll(async () => {
  finance = await testFinance();
});

afterAll(() => finance.close());

// biome-ignore lint/suspicious/noExplicitAny: answers of the API
type Json = any;

const PERIODS = ['2026-08', '2026-09', '2026-10', '2026-11', '2026-12'];

/** A tenant with a monthly fee alone, whose total each month is moved by a manual line. */
async function tenantWith(tenant: string, credit: 'settle' | 'carry', currency = 'BRL', monthlyFee = '10') {
  await finance.subscribe(tenant, '2026-01', { currency, monthlyFee, minimum: '0' });
  await setCredit(tenant, credit);
}

async function setCredit(tenant: string, credit: 'settle' | 'carry') {
  const { status, text } = await finance.call('PUT', `/v1/tenants/${tenant}`, { body: { credit } });
  if (status >= 300) throw new Error(text);
}

let lines = 0;

async function manual(tenant: string, period: string, amount: string) {
  const line = { period, description: 'Goodwill', amount, reason: 'a test' };
  expect((await finance.manualLine(tenant, `m${++lines}`, line)).status).toBe(201);
}

const creditOf = async (tenant: string, query = '') =>
  (await finance.get(`/v1/tenants/${tenant}/credit${query}`)).json;
const moved = ({ lines }: Json) =>
  lines
    .filter(({ code }: Json) => code.startsWith('credit.'))
    .map(({ id, amount, detail }: Json) => [id, amount, detail]);

test('a total below zero is carried, and the next invoices made final take it back until it is used up', async () => {
  await tenantWith('acme', 'carry');
  await manual('acme', '2026-08', '-35.50');
  const draft = (await finance.invoice('acme', '2026-08')).json;
  const august = (await finance.finalize('acme', '2026-08')).json;
  expect(draft.lines).toEqual(august.lines);
  expect(august).toMatchObject({ status: 'final', total: '0.00' });
  expect(moved(august)).toEqual([['credit.carried:1', '25.50', { total: '-25.50' }]]);
  expect(august.lines.at(-1)).toMatchObject({
    description: 'Crédito levado às próximas faturas',
    period: { id: '2026-08' },
    quantity: 1,
  });
  const totals: string[] = [];
  for (const period of PERIODS.slice(1)) {
    const now = (await finance.invoice('acme', period)).json;
    const made = (await finance.finalize('acme', period)).json;
    expect(made.lines).toEqual(now.lines);
    expect(await finance.windowsOf('acme', period, made.lines.at(-1).id)).toEqual([]);
    totals.push(made.total);
  }
  expect(totals).toEqual(['0.00', '0.00', '4.50', '10.00']);
  const october = (await finance.invoice('acme', '2026-10')).json;
  expect(moved(october)).toEqual([
    [
      `credit.applied:${august.number}`,
      '-10.00',
      { invoice: august.number, period: '2026-08', left: '5.50' },
    ],
  ]);
  expect(october.lines.at(-1).description).toBe(`Crédito da fatura ${august.number}, de 08/2026`);
  expect(await creditOf('acme')).toMatchObject({
    ...{ tenant: 'acme', credit: 'carry', currency: 'BRL', carried: '25.50', applied: '25.50', left: '0.00' },
    items: [{ invoice: august.number, period: '2026-08', carried: '25.50', applied: '25.50', left: '0.00' }],
    nextCursor: null,
  });
  expect((await creditOf('acme')).items[0].uses.map(({ period, amount }: Json) => [period, amount])).toEqual([
    ['2026-09', '10.00'],
    ['2026-10', '10.00'],
    ['2026-11', '5.50'],
  ]);
});

test('whoever settles gets negative totals as ever, and nobody is made to carry', async () => {
  await finance.subscribe('settler', '2026-01', { monthlyFee: '10' });
  await manual('settler', '2026-08', '-35.50');
  expect((await finance.finalize('settler', '2026-08')).json).toMatchObject({ total: '-25.50' });
  expect((await finance.finalize('settler', '2026-09')).json).toMatchObject({ total: '10.00' });
  expect(await creditOf('settler')).toEqual({
    ...{ tenant: 'settler', credit: 'settle', currency: null, carried: '0', applied: '0', left: '0' },
    ...{ items: [], nextCursor: null },
  });
});

test('what was carried is owed: who settles from now on gets it back all the same', async () => {
  await tenantWith('turned', 'carry');
  await manual('turned', '2026-08', '-25');
  await finance.finalize('turned', '2026-08');
  await setCredit('turned', 'settle');
  await manual('turned', '2026-09', '-11');
  expect((await finance.finalize('turned', '2026-09')).json).toMatchObject({ total: '-1.00' });
  expect((await finance.finalize('turned', '2026-10')).json).toMatchObject({ total: '0.00' });
  expect(await creditOf('turned')).toMatchObject({ credit: 'settle', carried: '15.00', left: '5.00' });
});

test('the oldest credit is the one whose invoice became final first, whatever its period', async () => {
  await tenantWith('late', 'carry');
  await manual('late', '2026-11', '-14');
  await manual('late', '2026-08', '-13');
  const november = (await finance.finalize('late', '2026-11')).json.number;
  const august = (await finance.finalize('late', '2026-08')).json.number;
  expect(
    moved((await finance.finalize('late', '2026-09')).json).map(([id, amount]: Json) => [id, amount]),
  ).toEqual([
    [`credit.applied:${november}`, '-4.00'],
    [`credit.applied:${august}`, '-3.00'],
  ]);
  expect((await creditOf('late', '?limit=1')).items).toMatchObject([{ invoice: november }]);
  const { nextCursor } = await creditOf('late', '?limit=1');
  expect((await creditOf('late', `?limit=1&cursor=${nextCursor}`)).items).toMatchObject([
    { invoice: august },
  ]);
});

test('an invoice whose credit was used stands until whoever used it is voided', async () => {
  await tenantWith('used', 'carry');
  await manual('used', '2026-08', '-25');
  const august = (await finance.finalize('used', '2026-08')).json.number;
  const september = (await finance.finalize('used', '2026-09')).json.number;
  expect(await finance.voidInvoice('used', '2026-08')).toMatchObject({
    status: 409,
    json: {
      type: '/problems/credit-used',
      detail: `Invoice ${september} took back credit that ${august} carried.`,
    },
  });
  expect(await finance.voidInvoice('used', '2026-09')).toMatchObject({ status: 200 });
  expect(await creditOf('used')).toMatchObject({ carried: '15.00', applied: '0.00', left: '15.00' });
  expect(await finance.voidInvoice('used', '2026-08')).toMatchObject({ status: 200 });
  expect(await creditOf('used')).toMatchObject({ carried: '0', left: '0', items: [] });
  expect((await finance.finalize('used', '2026-09')).json).toMatchObject({ total: '10.00' });
  const again = (await finance.finalize('used', '2026-08')).json;
  expect(again).toMatchObject({ total: '0.00', replaces: august });
  expect(await creditOf('used')).toMatchObject({ left: '15.00', items: [{ invoice: again.number }] });
});

test('adjustments below zero are carried too, and are no part of what a period was charged', async () => {
  await finance.subscribe('adjusted', '2026-08', {}, '2026-09');
  await setCredit('adjusted', 'carry');
  await finance.post('adjusted', active(2, '2026-08-10T12:00:00Z'));
  expect((await finance.finalize('adjusted', '2026-08')).json).toMatchObject({ total: '0.90' });
  await finance.post('adjusted', [
    { id: 'a0:failed', type: 'message.failed', message: 'a0', at: '2026-09-02T10:00:00Z', contact: 'a-0' },
  ]);
  const september = (await finance.finalize('adjusted', '2026-09')).json;
  expect(september).toMatchObject({ plan: null, total: '0.00' });
  expect(moved(september)).toEqual([['credit.carried:1', '0.45', { total: '-0.45' }]]);
  // Credit alone makes no invoice, and a carried one is nothing to adjust.
  expect(await finance.invoice('adjusted', '2026-10')).toMatchObject({ status: 404 });
});

test('what was reviewed is the total with credit, and what if shows the draft as it would be', async () => {
  await tenantWith('seen', 'carry');
  await manual('seen', '2026-08', '-13');
  await finance.finalize('seen', '2026-08');
  const url = '/v1/tenants/seen/invoices/2026-09/finalize';
  expect(await finance.call('POST', url, { body: { expectedTotal: '10' } })).toMatchObject({ status: 409 });
  const money = await readSnapshot(finance.deps.db, (view) =>
    comparedMoney(view, view, [{ tenant: 'seen', period: '2026-09' }], 'America/Sao_Paulo'),
  );
  expect(money).toMatchObject([
    { live: '7.00', rebuilt: '7.00', lines: [{ code: 'monthly-fee' }, { code: 'credit.applied' }] },
  ]);
  expect(await finance.call('POST', url, { body: { expectedTotal: '7' } })).toMatchObject({ status: 200 });
});

test('months made final at once take each part of a credit once', async () => {
  await tenantWith('race', 'carry');
  await manual('race', '2026-08', '-25');
  const august = (await finance.finalize('race', '2026-08')).json.number;
  const made = await Promise.all(PERIODS.slice(1).map((period) => finance.finalize('race', period)));
  expect(made.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  const totals = made.map(({ json }) => json.total).sort();
  expect(totals).toEqual(['0.00', '10.00', '10.00', '5.00']);
  expect(await creditOf('race')).toMatchObject({ carried: '15.00', applied: '15.00', left: '0.00' });
  // Whoever voids while another month becomes final: one of the two is refused, or neither needs to be.
  await finance.voidInvoice('race', '2026-12');
  await Promise.all([finance.voidInvoice('race', '2026-08'), finance.finalize('race', '2026-12')]);
  const standing = (await finance.invoice('race', '2026-08')).json;
  if (standing.number === august) expect(await creditOf('race')).toMatchObject({ carried: '15.00' });
  expect(await verifyInvoices(finance.database.database)).toMatchObject({ ok: true });
});

type Step =
  | { kind: 'finalize'; period: string; minor: number }
  | { kind: 'void'; period: string }
  | { kind: 'mode'; mode: 'settle' | 'carry' };

const period = fc.constantFrom(...PERIODS);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('finalize' as const),
      period,
      minor: fc.integer({ min: -3_000, max: 1_500 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('void' as const), period }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('mode' as const),
      mode: fc.constantFrom('settle' as const, 'carry' as const),
    }),
  },
);
const DIGITS = { JPY: 0, BRL: 2, KWD: 3 };

/** September and October take back what August carried, so that some run uses credit under every seed. */
const CARRIED_ON: Step[] = [
  { kind: 'finalize', period: '2026-08', minor: -2_500 },
  { kind: 'finalize', period: '2026-09', minor: 0 },
  { kind: 'void', period: '2026-08' },
  { kind: 'finalize', period: '2026-10', minor: 0 },
];

let runs = 0;

test(`through every order of finalizing and voiding, carried is applied and left, in any currency (seed ${SEED})`, async () => {
  let used = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('JPY' as const, 'BRL' as const, 'KWD' as const),
      fc.array(step, { minLength: 6, maxLength: 16 }),
      async (currency, steps) => {
        const tenant = `random-${++runs}`;
        const show = (minor: number) => (minor / 10 ** DIGITS[currency]).toFixed(DIGITS[currency]);
        await tenantWith(tenant, 'carry', currency, show(1_000));
        let carries = true;
        let standing: (ModelCredit & { period: string })[] = [];
        const sums = new Map<string, number>();
        for (const action of steps) {
          if (action.kind === 'mode') {
            await setCredit(tenant, action.mode);
            carries = action.mode === 'carry';
          } else if (action.kind === 'void') {
            const own = standing.find((one) => one.period === action.period);
            const taken = standing.some(({ takes }) => takes.has(own?.number ?? ''));
            const { status } = await finance.voidInvoice(tenant, action.period);
            expect(status).toBe(own === undefined ? 404 : taken ? 409 : 200);
            if (status === 200) standing = standing.filter((one) => one !== own);
          } else if (!standing.some((one) => one.period === action.period)) {
            await manual(tenant, action.period, show(action.minor));
            const minor = (sums.get(action.period) ?? 1_000) + action.minor;
            sums.set(action.period, minor);
            const made = (await finance.finalize(tenant, action.period)).json;
            const model = nextCredit(made.number, millionths(show(minor)), carries, standing);
            standing.push({ ...model, period: action.period });
            used += model.takes.size;
            const taken = [...model.takes.values()].reduce((sum, part) => sum + part, 0n);
            expect(millionths(made.total)).toBe(millionths(show(minor)) + model.gives - taken);
          }
          const answer = await creditOf(tenant);
          expect(millionths(answer.carried)).toBe(millionths(answer.applied) + millionths(answer.left));
          expect(answer.items.map(({ invoice, left }: Json) => [invoice, millionths(left)])).toEqual(
            standing
              .filter(({ gives }) => gives > 0n)
              .map((giver) => [giver.number, leftOf(giver, standing)]),
          );
        }
      },
    ),
    { numRuns: 20, seed: SEED, examples: [['BRL', CARRIED_ON]] },
  );
  expect(used).toBeGreaterThanOrEqual(2);
  const verified = await verifyInvoices(finance.database.database);
  if (!verified.ok) throw new Error(verified.difference);
}, 300_000);
