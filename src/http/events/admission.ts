/** Which bodies are read: none of a sender that already has its share of what is in hand. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Limits } from '../../config.ts';
import { createShares, type Sender, type Shares } from '../../intake/shares.ts';
import { createEventRates, type EventRates } from '../keys/rate-limits.ts';
import { Problem, retryAfter } from '../problems/problem.ts';
import type { BodyMeter } from '../server/body.ts';

/**
 * Bodies of one sender being read or waiting for the log, where it is alone; all senders, by whatever door they come, have
 * half as much again. What they are parsed into takes some five times as much, so that ingest stays below 250 MB whatever
 * arrives.
 */
const MOST_BYTES_IN_HAND = 32 * 1024 * 1024;

/** What all doors of intake have together, so that a second door is no second share. */
export interface IntakeRoom {
  /** Bytes of bodies in hand. */
  bodies: Shares;
  /** Events a second. */
  rates: EventRates;
}

export function createIntakeRoom(limits: Limits): IntakeRoom {
  return { bodies: createShares(MOST_BYTES_IN_HAND), rates: createEventRates(limits) };
}

/**
 * With every byte that arrives, so many of those that were announced are expected soon: the first piece off a fast
 * connection (64 KiB) stands for the whole body, and of too many some are refused then and not when most of each is here.
 */
const FORESIGHT = 16;

interface Most {
  /** Bytes of one body. */
  one: number;
  /** Bytes in hand of one sender, even where it is alone; left out: `MOST_BYTES_IN_HAND`. */
  ofSender?: number;
}

/** Undefined: come in. What arrives is in hand until its answer is out or its connection gone. */
type Admission = (request: FastifyRequest, reply: FastifyReply) => Problem | undefined;

/**
 * Refuses bodies before they are read where the queue behind is full for their sender, or they would take more than its
 * share of the bytes in hand. So memory stays bounded under any load, and a refusal costs next to nothing (after reading,
 * 40 ms for 1,000 events). Bytes count as they arrive, for what was only announced may never come.
 */
export function createAdmission(
  shares: Shares,
  most: Most,
  senderFor: (request: FastifyRequest) => Sender,
  isFull: (sender: Sender) => boolean,
): Admission {
  const fits = (sender: Sender, bytes: number) =>
    shares.heldBy(sender) + bytes <= (most.ofSender ?? MOST_BYTES_IN_HAND) && shares.fits(sender, bytes);
  const full = () => new Problem('intake-full', undefined, { headers: retryAfter(1) });
  return (request, reply) => {
    const { 'content-length': length, 'content-encoding': coding } = request.raw.headers;
    const declared = length === undefined ? 0 : Number(length);
    if (declared > most.one && coding === undefined) return new Problem('body-too-large');
    const sender = senderFor(request);
    if (isFull(sender) || !fits(sender, declared)) return full();
    let arrived = 0;
    let held = 0;
    const meter: BodyMeter = {
      add(bytes) {
        arrived += bytes;
        const more = Math.max(arrived, Math.min(declared, FORESIGHT * arrived)) - held;
        if (!fits(sender, more) || !shares.take(sender, more)) return full();
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
