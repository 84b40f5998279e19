/** Which events of a batch may be repeats: those are looked up before they are stored, of all others the primary key says it. */

import type { BatchEvent } from '../tables/events.ts';

export interface Repeats {
  /** Whether an event of this key may be stored already. Never false of one that this process stored lately. */
  maybe(event: Pick<BatchEvent, 'key'>): boolean;
  /** To be called of every event that is about to be stored. */
  note(event: Pick<BatchEvent, 'key'>): void;
  /** A repeat was taken for new: for a while everything is looked up. */
  missed(): void;
}

/** For every batch: everything is looked up. */
export const ALWAYS: Repeats = { maybe: () => true, note: () => undefined, missed: () => undefined };

interface Memory {
  /** Keys that are remembered at least; the most are twice as many. */
  keys: number;
  /** For so many events after a repeat was missed everything is looked up. */
  afterMiss: number;
  /** Of a Bloom filter, a multiple of 32; two for each key. */
  bits: number;
}

/** A Bloom filter of 1 MB: of so many keys it takes some 1.5 % of the others for repeats. */
const MEMORY: Memory = { keys: 500_000, afterMiss: 400_000, bits: 2 ** 23 };

export function createRepeats({ keys, afterMiss, bits }: Memory = MEMORY): Repeats {
  let latest = createFilter(bits);
  let former = createFilter(bits);
  let count = 0;
  let wary = 0;
  return {
    maybe({ key }) {
      if (wary > 0) {
        wary--;
        return true;
      }
      const [first, second] = bitsOf(key, bits);
      return (has(latest, first) && has(latest, second)) || (has(former, first) && has(former, second));
    },
    note({ key }) {
      if (count === keys) {
        former = latest;
        latest = createFilter(bits);
        count = 0;
      }
      count++;
      for (const bit of bitsOf(key, bits)) set(latest, bit);
    },
    missed() {
      wary = afterMiss;
    },
  };
}

function createFilter(bits: number): Uint32Array {
  return new Uint32Array(bits / 32);
}

/** Hashes are random, so that any part of one is a hash. Expects 32 hex digits. */
function bitsOf(key: string, bits: number): [number, number] {
  return [Number.parseInt(key.slice(0, 8), 16) % bits, Number.parseInt(key.slice(8, 16), 16) % bits];
}

function has(filter: Uint32Array, bit: number): boolean {
  return ((filter[bit >>> 5] as number) & (1 << (bit & 31))) !== 0;
}

function set(filter: Uint32Array, bit: number): void {
  filter[bit >>> 5] = (filter[bit >>> 5] as number) | (1 << (bit & 31));
}
