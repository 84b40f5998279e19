import fc from 'fast-check';
import type { PlanTerms, Tier } from '../../src/domain/plan.ts';
import type { WindowCount } from '../../src/domain/rate.ts';
import type { BillableWindow } from './billed.ts';
import type { Agreement } from './charge-model.ts';

/** The plan of the published cases: allowance 1,000, then 0.30; active 0.45. */
export function planTerms(changes: Partial<PlanTerms> = {}): PlanTerms {
  return {
    currency: 'BRL',
    monthlyFee: '0.00',
    minimum: '0.00',
    receptive: { allowance: 1000, limit: null, overage: flat('0.30') },
    active: { default: flat('0.45') },
    ...changes,
  };
}

export function flat(unitPrice: string): Tier[] {
  return [{ upTo: null, unitPrice }];
}

export function counted(receptive: number, active: Record<string, number> = {}): WindowCount[] {
  const counts: WindowCount[] = [{ kind: 'receptive', category: null, windows: receptive }];
  for (const [category, windows] of Object.entries(active))
    counts.push({ kind: 'active', category, windows });
  return counts;
}

const CATEGORIES = ['marketing', 'utility', 'default', 'constructor'];

export const DIGITS: Record<string, number> = { JPY: 0, BRL: 2, KWD: 3 };

const tiers: fc.Arbitrary<Tier[]> = fc
  .tuple(
    fc.uniqueArray(fc.record({ upTo: fc.integer({ min: 1, max: 12 }), unitPrice: price() }), {
      maxLength: 3,
      selector: ({ upTo }) => upTo,
    }),
    price(),
  )
  .map(([steps, last]) => [...steps.sort((a, b) => a.upTo - b.upTo), { upTo: null, unitPrice: last }]);

/** Terms small enough for a handful of windows to reach every tier. */
export function anyTerms(currency: string): fc.Arbitrary<PlanTerms> {
  const digits = DIGITS[currency] ?? 2;
  const amount = fc.integer({ min: 0, max: 2000 }).map((minor) => decimal(minor, digits));
  const own = fc.uniqueArray(fc.tuple(fc.constantFrom('marketing', 'utility', 'constructor'), tiers), {
    maxLength: 2,
    selector: ([category]) => category,
  });
  return fc
    .record({
      monthlyFee: amount,
      minimum: amount,
      allowance: fc.integer({ min: 0, max: 6 }),
      overage: tiers,
      shared: tiers,
      own,
      percent: fc.option(
        fc.integer({ min: 1, max: 100_000_000 }).map((millionths) => decimal(millionths, 6)),
        { freq: 2 },
      ),
    })
    .map(({ monthlyFee, minimum, allowance, overage, shared, own, percent }) => ({
      currency,
      monthlyFee,
      minimum,
      receptive: { allowance, limit: null, overage },
      active: { ...Object.fromEntries(own), default: shared },
      ...(percent === null ? {} : { discount: { percent } }),
    }));
}

/** A plan, what one tenant has in another way, and what it is let off. */
export function anyAgreement(currency: string): fc.Arbitrary<Agreement> {
  const members = fc.subarray(['monthlyFee', 'minimum', 'receptive', 'active'] as const);
  return fc
    .tuple(anyTerms(currency), anyTerms(currency), fc.option(members, { freq: 3 }))
    .map(([{ discount = null, ...plan }, other, overridden]) => ({
      plan,
      overrides: overridden && Object.fromEntries(overridden.map((member) => [member, other[member]])),
      discount,
    }));
}

export const anyCurrency = fc.constantFrom(...Object.keys(DIGITS));

export const anyCounts: fc.Arbitrary<WindowCount[]> = fc
  .tuple(fc.nat(20), ...CATEGORIES.map(() => fc.nat(8)))
  .map(([receptive, ...active]) =>
    counted(receptive, Object.fromEntries(CATEGORIES.map((category, i) => [category, active[i] ?? 0]))),
  );

/** Windows of one period; few instants, so that many are opened at the same one. */
export const anyWindows: fc.Arbitrary<BillableWindow[]> = fc.uniqueArray(
  fc
    .record({
      id: fc.integer({ min: 0, max: 99 }).map((id) => `w${String(id).padStart(2, '0')}`),
      openedAt: fc.nat(5),
      category: fc.option(fc.constantFrom(...CATEGORIES)),
    })
    .map((window) => ({ ...window, kind: window.category === null ? 'receptive' : 'active' })),
  { selector: ({ id }) => id, maxLength: 30 },
);

function price(): fc.Arbitrary<string> {
  return fc.integer({ min: 0, max: 2_000_000 }).map((millionths) => decimal(millionths, 6));
}

function decimal(value: number, digits: number): string {
  const text = String(value).padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
