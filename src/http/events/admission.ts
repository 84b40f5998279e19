/** Which bodies are read: none of a sender that already has its share of what is in hand. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { createShares, type Sender } from '../../intake/shares.ts';
import { Problem, retryAfter } from '../problems/problem.ts';
import type { BodyMeter } from '../server/body.ts';

/**
 * With every byte that arrives, so many of those that were announced are expected soon: the first piece off a fast
 * connection (64 KiB) stands for the whole body, and of too many some are refused then and not when most of each is here.
 */
const FORESIGHT = 16;

/** Undefined: come in. What arrives is in hand until its answer is out or its connection gone. */
type Admission = (request: FastifyRequest, reply: FastifyReply) => Problem | undefined;

/**
 * Refuses bodies before they are read where the queue behind is full for their sender, or they would take more than its
 * share of the bytes in hand. So memory stays bounded under any load, and a refusal costs next to nothing (after reading,
 * 40 ms for 1,000 events). Bytes count as they arrive, for what was only announced may never come.
 */
export function createAdmission(
  most: { one: number; inHand: number },
  senderFor: (request: FastifyRequest) => Sender,
  isFull: (sender: Sender) => boolean,
): Admission {
  const shares = createShares(most.inHand);
  const full = () => new Problem('intake-full', undefined, { headers: retryAfter(1) });
  return (request, reply) => {
    const { 'content-length': length, 'content-encoding': coding } = request.raw.headers;
    const declared = length === undefined ? 0 : Number(length);
    if (declared > most.one && coding === undefined) return new Problem('body-too-large');
    const sender = senderFor(request);
    if (isFull(sender) || !shares.fits(sender, declared)) return full();
    let arrived = 0;
    let held = 0;
    const meter: BodyMeter = {
      add(bytes) {
        arrived += bytes;
        const more = Math.max(arrived, Math.min(declared, FORESIGHT * arrived)) - held;
        if (!shares.take(sender, more)) return full();
        held += more;
        return null;
      },
      release() {
        shares.giveBack(sender, held);
        held = 0;
      },
    };
    request.bodyMeter = meter;
    reply.raw.once('close', meter.release);
    return undefined;
  };
}
