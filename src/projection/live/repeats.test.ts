import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { createRepeats } from './repeats.ts';

const keyOf = (name: string) => ({ key: createHash('sha256').update(name).digest('hex').slice(0, 32) });

test('what was stored lately may be a repeat, however much came since; of the rest next to nothing is taken for one', () => {
  const repeats = createRepeats();
  const own = Array.from({ length: 1_000 }, (_, i) => keyOf(`own ${i}`));
  for (const event of own) repeats.note(event);
  // The filters turn once, at the worst moment for the first ones.
  for (let i = 0; i < 999_000; i++) repeats.note(keyOf(`other ${i}`));
  expect(own.filter((event) => !repeats.maybe(event))).toEqual([]);
  const strangers = Array.from({ length: 10_000 }, (_, i) => keyOf(`stranger ${i}`));
  expect(strangers.filter((event) => repeats.maybe(event)).length).toBeLessThan(500);
});

test('after a repeat was missed everything may be one, for a while', () => {
  const repeats = createRepeats();
  const stranger = keyOf('stranger');
  expect(repeats.maybe(stranger)).toBe(false);
  repeats.missed();
  let looked = 0;
  while (repeats.maybe(stranger)) looked++;
  expect(looked).toBe(400_000);
});
