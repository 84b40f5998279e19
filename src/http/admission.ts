import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem, retryAfter } from './problem.ts';

/** What a body of unknown length is taken for: the most a body may have. */
const UNKNOWN_BYTES = 1_048_576;

export interface Admission {
  /** Null: come in. What came in is in hand until its answer is out or its connection gone. */
  refusalOf(request: FastifyRequest, reply: FastifyReply): Problem | undefined;
}

/**
 * Refuses bodies before they are read, while the queue behind is full and once those in hand have `mostBytes`: memory
 * stays bounded under any load, and a refusal costs next to nothing (after reading, 40 ms for 1,000 events).
 */
export function createAdmission(mostBytes: number, isFull: () => boolean): Admission {
  let inHand = 0;
  return {
    refusalOf({ raw }, reply) {
      const bytes = Number(raw.headers['content-length'] ?? UNKNOWN_BYTES);
      if (isFull() || (inHand > 0 && inHand + bytes > mostBytes))
        return new Problem('intake-full', undefined, { headers: retryAfter(1) });
      inHand += bytes;
      reply.raw.once('close', () => {
        inHand -= bytes;
      });
      return undefined;
    },
  };
}
