import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { billedCodes, countWindows } from '../../test/support/billed.ts';
import {
  anyCounts,
  anyCurrency,
  anyTerms,
  anyWindows,
  counted,
  flat,
  planTerms,
} from '../../test/support/plans.ts';
import { minorDigits } from './currency.ts';
import { formatAmount, multiply, readAmount, readPrice } from './money.ts';
import type { PlanTerms, Tier } from './plan.ts';
import { type RatedLine, rangeOfEach, rate, sum, type WindowCount } from './rate.ts';

const short = (lines: RatedLine[]) =>
  lines.map(({ id, quantity, unitPrice, amount }) => [id, quantity, unitPrice, amount]);
const totalOf = (terms: PlanTerms, counts: WindowCount[]) => {
  const digits = minorDigits(terms.currency);
  return formatAmount(sum(rate(terms, counts), digits), digits);
};

test.each<[string, WindowCount[], string, string[]]>([
  ['no windows', [], '0.00', []],
  ['999 receptive', counted(999), '0.00', ['receptive.included:1']],
  ['exactly the allowance', counted(1000), '0.00', ['receptive.included:1']],
  [
    '1,001 receptive and 10 active',
    counted(1001, { utility: 10 }),
    '4.80',
    ['receptive.included:1', 'receptive.overage:1', 'active:1'],
  ],
  ['one active alone', counted(0, { marketing: 1 }), '0.45', ['active:1']],
])('%s', (_name, counts, total, ids) => {
  expect(totalOf(planTerms(), counts)).toBe(total);
  expect(rate(planTerms(), counts).map(({ id }) => id)).toEqual(ids);
});

test('37 active at 0.0345 are rounded once', () => {
  const terms = planTerms({ active: { default: flat('0.0345') } });
  expect(short(rate(terms, counted(0, { utility: 37 })))).toEqual([['active:1', 37, '0.0345', '1.28']]);
});

const TIERS: Tier[] = [
  { upTo: 2000, unitPrice: '0.30' },
  { upTo: 2500, unitPrice: '0.25' },
  { upTo: null, unitPrice: '0.2' },
];

test.each<[number, unknown[]]>([
  [1000, []],
  [1001, [['receptive.overage:1', 1, '0.30', '0.30']]],
  [3000, [['receptive.overage:1', 2000, '0.30', '600.00']]],
  [
    3001,
    [
      ['receptive.overage:1', 2000, '0.30', '600.00'],
      ['receptive.overage:2', 1, '0.25', '0.25'],
    ],
  ],
  [
    3501,
    [
      ['receptive.overage:1', 2000, '0.30', '600.00'],
      ['receptive.overage:2', 500, '0.25', '125.00'],
      ['receptive.overage:3', 1, '0.20', '0.20'],
    ],
  ],
])('%d receptive windows reach the tiers beyond an allowance of 1,000', (windows, lines) => {
  const terms = planTerms({ receptive: { allowance: 1000, limit: null, overage: TIERS } });
  expect(short(rate(terms, counted(windows))).slice(1)).toEqual(lines);
});

test('a line knows the windows behind it and the tier they fell in', () => {
  const terms = planTerms({ receptive: { allowance: 1000, limit: null, overage: TIERS } });
  const pool = { kind: 'receptive', only: null, except: [] };
  expect(rate(terms, counted(3200))).toMatchObject([
    { detail: { allowance: 1000 }, range: { pool, from: 0, to: 1000 } },
    { detail: { tier: 1, from: 1, upTo: 2000 }, range: { pool, from: 1000, to: 3000 } },
    { detail: { tier: 2, from: 2001, upTo: 2500 }, range: { pool, from: 3000, to: 3200 } },
  ]);
});

test('categories without tiers of their own share the tiers of default', () => {
  const shared = [{ upTo: 3, unitPrice: '1' }, ...flat('0.5')];
  const terms = planTerms({ active: { default: shared, marketing: flat('2'), constructor: flat('3') } });
  const counts = counted(0, {
    utility: 2,
    service: 2,
    default: 1,
    marketing: 4,
    constructor: 1,
    toString: 1,
  });
  expect(short(rate(terms, counts))).toEqual([
    ['active:1', 3, '1.00', '3.00'],
    ['active:2', 3, '0.50', '1.50'],
    ['active.constructor:1', 1, '3.00', '3.00'],
    ['active.marketing:1', 4, '2.00', '8.00'],
  ]);
});

test('windows that cost nothing keep their line', () => {
  const terms = planTerms({ active: { default: flat('0') } });
  expect(short(rate(terms, counted(0, { utility: 2 })))).toEqual([['active:1', 2, '0.00', '0.00']]);
});

test.each([
  ['199.00', '500.00', 0, ['monthly-fee:1', 'minimum:1'], '500.00'],
  ['0.00', '0.45', 1, ['active:1'], '0.45'],
  ['0.00', '0.46', 1, ['active:1', 'minimum:1'], '0.46'],
  ['199.00', '100.00', 1, ['monthly-fee:1', 'active:1'], '199.45'],
  ['0.00', '500.00', 0, ['minimum:1'], '500.00'],
])('fee %s and minimum %s with %d active', (monthlyFee, minimum, active, ids, total) => {
  const terms = planTerms({ monthlyFee, minimum });
  expect(rate(terms, counted(0, { utility: active })).map(({ id }) => id)).toEqual(ids);
  expect(totalOf(terms, counted(0, { utility: active }))).toBe(total);
});

test.each([
  ['JPY', '0.5', 3, '2'],
  ['BRL', '0.0345', 37, '1.28'],
  ['KWD', '0.0345', 37, '1.277'],
])('%s has its own minor unit', (currency, unitPrice, windows, total) => {
  const terms = planTerms({ currency, monthlyFee: '0', minimum: '0', active: { default: flat(unitPrice) } });
  expect(totalOf(terms, counted(0, { utility: windows }))).toBe(total);
});

const anyRating = fc.tuple(anyCurrency.chain(anyTerms), anyCounts);

test('every window is on exactly one line, and each line is its quantity times its price, rounded once', () => {
  fc.assert(
    fc.property(anyRating, ([terms, counts]) => {
      const digits = minorDigits(terms.currency);
      const lines = rate(terms, counts);
      const windows = lines.filter(({ range }) => range !== null);
      const all = counts.reduce((total, count) => total + count.windows, 0);
      expect(windows.reduce((total, { quantity }) => total + quantity, 0)).toBe(all);
      for (const { quantity, unitPrice, amount, range } of lines) {
        expect(readAmount(amount, digits)).toBe(multiply(quantity, readPrice(unitPrice), digits));
        expect(quantity).toBeGreaterThan(0);
        if (range !== null) expect(range.to - range.from).toBe(quantity);
      }
      expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
    }),
  );
});

test('each window falls in the range of the line that charges it', () => {
  fc.assert(
    fc.property(anyCurrency.chain(anyTerms), anyWindows, (terms, windows) => {
      const ordered = windows.toSorted((a, b) => a.openedAt - b.openedAt || (a.id < b.id ? -1 : 1));
      const lines = rate(terms, countWindows(windows)).flatMap(({ code, range }) =>
        range === null ? [] : [{ code, range }],
      );
      const places = rangeOfEach(
        lines.map(({ range }) => range),
        ordered,
      );
      const codes = new Map(ordered.map(({ id }, i) => [id, lines[places[i] ?? -1]?.code]));
      expect(codes).toEqual(billedCodes(terms, windows));
      for (const [i, { range }] of lines.entries())
        expect(places.filter((place) => place === i)).toHaveLength(range.to - range.from);
    }),
  );
  const pool = { kind: 'receptive', only: null, except: [] } as const;
  const window = { kind: 'receptive', category: null } as const;
  expect(rangeOfEach([{ pool, from: 0, to: 1 }], [window, window, { ...window, kind: 'active' }])).toEqual([
    ...[0, -1, -1],
  ]);
});

test('each unit costs the price of the tier its number falls in', () => {
  const priceOf = (tiers: Tier[], unit: number) =>
    tiers.find(({ upTo }) => upTo === null || unit <= upTo)?.unitPrice;
  fc.assert(
    fc.property(anyRating, ([terms, counts]) => {
      const lines = rate(terms, counts).filter(({ code }) => code === 'receptive.overage');
      const billed = lines.flatMap(({ quantity, unitPrice }) => Array(quantity).fill(readPrice(unitPrice)));
      const { allowance, overage } = terms.receptive;
      const units = Math.max(0, (counts[0]?.windows ?? 0) - allowance);
      expect(billed).toEqual(
        Array.from({ length: units }, (_, i) => readPrice(priceOf(overage, i + 1) ?? '')),
      );
    }),
  );
});

test('active windows never use the allowance', () => {
  fc.assert(
    fc.property(anyRating, anyCounts, ([terms, counts], others) => {
      const receptive = (list: WindowCount[]) =>
        rate(terms, list).filter(({ code }) => code.startsWith('receptive'));
      const active = others.filter(({ kind }) => kind === 'active');
      expect(receptive([...counts, ...active])).toEqual(receptive(counts));
    }),
  );
});

test('more windows never cost less, and a minimum is never undercut', () => {
  fc.assert(
    fc.property(anyRating, anyCounts, ([terms, counts], more) => {
      const digits = minorDigits(terms.currency);
      const cost = (list: WindowCount[]) => sum(rate(terms, list), digits);
      expect(cost([...counts, ...more]) >= cost(counts)).toBe(true);
      const before = rate(terms, counts).filter(({ code }) => code !== 'discount');
      expect(sum(before, digits) >= readAmount(terms.minimum, digits)).toBe(true);
    }),
  );
});

test('the order of windows and of counts changes nothing', () => {
  const shuffled = anyWindows.chain((windows) =>
    fc.tuple(fc.constant(windows), fc.shuffledSubarray(windows, { minLength: windows.length })),
  );
  fc.assert(
    fc.property(anyCurrency.chain(anyTerms), shuffled, (terms, [windows, other]) => {
      expect(rate(terms, countWindows(other))).toEqual(rate(terms, countWindows(windows)));
      expect(new Map(billedCodes(terms, other))).toEqual(billedCodes(terms, windows));
    }),
  );
});
