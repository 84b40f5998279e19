import { expect, test } from '@jest/globals';
import {
  objection,
  type Subscription,
  subscriptionAt,
  withoutSubscription,
  withSubscription,
} from './subscription.ts';

const AS_PLANNED = { overrides: null, discount: null };
const basic: Subscription = { plan: 'basic', from: '2026-01', until: '2026-04', ...AS_PLANNED };
const pro: Subscription = { plan: 'pro', from: '2026-06', until: null, ...AS_PLANNED };
const timeline = [basic, pro];

test('a subscription covers its periods up to and without `until`', () => {
  const plan = (period: string) => subscriptionAt(timeline, period)?.plan ?? null;
  expect(['2025-12', '2026-01', '2026-03', '2026-04', '2026-06', '2031-01'].map(plan)).toEqual([
    null,
    'basic',
    'basic',
    null,
    'pro',
    'pro',
  ]);
});

test('putting one replaces the one with the same start, and keeps the order', () => {
  const shorter = { ...basic, until: '2026-02' };
  expect(withSubscription(timeline, shorter)).toEqual([shorter, pro]);
  const between = { plan: 'mid', from: '2026-04', until: '2026-06', ...AS_PLANNED };
  expect(withSubscription(timeline, between)).toEqual([basic, between, pro]);
  expect(withoutSubscription(timeline, '2026-01')).toEqual([pro]);
});

test.each<[string, Subscription, string | null]>([
  ['one that fills the gap', { plan: 'mid', from: '2026-04', until: '2026-06', ...AS_PLANNED }, null],
  [
    'one that starts inside another',
    { plan: 'mid', from: '2026-03', until: '2026-05', ...AS_PLANNED },
    'overlap',
  ],
  [
    'one that runs into the next',
    { plan: 'mid', from: '2026-04', until: '2026-07', ...AS_PLANNED },
    'overlap',
  ],
  ['an open one before another', { plan: 'mid', from: '2026-04', until: null, ...AS_PLANNED }, 'overlap'],
  ['one after an open one', { plan: 'mid', from: '2027-01', until: null, ...AS_PLANNED }, 'overlap'],
  ['one that ends as it starts', { plan: 'mid', from: '2026-04', until: '2026-04', ...AS_PLANNED }, 'empty'],
  [
    'one that ends before it starts',
    { plan: 'mid', from: '2026-05', until: '2026-04', ...AS_PLANNED },
    'empty',
  ],
])('%s', (_name, entry, kind) => {
  expect(objection(timeline, withSubscription(timeline, entry), [], [])?.kind ?? null).toBe(kind);
});

test('the plan of a final period stays, also where it is none', () => {
  const finals = ['2026-04', '2026-01', '2026-07'];
  const put = (entry: Subscription) => objection(timeline, withSubscription(timeline, entry), finals, []);
  expect(put({ ...pro, plan: 'other' })).toEqual({ kind: 'period-final', periods: ['2026-07'] });
  expect(put({ ...basic, until: '2026-05' })).toEqual({ kind: 'period-final', periods: ['2026-04'] });
  expect(objection(timeline, [], finals, [])).toEqual({
    kind: 'period-final',
    periods: ['2026-01', '2026-07'],
  });
});

test('a tenant may leave after its final periods, and register late before them', () => {
  const finals = ['2026-07'];
  expect(
    objection(timeline, withSubscription(timeline, { ...pro, until: '2026-08' }), finals, []),
  ).toBeNull();
  expect(objection([pro], withSubscription([pro], basic), finals, [])).toBeNull();
});

test('no period with a manual line is left without a plan, one that has none may stay so', () => {
  const manual = ['2026-07', '2026-02', '2026-05'];
  const left = (after: Subscription[], finals: string[] = []) => objection(timeline, after, finals, manual);
  expect(left([])).toEqual({ kind: 'manual-lines', periods: ['2026-02', '2026-07'] });
  expect(left(withSubscription(timeline, { ...pro, until: '2026-07' }))?.kind).toBe('manual-lines');
  expect(left(withSubscription(timeline, { ...pro, until: '2026-08' }))).toBeNull();
  expect(left(withSubscription(timeline, { ...pro, plan: 'other' }))).toBeNull();
  expect(left([], ['2026-07'])?.kind).toBe('period-final');
});

test('what was agreed beside the plan does not change under a final period either', () => {
  const timeline = [{ ...basic, overrides: { monthlyFee: '9.00' }, discount: { percent: '10' } }];
  const change = (entry: Subscription) =>
    objection(timeline, withSubscription(timeline, entry), ['2026-02'], []);
  const [agreed = basic] = timeline;
  expect(change({ ...agreed, until: null })).toBeNull();
  const refused = { kind: 'period-final', periods: ['2026-02'] };
  expect(change({ ...agreed, discount: null })).toEqual(refused);
  expect(change({ ...agreed, overrides: { monthlyFee: '8.00' } })).toEqual(refused);
});
