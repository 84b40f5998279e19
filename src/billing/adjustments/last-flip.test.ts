import { expect, test } from '@jest/globals';
import { lastFlip } from './last-flip.ts';

/** What is found in a history of states, the first of before all steps; and how often it was asked. */
function found(states: readonly boolean[], known: boolean | null = null) {
  const search = lastFlip(states.length - 1, known);
  let next = search.next();
  let asked = 0;
  for (; next.done !== true; asked++) next = search.next(states[next.value] as boolean);
  return { flip: next.value, asked };
}

test('every history of up to ten steps tells a step after which it was as it is', () => {
  for (let length = 1; length <= 11; length++) {
    for (let bits = 0; bits < 1 << length; bits++) {
      const states = Array.from({ length }, (_, i) => ((bits >> i) & 1) === 1);
      const now = states.at(-1) as boolean;
      const { flip } = found(states);
      if (states.every((state) => state === now)) expect(flip).toBeNull();
      else {
        const { before } = flip ?? { before: -1 };
        expect([states[before], states[before + 1]]).toEqual([!now, now]);
        // What began as it ended is told by its last step: it went back and forth.
        if (states[0] === now) expect(before).toBe(states.lastIndexOf(!now));
      }
    }
  }
});

test('a long history is asked about a few times', () => {
  const flipped = Array.from({ length: 200_001 }, (_, i) => i > 123_456);
  expect(found(flipped)).toMatchObject({ flip: { before: 123_456, now: true } });
  expect(found(flipped).asked).toBeLessThan(22);
  expect(found(flipped, true).asked).toBeLessThan(20);
  const never = Array.from({ length: 200_001 }, () => true);
  expect(found(never).flip).toBeNull();
  expect(found(never).asked).toBeLessThan(50);
});
