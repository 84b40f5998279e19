/** Known keys, kept in memory for as long as a revocation may take. */

import { within } from '../async.ts';
import type { Key } from './rights.ts';

/** After this a known key is looked up again in the background; requests go on with what is known. */
const FRESH_MS = 2_000;
/** After this a request waits for the look-up, so that a revoked key stops within 5 s. */
const STALE_MS = 4_000;
/** Longer than this no request waits for a look-up: a database that stands still answers nothing, not even an error. */
const LOOKUP_TIMEOUT_MS = 3_000;
const MOST_KEYS = 10_000;

interface KeyCache {
  /** The key where no wait is needed; undefined: ask `get`. */
  peek(secretHash: string): Key | null | undefined;
  get(secretHash: string): Promise<Key | null>;
}

interface Entry {
  key: Key | null;
  /** When the look-up that gave it began. */
  asOf: number;
}

interface KeyCacheOptions {
  /** Monotonic, ms: setting the wall clock back must not keep a key alive. */
  clock?(): number;
  find(secretHash: string): Promise<Key | null>;
  /** What a request is refused with that waited too long for a look-up. */
  tooLate(): Error;
  /** Default: 3 s. */
  timeoutMs?: number;
}

/**
 * Keeps the database off the path of every request. Unknown keys are remembered as well. While the database cannot be
 * asked, keys are refused with `tooLate` rather than trusted for longer than a revocation may take.
 */
export function createKeyCache(options: KeyCacheOptions): KeyCache {
  const { clock = () => performance.now(), find, tooLate, timeoutMs = LOOKUP_TIMEOUT_MS } = options;
  const entries = new Map<string, Entry>();
  const pending = new Map<string, Promise<Key | null>>();

  async function lookUp(secretHash: string): Promise<Key | null> {
    const asOf = clock();
    const key = await find(secretHash);
    entries.delete(secretHash);
    if (entries.size >= MOST_KEYS) entries.delete(entries.keys().next().value ?? '');
    entries.set(secretHash, { key, asOf });
    return key;
  }

  function get(secretHash: string): Promise<Key | null> {
    const running = pending.get(secretHash);
    if (running !== undefined) return running;
    const started = within(timeoutMs, lookUp(secretHash), tooLate).finally(() => pending.delete(secretHash));
    pending.set(secretHash, started);
    return started;
  }

  return {
    get,
    peek(secretHash) {
      const entry = entries.get(secretHash);
      if (entry === undefined) return undefined;
      const age = clock() - entry.asOf;
      if (age >= STALE_MS) return undefined;
      // A failed look-up is met again, and told, by the request that finds the entry too old.
      if (age >= FRESH_MS) get(secretHash).catch(() => undefined);
      return entry.key;
    },
  };
}
