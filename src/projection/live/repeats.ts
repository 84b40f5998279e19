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
      const hash = hashIn(key);
      const [first, second] = [hash % bits, otherHash(hash) % bits];
      return (has(latest, first) && has(latest, second)) || (has(former, first) && has(former, second));
    },
    note({ key }) {
      if (count === keys) {
        former = latest;
        latest = createFilter(bits);
        count = 0;
      }
      count++;
      const hash = hashIn(key);
      set(latest, hash % bits);
      set(latest, otherHash(hash) % bits);
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
function hashIn(key: string): number {
  return Number.parseInt(key.slice(0, 8), 16);
}

/** Another one of the same 32 bits, by multiplication (Knuth, The Art of Computer Programming 3, 6.4). */
function otherHash(hash: number): number {
  const product = Math.imul(hash, 0x9e3779b1);
  return ((product >>> 15) ^ product) >>> 0;
}

function has(filter: Uint32Array, bit: number): boolean {
  return ((filter[bit >>> 5] as number) & (1 << (bit & 31))) !== 0;
}

function set(filter: Uint32Array, bit: number): void {
  filter[bit >>> 5] = (filter[bit >>> 5] as number) | (1 << (bit & 31));
}
