/** Keys by the hash of their secret: the administrator's, and those of the database, as long as a revocation may take. */

import { hash } from 'node:crypto';
import { say } from '../../domain/sentences.ts';
import { createKeyCache } from '../../keys/key-cache.ts';
import { type StoredKey, toKey } from '../../keys/keys.ts';
import { ADMINISTRATOR, type Key } from '../../keys/rights.ts';
import { Problem, retryAfter } from '../problems/problem.ts';

/** A secret is looked up by its SHA-256 (hex), so how long that takes says nothing about it. */
export interface KnownKeys {
  /** The key where no wait is needed, null where there is none; undefined: ask `get`. */
  peek(secretHash: string): Key | null | undefined;
  /** Rejects with the problem `database-unavailable`. */
  get(secretHash: string): Promise<Key | null>;
}

interface KnownKeysOptions {
  /** Secrets, each good for everything. */
  adminKeys: readonly string[];
  /** Finds the key by the SHA-256 of its secret. */
  findKey(secretHash: Buffer): Promise<StoredKey | null>;
}

export function createKnownKeys({ adminKeys, findKey }: KnownKeysOptions): KnownKeys {
  const adminHashes = new Set(adminKeys.map(hashOfSecret));
  const cache = createKeyCache({
    async find(secretHash) {
      const stored = await findKey(Buffer.from(secretHash, 'hex'));
      return stored === null ? null : toKey(stored);
    },
    tooLate: () =>
      new Problem('database-unavailable', say('The key could not be looked up in time.'), {
        headers: retryAfter(2),
      }),
  });
  return {
    peek: (secretHash) => (adminHashes.has(secretHash) ? ADMINISTRATOR : cache.peek(secretHash)),
    get: async (secretHash) => (adminHashes.has(secretHash) ? ADMINISTRATOR : await cache.get(secretHash)),
  };
}

export function hashOfSecret(secret: string): string {
  return hash('sha256', secret, 'hex');
}

export function hasEnded({ expiresAt }: Key, at: number): boolean {
  return expiresAt !== null && expiresAt <= at;
}
