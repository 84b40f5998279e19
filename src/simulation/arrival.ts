/** When events arrive: late, repeated, out of order. */

import { anyMagnitude, chance, type Random, wait } from './random.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Shares of the events that come late, by hours to weeks, and that come twice. */
const LATE = 0.03;
const TWICE = 0.02;

/** When an event that happened at `at` (ms) reaches the platform: once, or twice where its sender tried again. */
export function arrivals(random: Random, at: number): number[] {
  const delay = chance(random, LATE) ? anyMagnitude(random, HOUR, 21 * DAY) : wait(random, 5 * SECOND);
  const first = at + delay;
  return chance(random, TWICE) ? [first, first + anyMagnitude(random, SECOND, 3 * DAY)] : [first];
}

/** Sorts a long stream by a key of which only a stretch is known at a time, an hour of it in one go. */
export function createSorter<T>() {
  const hours = new Map<number, { key: number; item: T }[]>();

  function* drain(before: number): Generator<T> {
    const due = [...hours.keys()].filter((hour) => hour < before).sort((a, b) => a - b);
    for (const hour of due) {
      const items = hours.get(hour) ?? [];
      hours.delete(hour);
      for (const { item } of items.sort((a, b) => a.key - b.key)) yield item;
    }
  }

  return {
    add(key: number, item: T): void {
      const hour = Math.floor(key / HOUR);
      const items = hours.get(hour);
      if (items === undefined) hours.set(hour, [{ key, item }]);
      else items.push({ key, item });
    },
    /** What lies before this key; whoever calls it adds nothing before it any more. */
    before: (key: number) => drain(Math.floor(key / HOUR)),
    rest: () => drain(Number.POSITIVE_INFINITY),
  };
}
