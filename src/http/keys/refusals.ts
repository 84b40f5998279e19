/** The record of refused credentials, in the service's own log: who tried what, without filling the disk. */

import type { FastifyBaseLogger } from 'fastify';

/** Lines a minute; the others are counted. */
const MOST = 20;
const MINUTE_MS = 60_000;

/** A request that was answered 401 or 403. */
export interface RefusedAccess {
  address: string;
  /** Id of the key, where it is one that was ever good. */
  key: string | null;
  method: string;
  /** As the description names it. */
  route: string;
  status: number;
}

export interface AccessRecord {
  note(refused: RefusedAccess): void;
  /** Says what is not yet said. */
  stop(): void;
}

export function recordRefusals(
  logger: Pick<FastifyBaseLogger, 'warn'>,
  { most = MOST, everyMs = MINUTE_MS }: { most?: number; everyMs?: number } = {},
): AccessRecord {
  let lines = 0;
  let suppressed = 0;
  let timer: NodeJS.Timeout | null = null;

  function settle(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (suppressed > 0)
      logger.warn({ suppressed }, 'more requests with refused credentials than are recorded');
    lines = 0;
    suppressed = 0;
  }

  return {
    note(refused) {
      timer ??= setTimeout(settle, everyMs).unref();
      if (lines >= most) {
        suppressed++;
        return;
      }
      lines++;
      logger.warn(refused, 'credentials were refused');
    },
    stop: settle,
  };
}
