/** So many of the last steps are tried one by one; further back the distance doubles. */
const ONE_BY_ONE = 32;

/** Where something last became what it is: at the step after the first `before`. */
export interface Flip {
  before: number;
  now: boolean;
}

/**
 * Looks for the last of some steps at which something became what it is after all of them; null: at none. Yields after
 * how many steps it needs to know how it was, and is given that. Of what went back and forth and began as it ended, steps
 * further back than some are tried by ever longer leaps, and what came and went between two of them is not seen.
 * `now`: known, and that it was otherwise before the first step.
 */
export function* lastFlip(steps: number, known: boolean | null): Generator<number, Flip | null, boolean> {
  if (steps === 0) return null;
  const now = known ?? (yield steps);
  let before = 0;
  let after = steps;
  if (known === null && (yield 0) === now) {
    for (let back = 1; ; back = back < ONE_BY_ONE ? back + 1 : 2 * back) {
      before = Math.max(0, steps - back);
      if (before === 0) return null;
      if ((yield before) !== now) break;
      after = before;
    }
  }
  while (after - before > 1) {
    const middle = (before + after) >> 1;
    if ((yield middle) === now) after = middle;
    else before = middle;
  }
  return { before, now };
}
