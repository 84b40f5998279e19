/**
 * Who acts where the service asks its own API, as pages do: such a request carries no secret, and none can be sent from
 * outside that is taken for one.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Key } from '../../keys/rights.ts';

/** A key by the SHA-256 (hex) of its secret, good for as long as that key is; or one that is stored nowhere. */
export type Acting = { secretHash: string } | { key: Key };

const acting = new AsyncLocalStorage<Acting>();

/** Requests that `ask` makes of this process are those of `who`. */
export function actAs<T>(who: Acting, ask: () => T): T {
  return acting.run(who, ask);
}

/** null: the request came from outside. */
export function actingNow(): Acting | null {
  return acting.getStore() ?? null;
}
