import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { countWindows } from '../../test/support/billed.ts';
import { type Happening, type TestFinance, testFinance } from '../../test/support/finance.ts';
import { anyTerms } from '../../test/support/plans.ts';
import { SEED } from '../../test/support/traffic.ts';
import { chargedFor, difference } from '../domain/adjustment.ts';
import { rate } from '../domain/rate.ts';
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
  | { kind: 'finalize'; period: string }
  | { kind: 'void'; period: string };

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
        return {
          ...base,
          id: `t${n}-${month}${day}${hour}`,
          type: 'message.sent',
          template: { name: 'x', category },
        };
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
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('finalize' as const), period }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('void' as const), period }) },
);

// biome-ignore lint/suspicious/noExplicitAny: answers of the API
type Json = any;

async function standingInvoices(tenant: string): Promise<Json[]> {
  return (await finance.get(`/v1/invoices?status=final&limit=1000`)).json.items.filter(
    (invoice: Json) => invoice.tenant === tenant,
  );
}

/** The windows of a period as the API lists them now. */
async function windowsNow(tenant: string, id: string) {
  const { json } = await finance.get(`/v1/tenants/${tenant}/windows?period=${id}&limit=1000`);
  return json.items.map((window: Json) => ({ ...window, openedAt: Date.parse(window.openedAt) }));
}

/** Money and windows of a final period, over all standing invoices, are what they are now. */
async function expectSettled(
  tenant: string,
  invoices: Json[],
  id: string,
  terms: Parameters<typeof rate>[0] | null,
  currency: string,
): Promise<void> {
  const windows = await windowsNow(tenant, id);
  const lines = invoices.flatMap((invoice) =>
    invoice.lines.map((line: Json) => ({ ...line, period: line.period.id })),
  );
  const now = terms === null ? [] : rate(terms, countWindows(windows));
  expect(difference(currency, now, chargedFor(id, lines))).toEqual([]);
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

let runs = 0;

test(`whatever arrives late, and whatever is finalized or voided when, each period is charged what it costs now (seed ${SEED})`, async () => {
  let adjustments = 0;
  await fc.assert(
    fc.asyncProperty(
      anyTerms('BRL'),
      fc.constantFrom(null, '2026-12'),
      fc.array(step, { minLength: 6, maxLength: 14 }),
      async (terms, until, steps) => {
        const tenant = `random-${++runs}`;
        await finance.subscribe(tenant, '2026-01', terms, until);
        for (const action of steps) {
          if (action.kind === 'events') await finance.post(tenant, action.events);
          else if (action.kind === 'finalize') await finance.finalize(tenant, action.period);
          else await finance.voidInvoice(tenant, action.period);
        }
        for (const id of [...PERIODS, NEXT]) await finance.finalize(tenant, id);
        const invoices = await standingInvoices(tenant);
        adjustments += invoices.filter(({ lines }) =>
          lines.some(({ code }: Json) => code.startsWith('adjustment.')),
        ).length;
        for (const invoice of invoices.filter(({ period }) => period.id !== NEXT)) {
          await expectSettled(tenant, invoices, invoice.period.id, invoice.plan && terms, terms.currency);
        }
      },
    ),
    { numRuns: 25, seed: SEED },
  );
  expect(adjustments).toBeGreaterThan(3);
  const verified = await verifyInvoices(finance.database.database);
  if (!verified.ok) throw new Error(verified.difference);
  expect(verified.counts.invoices).toBeGreaterThan(25 * PERIODS.length);
}, 300_000);
