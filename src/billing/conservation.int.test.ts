import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Agreement, type Cost, costsOf, millionths } from '../../test/support/charge-model.ts';
import { leftOf, type ModelCredit, nextCredit } from '../../test/support/credit-model.ts';
import { type Happening, type TestFinance, testFinance } from '../../test/support/finance.ts';
import { anyAgreement, flat, planTerms } from '../../test/support/plans.ts';
import { SEED } from '../../test/support/traffic.ts';
import { CREDIT_MODES, type CreditMode, isCredit } from '../domain/credit.ts';
import { verifyInvoices } from '../verify/invoices/verify-invoices.ts';

let finance: TestFinance;

beforeAll(async () => {
  finance = await testFinance();
});

afterAll(() => finance.close());

const PERIODS = ['2026-09', '2026-10', '2026-11', '2026-12'];
const NEXT = '2027-01';

type Step =
  | { kind: 'events'; events: Happening[] }
  /** With a manual line of so many cents. */
  | { kind: 'finalize'; period: string; cents: number }
  | { kind: 'void'; period: string }
  | { kind: 'agree'; agreement: Agreement }
  | { kind: 'credit'; mode: CreditMode };

const template = (
  id: string,
  { at, contact }: { at: string; contact: string },
  category = 'utility',
): Happening => ({
  ...{ id, at, contact, type: 'message.sent', template: { name: 'x', category } },
});
const CATEGORIES = ['marketing', 'utility', 'constructor'];

/** Messages at a few instants of a few contacts, so that late ones shift windows; receipts and voids name any of them. */
const message = fc
  .record({
    n: fc.nat(40),
    month: fc.constantFrom('09', '10', '11', '12'),
    day: fc.constantFrom('03', '04', '30'),
    hour: fc.constantFrom('00', '02', '03', '23'),
    contact: fc.nat(3),
    what: fc.constantFrom('received', 'received', 'template', 'template', 'failed', 'voided'),
  })
  .map(({ n, month, day, hour, contact, what }): Happening => {
    const base = { at: `2026-${month}-${day}T${hour}:00:00Z`, contact: `c${contact}` };
    const category = CATEGORIES[n % CATEGORIES.length] ?? 'utility';
    switch (what) {
      case 'received':
        return { ...base, id: `r${n}-${month}${day}${hour}` };
      case 'template':
        return template(`t${n}-${month}${day}${hour}`, base, category);
      case 'failed': {
        const target = `t${n}-${month}${day}${hour}`;
        return { ...base, id: `${target}:failed`, type: 'message.failed', message: target };
      }
      default: {
        const target = `r${n}-${month}${day}${hour}`;
        return { ...base, id: `${target}:void`, type: 'event.voided', target, reason: 'x', actor: 'x' };
      }
    }
  });

const period = fc.constantFrom(...PERIODS);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('events' as const),
      events: fc.uniqueArray(message, { minLength: 1, maxLength: 12, selector: ({ id }) => id }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('finalize' as const),
      period,
      cents: fc.integer({ min: -4_000, max: 500 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('void' as const), period }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('agree' as const), agreement: anyAgreement('BRL') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('credit' as const), mode: fc.constantFrom(...CREDIT_MODES) }),
  },
);

// biome-ignore lint/suspicious/noExplicitAny: answers of the API
type Json = any;

/** A tenant, and what the models say of it. */
interface World {
  tenant: string;
  until: string | null;
  agreement: Agreement;
  mode: CreditMode;
  /** Of standing invoices, in the order in which they became final. */
  credits: ModelCredit[];
  numbers: Set<string>;
}

/** Overrides and discount; refused where a final invoice was made with others. */
async function agree(world: World, agreement: Agreement): Promise<void> {
  const { tenant, until, agreement: standing } = world;
  const { overrides, discount } = agreement;
  const body = { plan: `plan-of-${tenant}`, until, overrides, discount, confirm: true };
  const { status } = await finance.call('PUT', `/v1/tenants/${tenant}/subscriptions/2026-01`, { body });
  expect([200, 409]).toContain(status);
  if (status === 200) world.agreement = { plan: standing.plan, overrides, discount };
}

async function changeCredit(world: World, mode: CreditMode): Promise<void> {
  const { status } = await finance.call('PUT', `/v1/tenants/${world.tenant}`, { body: { credit: mode } });
  expect([200, 201]).toContain(status);
  world.mode = mode;
}

async function makeFinal(world: World, id: string, cents = 0): Promise<void> {
  const { tenant, numbers } = world;
  if (cents !== 0) {
    const amount = `${cents < 0 ? '-' : ''}${Math.floor(Math.abs(cents) / 100)}.${String(Math.abs(cents) % 100).padStart(2, '0')}`;
    const line = { period: id, description: 'x', amount, reason: 'x' };
    const { status } = await finance.manualLine(tenant, `${id}-${numbers.size}-${cents}`, line);
    expect([200, 201, 409]).toContain(status);
  }
  const { status, json } = await finance.finalize(tenant, id);
  if (status !== 200 || numbers.has(json.number)) return;
  numbers.add(json.number);
  const amounts = (lines: Json[]) => lines.reduce((total, { amount }) => total + millionths(amount), 0n);
  const due = amounts(json.lines.filter(({ code }: Json) => !isCredit(code)));
  const credit = nextCredit(json.number, due, world.mode === 'carry', world.credits);
  const found = json.lines
    .filter(({ code }: Json) => isCredit(code))
    .map(({ id: line, amount }: Json) => [line, millionths(amount)]);
  expect(found).toEqual([
    ...(credit.gives === 0n ? [] : [['credit.carried:1', credit.gives]]),
    ...[...credit.takes].map(([giver, taken]) => [`credit.applied:${giver}`, -taken]),
  ]);
  expect(millionths(json.total)).toBe(amounts(json.lines));
  if (world.mode === 'carry') expect(millionths(json.total)).toBeGreaterThanOrEqual(0n);
  world.credits.push(credit);
}

async function takeBack(world: World, id: string): Promise<void> {
  const { status, json } = await finance.voidInvoice(world.tenant, id);
  if (status !== 200) return;
  expect(world.credits.filter(({ takes }) => takes.has(json.number))).toEqual([]);
  world.credits = world.credits.filter(({ number }) => number !== json.number);
}

/** What was carried is what was applied and what is left, of every invoice that carried any. */
async function expectCredit({ tenant, credits }: World): Promise<void> {
  const { json } = await finance.get(`/v1/tenants/${tenant}/credit?limit=1000`);
  const found = json.items.map(({ invoice, carried, applied, left }: Json) => {
    expect(millionths(carried)).toBe(millionths(applied) + millionths(left));
    return [invoice, millionths(left)];
  });
  const givers = credits.filter(({ gives }) => gives > 0n);
  expect(new Map(found)).toEqual(new Map(givers.map((giver) => [giver.number, leftOf(giver, credits)])));
}

async function standingInvoices(tenant: string): Promise<Json[]> {
  return (await finance.get(`/v1/tenants/${tenant}/invoices?status=final&limit=1000`)).json.items;
}

/** The windows of a period as the API lists them now. */
async function windowsNow(tenant: string, id: string) {
  const { json } = await finance.get(`/v1/tenants/${tenant}/windows?period=${id}&limit=1000`);
  return json.items.map((window: Json) => ({ ...window, openedAt: Date.parse(window.openedAt) }));
}

/** Money and windows of a final period, over all standing invoices, are what they are now; by a model of its own. */
async function expectSettled(
  tenant: string,
  invoices: Json[],
  id: string,
  agreement: Agreement | null,
): Promise<void> {
  const byCode = new Map<string, Cost>();
  for (const { code, quantity, amount } of invoices
    .flatMap(({ lines }) => lines)
    .filter((line: Json) => line.period.id === id && line.code !== 'manual' && !isCredit(line.code))) {
    const name = code.replace('adjustment.', '');
    const known = byCode.get(name) ?? { quantity: 0, amount: 0n };
    byCode.set(name, { quantity: known.quantity + quantity, amount: known.amount + millionths(amount) });
  }
  for (const [code, cost] of byCode) if (cost.quantity === 0 && cost.amount === 0n) byCode.delete(code);
  expect(byCode).toEqual(costsOf(agreement, await windowsNow(tenant, id), 2));
  await expectTraced(tenant, invoices, id);
}

/** Behind each line are as many windows as its quantity says, and behind each change the event that caused it. */
async function expectTraced(tenant: string, invoices: Json[], id: string): Promise<void> {
  for (const invoice of invoices) {
    for (const line of invoice.lines.filter((line: Json) => line.period.id === id)) {
      const isAboutWindows = /receptive|active/.test(line.code);
      let quantity = 0;
      for (const { change, cause } of await finance.windowsOf(tenant, invoice.period.id, line.id)) {
        quantity += change === 'removed' ? -1 : 1;
        if (change !== undefined) expect(cause).toMatchObject({ event: expect.any(String) });
      }
      if (isAboutWindows) expect(quantity).toBe(line.quantity);
      else expect(quantity).toBe(0);
    }
  }
}

/** A late window, and a credit that is taken back, so that some run has both under every seed. */
const LATE_AND_CARRIED: [Agreement, null, Step[]] = [
  { plan: planTerms({ active: { default: flat('0.45') } }), overrides: null, discount: null },
  null,
  [
    { kind: 'events', events: [template('t1', { at: '2026-09-03T02:00:00Z', contact: 'c1' })] },
    { kind: 'finalize', period: '2026-09', cents: -100 },
    { kind: 'events', events: [template('t2', { at: '2026-09-04T02:00:00Z', contact: 'c2' })] },
    { kind: 'finalize', period: '2026-10', cents: 500 },
  ],
];

let runs = 0;

test(`whatever arrives late, is agreed, carried, finalized or voided when, each period is charged what it costs now (seed ${SEED})`, async () => {
  let adjustments = 0;
  let taken = 0;
  let invoicesMade = 0;
  await fc.assert(
    fc.asyncProperty(
      anyAgreement('BRL'),
      fc.constantFrom(null, '2026-12'),
      fc.array(step, { minLength: 8, maxLength: 16 }),
      async (agreement, until, steps) => {
        const tenant = `random-${++runs}`;
        const world: World = {
          ...{ tenant, until, agreement, mode: 'settle', credits: [], numbers: new Set() },
        };
        await finance.subscribe(tenant, '2026-01', agreement.plan, until);
        await agree(world, agreement);
        await changeCredit(world, 'carry');
        for (const action of steps) {
          if (action.kind === 'events') await finance.post(tenant, action.events);
          else if (action.kind === 'finalize') await makeFinal(world, action.period, action.cents);
          else if (action.kind === 'void') await takeBack(world, action.period);
          else if (action.kind === 'agree') await agree(world, action.agreement);
          else await changeCredit(world, action.mode);
          await expectCredit(world);
        }
        for (const id of [...PERIODS, NEXT]) await makeFinal(world, id);
        await expectCredit(world);
        invoicesMade += world.numbers.size;
        const invoices = await standingInvoices(tenant);
        adjustments += invoices.filter(({ lines }) =>
          lines.some(({ code }: Json) => code.startsWith('adjustment.')),
        ).length;
        taken += world.credits.filter(({ takes }) => takes.size > 0).length;
        for (const invoice of invoices.filter(({ period }) => period.id !== NEXT))
          await expectSettled(tenant, invoices, invoice.period.id, invoice.plan && world.agreement);
      },
    ),
    { numRuns: 25, seed: SEED, examples: [LATE_AND_CARRIED] },
  );
  expect(adjustments).toBeGreaterThan(0);
  expect(taken).toBeGreaterThan(0);
  const verified = await verifyInvoices(finance.database.database);
  if (!verified.ok) throw new Error(verified.difference);
  expect(verified.counts.invoices).toBe(invoicesMade);
}, 300_000);
