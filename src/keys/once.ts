/** What is made once, however often the request for it comes: its id follows from who asks and what they named the request. */

import { hash, randomBytes } from 'node:crypto';
import type { Key } from './rights.ts';

/** Hex of so many bytes; random where the request has no name. */
export function idOnce(by: Pick<Key, 'id'>, request: string | undefined, bytes: number): string {
  return request === undefined
    ? randomBytes(bytes).toString('hex')
    : hash('sha256', JSON.stringify([by.id, request]), 'hex').slice(0, 2 * bytes);
}
