import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anyCounts, anyCurrency, anyTerms, counted, flat, planTerms } from '../../test/support/plans.ts';
import { describe as describeCode } from './description.ts';
import {
  type DraftInput,
  draft,
  type FinalPeriod,
  formatInvoiceNumber,
  parseInvoiceNumber,
} from './invoice.ts';
import { rate } from './rate.ts';

const terms = planTerms();

function input(changes: Partial<DraftInput> = {}): DraftInput {
  return {
    period: '2026-11',
    language: 'pt-BR',
    currency: 'BRL',
    version: { plan: 'pro', from: '2026-01', ...terms },
    counts: [],
    manual: [],
    carried: [],
    credit: { mode: 'settle', left: [] },
    ...changes,
  };
}

function finalPeriod(now = counted(0), invoiced = counted(0)): FinalPeriod {
  return { period: '2026-10', terms, counts: now, charged: rate(terms, invoiced) };
}

test('an invoice names its plan, its lines and their total in the terms of the tenant', () => {
  const marketing = planTerms({
    monthlyFee: '199.00',
    active: { default: flat('0.45'), campaign: flat('0.50') },
  });
  const result = draft(
    input({
      version: { plan: 'pro', from: '2026-01', ...marketing },
      counts: counted(1002, { utility: 10, campaign: 2 }),
      manual: [{ id: '7', description: 'Desconto', amount: '-20.00', reason: 'contrato 12' }],
      carried: [finalPeriod(counted(0), counted(0, { utility: 1 }))],
    }),
  );
  expect(result?.plan).toEqual({ id: 'pro', from: '2026-01' });
  expect(
    result?.lines.map(({ id, description, period, amount }) => [id, description, period, amount]),
  ).toEqual([
    ['monthly-fee:1', 'Mensalidade', '2026-11', '199.00'],
    ['receptive.included:1', 'Conversas receptivas incluídas na franquia', '2026-11', '0.00'],
    ['receptive.overage:1', 'Conversas receptivas excedentes', '2026-11', '0.60'],
    ['active:1', 'Conversas ativas', '2026-11', '4.50'],
    ['active.campaign:1', 'Conversas ativas - campanha', '2026-11', '1.00'],
    ['manual:7', 'Desconto', '2026-11', '-20.00'],
    ['adjustment.active:2026-10', 'Ajuste de 10/2026 - Conversas ativas', '2026-10', '-0.45'],
  ]);
  expect(result?.total).toBe('184.65');
});

test('a subscribed period without any windows has an empty invoice', () => {
  expect(draft(input())).toEqual({
    plan: { id: 'pro', from: '2026-01' },
    currency: 'BRL',
    lines: [],
    total: '0.00',
  });
});

test('credits larger than the invoice make the total negative', () => {
  const carried = [finalPeriod(counted(0), counted(0, { utility: 10 }))];
  expect(draft(input({ counts: counted(0, { utility: 1 }), carried }))?.total).toBe('-4.05');
});

test('a tenant that left has invoices of adjustments only, while there is something to adjust', () => {
  const gone = { version: null, counts: counted(4, { utility: 4 }) };
  expect(draft(input(gone))).toBeNull();
  expect(draft(input({ ...gone, carried: [finalPeriod()] }))).toBeNull();
  const late = draft(input({ ...gone, carried: [finalPeriod(counted(0), counted(0, { utility: 1 }))] }));
  expect(late).toMatchObject({
    plan: null,
    total: '-0.45',
    lines: [{ code: 'adjustment.active', quantity: -1 }],
  });
});

test('a credit or charge keeps the invoice of a tenant that left, also when nothing is left to adjust', () => {
  const manual = [{ id: '7', description: 'Desconto', amount: '-20.00', reason: 'contrato 12' }];
  expect(draft(input({ version: null, manual, carried: [finalPeriod()] }))).toMatchObject({
    plan: null,
    total: '-20.00',
    lines: [{ id: 'manual:7' }],
  });
});

test('a period that was invoiced without a plan has nothing of its own to adjust', () => {
  const carried = [{ period: '2026-10', terms: null, counts: counted(3, { utility: 3 }), charged: [] }];
  expect(draft(input({ carried }))?.lines).toEqual([]);
});

test('an earlier period keeps the plan version of its invoice', () => {
  const dearer = { plan: 'pro', from: '2026-11', ...planTerms({ active: { default: flat('9.00') } }) };
  const carried = [finalPeriod(counted(0, { utility: 2 }), counted(0, { utility: 1 }))];
  expect(draft(input({ version: dearer, carried }))?.lines).toMatchObject([
    { unitPrice: '0.45', amount: '0.45' },
  ]);
});

test.each([
  ['monthly-fee', 'Mensalidade', 'Monthly fee'],
  ['receptive.overage', 'Conversas receptivas excedentes', 'Receptive conversations beyond the allowance'],
  ['active', 'Conversas ativas', 'Active conversations'],
  ['active.marketing', 'Conversas ativas - marketing', 'Active conversations - marketing'],
  ['active.utility', 'Conversas ativas - utilidade', 'Active conversations - utility'],
  ['active.authentication', 'Conversas ativas - autenticação', 'Active conversations - authentication'],
  ['active.campaign', 'Conversas ativas - campanha', 'Active conversations - campaign'],
  ['active.constructor', 'Conversas ativas - constructor', 'Active conversations - constructor'],
])('%s is called %s, or %s', (code, portuguese, english) => {
  expect([describeCode(code, 'pt-BR'), describeCode(code, 'en')]).toEqual([portuguese, english]);
});

test('invoice numbers are a year and a sequence of at least six digits', () => {
  expect(formatInvoiceNumber(2026, 123)).toBe('2026-000123');
  expect(formatInvoiceNumber(2026, 1_000_000)).toBe('2026-1000000');
  expect(parseInvoiceNumber('2026-000123')).toEqual({ year: 2026, sequence: 123 });
  expect(parseInvoiceNumber('2026-1000000')).toEqual({ year: 2026, sequence: 1_000_000 });
  expect(['2026-123', '2026-0000123', '26-000123', 'x', '2026-000123\n'].map(parseInvoiceNumber)).toEqual(
    Array(5).fill(null),
  );
});

test('the total is the sum of the lines, and no line says nothing', () => {
  const scenario = anyCurrency.chain((currency) =>
    fc.record({ currency: fc.constant(currency), own: anyTerms(currency), old: anyTerms(currency) }),
  );
  fc.assert(
    fc.property(
      scenario,
      anyCounts,
      anyCounts,
      anyCounts,
      ({ currency, own, old }, counts, earlier, charged) => {
        const carried = [{ period: '2026-10', terms: old, counts: earlier, charged: rate(old, charged) }];
        const result = draft(
          input({ currency, version: { plan: 'p', from: '2026-01', ...own }, counts, carried }),
        );
        const cents = (amount: string) => BigInt(amount.replace('.', ''));
        const lines = result?.lines ?? [];
        expect(cents(result?.total ?? '')).toBe(
          lines.reduce((total, { amount }) => total + cents(amount), 0n),
        );
        expect(lines.filter(({ quantity, amount }) => quantity === 0 && cents(amount) === 0n)).toEqual([]);
        expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
      },
    ),
  );
});
