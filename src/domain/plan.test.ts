import { expect, test } from '@jest/globals';
import { flat, planTerms } from '../../test/support/plans.ts';
import { type PlanTerms, readTerms, versionAt } from './plan.ts';

const version = (from: string) => ({ plan: 'pro', from, ...planTerms() });

test('terms are kept with every decimal in its one form', () => {
  const read = readTerms(
    planTerms({
      monthlyFee: '199',
      minimum: '0',
      receptive: { allowance: 5, limit: 10, overage: [{ upTo: 20, unitPrice: '0.3' }, ...flat('0.034500')] },
      active: { default: flat('0'), marketing: flat('1.5') },
    }),
  );
  expect(read).toEqual({
    ok: true,
    terms: {
      currency: 'BRL',
      monthlyFee: '199.00',
      minimum: '0.00',
      receptive: { allowance: 5, limit: 10, overage: [{ upTo: 20, unitPrice: '0.30' }, ...flat('0.0345')] },
      active: { default: flat('0.00'), marketing: flat('1.50') },
    },
  });
});

const tiered = (...steps: (number | null)[]): Partial<PlanTerms> => ({
  active: { default: steps.map((upTo) => ({ upTo, unitPrice: '1' })) },
});
const receptive = (changes: Partial<PlanTerms['receptive']>): Partial<PlanTerms> => ({
  receptive: { allowance: 0, limit: null, overage: flat('1'), ...changes },
});

test.each<[string, Partial<PlanTerms>, string[]]>([
  ['an unknown currency', { currency: 'BRX' }, ['/currency']],
  ['a fee in fractions of a cent', { monthlyFee: '0.001' }, ['/monthlyFee']],
  ['a negative minimum', { minimum: '-1' }, ['/minimum']],
  ['no tiers', tiered(), ['/active/default']],
  ['a last tier that ends', tiered(10), ['/active/default/0/upTo']],
  ['an open tier before the last', tiered(null, null), ['/active/default/0/upTo']],
  ['tiers that do not ascend', tiered(10, 10, null), ['/active/default/1/upTo']],
  ['a tier of nothing', tiered(0, null), ['/active/default/0/upTo']],
  ['half a unit', tiered(1.5, null), ['/active/default/0/upTo']],
  ['a negative price', receptive({ overage: flat('-0.01') }), ['/receptive/overage/0/unitPrice']],
  ['a price of 7 decimals', receptive({ overage: flat('0.0000001') }), ['/receptive/overage/0/unitPrice']],
  ['a negative allowance', receptive({ allowance: -1 }), ['/receptive/allowance']],
  ['a limit beyond counting', receptive({ limit: 2 ** 53 }), ['/receptive/limit']],
  ['a category with a slash', { active: { default: flat('1'), 'a/b': flat('1') } }, ['/active/a~1b']],
  ['two faults', { monthlyFee: 'x', minimum: '1e2' }, ['/monthlyFee', '/minimum']],
])('%s is refused where it stands', (_name, changes, pointers) => {
  const read = readTerms(planTerms(changes));
  expect(read.ok ? [] : read.faults.map(({ pointer }) => pointer)).toEqual(pointers);
});

test('categories named like members of every object are categories like any other', () => {
  const active = { default: flat('1'), constructor: flat('2'), toString: flat('3') };
  const read = readTerms(planTerms({ active }));
  expect(read.ok ? Object.keys(read.terms.active) : []).toEqual(['constructor', 'tostring', 'default']);
  const hostile = {
    default: flat('1'),
    ...JSON.parse('{ "__proto__": [{ "upTo": null, "unitPrice": "1" }] }'),
  };
  expect(readTerms(planTerms({ active: hostile }))).toMatchObject({
    faults: [{ pointer: '/active/__proto__' }],
  });
});

test('a version holds from its period until the next one', () => {
  const versions = [version('2026-07'), version('2026-03'), version('2027-01')];
  const from = (period: string) => versionAt(versions, period)?.from;
  expect(['2026-02', '2026-03', '2026-06', '2026-07', '2026-12', '2028-01'].map(from)).toEqual([
    undefined,
    '2026-03',
    '2026-03',
    '2026-07',
    '2026-07',
    '2027-01',
  ]);
});
