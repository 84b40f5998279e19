/** What the routes of connections have in common. */

import { z } from 'zod';
import { say } from '../../domain/sentences.ts';
import { type Key, limitedRefused } from '../../keys/rights.ts';
import { token } from '../../schemas.ts';
import type { AppDeps } from '../deps.ts';
import { Problem, problemFrom } from '../problems/problem.ts';

export const tags = ['Connections'];

export const connectionParams = z.object({
  connection: token.meta({ description: 'Name of the connection' }),
});

/** A connection may bring events of any tenant. */
export function requireUnlimited(key: Key): void {
  const refused = limitedRefused(key, say('Connections'));
  if (refused !== null) throw problemFrom(refused.refusal);
}

/** Throws the problem `not-found`. */
export function requireConnection(connections: Pick<AppDeps['connections'], 'get'>, name: string) {
  const connection = connections.get(name);
  if (connection === undefined) throw new Problem('not-found', say('There is no such connection.'));
  return connection;
}
