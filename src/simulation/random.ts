/** Numbers in [0, 1) from a seed: mulberry32 by Tommy Ettinger, public domain. The same seed gives the same numbers. */
export type Random = () => number;

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function chance(random: Random, probability: number): boolean {
  return random() < probability;
}

/** A whole number from `min` to `max`, both included. */
export function between(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1));
}

export function pick<T>(random: Random, items: readonly [T, ...T[]]): T {
  return items[Math.floor(random() * items.length)] ?? items[0];
}

/** Index of a weight, chosen in proportion to it. */
export function pickWeighted(random: Random, weights: readonly number[]): number {
  let rest = random() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, weight] of weights.entries()) {
    rest -= weight;
    if (rest < 0) return index;
  }
  return weights.length - 1;
}

/** A waiting time with this mean (exponential). */
export function wait(random: Random, mean: number): number {
  return -Math.log(1 - random()) * mean;
}

/** A time between `min` and `max` whose order of magnitude is as likely as any other (log-uniform). */
export function anyMagnitude(random: Random, min: number, max: number): number {
  return min * (max / min) ** random();
}
