/** By what a request is found again: it stands in its answer, in problems, in log lines and in traces. */

import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export const REQUEST_ID = 'x-request-id';

/** What is taken over: short, and nothing that another program could take for more than a name. */
const NAME = /^[\w.:/+=@-]{1,128}$/;

/** The sender's own name for its request where it gave one, else a new one. */
export function requestIdOf({ headers }: { headers: IncomingHttpHeaders }): string {
  const given = headers[REQUEST_ID];
  return typeof given === 'string' && NAME.test(given) ? given : randomUUID();
}
