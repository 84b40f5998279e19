import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createShares, type Sender } from './shares.ts';

const of = (key: string, tenant: string | null = null): Sender => ({ key, tenant });

/** How many pieces of a size somebody gets. */
function fill(shares: ReturnType<typeof createShares>, sender: Sender, piece = 1): number {
  let taken = 0;
  while (shares.take(sender, piece)) taken += piece;
  return taken;
}

test('alone a sender has all that one may have, and leaves half of that to whoever comes', () => {
  const shares = createShares(100);
  expect(fill(shares, of('greedy'))).toBe(100);
  expect(fill(shares, of('other'))).toBeGreaterThanOrEqual(30);
  expect(shares.take(of('third'), 5)).toBe(true);
});

test('many keys of one tenant have its share and no more', () => {
  const shares = createShares(100);
  const taken = ['a', 'b', 'c', 'd', 'e'].map((key) => fill(shares, of(key, 'acme')));
  expect(taken.reduce((sum, one) => sum + one)).toBe(100);
  expect(fill(shares, of('x', 'other'))).toBeGreaterThanOrEqual(30);
});

test('what is given back is there again, for any senders in any order', () => {
  const step = fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    tenant: fc.constantFrom('t', 'u', null),
    amount: fc.integer({ min: 1, max: 60 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const shares = createShares(100);
      const taken = steps.filter((one) => shares.take(one, one.amount));
      const sum = taken.reduce((total, { amount }) => total + amount, 0);
      expect(shares.held()).toBe(sum);
      expect(sum).toBeLessThan(150);
      // Whoever has nothing yet finds room, however many are there.
      expect(shares.fits(of('new', 'newcomer'), Math.floor((150 - sum) / 2))).toBe(true);
      for (const one of taken) shares.giveBack(one, one.amount);
      expect([shares.held(), shares.fits(of('a', 't'), 100)]).toEqual([0, true]);
    }),
  );
});
