/**
 * Delivers notifications while the service runs: a table and one loop. Deliveries must be listed and kept anyway, so a
 * queue beside them would keep the same state twice.
 */

import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import { createBackoff, createSignal, pause, startLoop } from '../async.ts';
import type { Metrics } from '../metrics.ts';
import type { Tables } from '../store/tables.ts';
import { type Claim, claimDue, deliveryState, giveBack, noteAttempt } from './attempts.ts';
import { forgetOld } from './deliveries.ts';
import { type Attempt, send } from './send.ts';
import { signatureHeaders } from './signature.ts';
import { type MasterSealer, secretsOf } from './webhooks.ts';

interface DeliverDeps {
  db: Kysely<Tables>;
  sealer: Pick<MasterSealer, 'open'>;
  allowInsecure: boolean;
  /** ms since 1970 */
  clock(): number;
  metrics: Pick<
    Metrics,
    'webhookAttempts' | 'deliveriesWaiting' | 'deliveriesOverdue' | 'webhooksDisabled' | 'webhooksFailing'
  >;
  logger: Pick<Logger, 'warn' | 'debug'>;
}

const LOOK_MS = 200;
const MEASURE_MS = 5_000;
const FORGET_MS = 60 * 60_000;
/** Attempts under way at webhooks that fail, and as many at those that do not. */
const MOST_AT_ONCE = 256;

/** Goes on until stopped; then what is under way is broken off and given back. */
export function startDelivering(deps: DeliverDeps): { stop(): Promise<void> } {
  const { db, clock, logger, metrics } = deps;
  for (const outcome of ['delivered', 'failed']) metrics.webhookAttempts.inc({ outcome }, 0);
  const lanes = [createLane(deps, false), createLane(deps, true)];
  const loops = [
    ...lanes.map(({ take, settled }) =>
      startLoop((signal) => repeat(signal, LOOK_MS, logger, () => take(signal)).then(settled)),
    ),
    startLoop((signal) => repeat(signal, MEASURE_MS, logger, () => measure(deps))),
    startLoop((signal) => repeat(signal, FORGET_MS, logger, () => forgetOld(db, clock()))),
  ];
  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}

/** Does something again and again, also after a failure. */
async function repeat(
  signal: AbortSignal,
  everyMs: number,
  logger: DeliverDeps['logger'],
  work: () => Promise<void>,
): Promise<void> {
  const backoff = createBackoff();
  while (!signal.aborted) {
    try {
      await work();
      backoff.reset();
      await pause(everyMs, signal);
    } catch (error) {
      if (!signal.aborted) logger.warn({ err: error }, 'notifications could not be worked on; trying again');
      await pause(backoff.next(), signal);
    }
  }
}

interface Lane {
  /** Begins attempts until nothing is due. */
  take(signal: AbortSignal): Promise<void>;
  /** Resolves once none is under way. */
  settled(): Promise<void>;
}

/** Attempts at webhooks of which the last one failed, or at the others: a dead one takes no place from a live one. */
function createLane(deps: DeliverDeps, failing: boolean): Lane {
  const { db, clock, logger } = deps;
  const underWay = new Map<Claim, Promise<void>>();
  const ended = createSignal();

  function begin(claim: Claim, signal: AbortSignal): void {
    const attempt = attemptOne(deps, claim, signal)
      .catch((error: unknown) => {
        // It is tried again once the claim has run out.
        logger.warn({ err: error, webhook: claim.webhook }, 'what came of a delivery could not be noted');
      })
      .finally(() => {
        underWay.delete(claim);
        ended.notify();
      });
    underWay.set(claim, attempt);
  }

  async function take(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const busy = new Map<string, number>();
      for (const { webhook } of underWay.keys()) busy.set(webhook, (busy.get(webhook) ?? 0) + 1);
      const free = MOST_AT_ONCE - underWay.size;
      const claims = await claimDue(db, { failing, free, busy, at: clock() });
      if (claims.length === 0) return;
      const oneEnded = ended.wait();
      for (const claim of claims) begin(claim, signal);
      await Promise.race([oneEnded, pause(LOOK_MS, signal)]);
    }
  }

  return {
    take,
    async settled() {
      await Promise.all(underWay.values());
    },
  };
}

async function attemptOne(deps: DeliverDeps, claim: Claim, signal: AbortSignal): Promise<void> {
  const { db, clock, metrics } = deps;
  let attempt: Attempt;
  try {
    attempt = await send(requestOf(deps, claim), { allowInsecure: deps.allowInsecure, signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    return await giveBack(db, claim, clock());
  }
  const delivered = await noteAttempt(db, claim, attempt, clock());
  metrics.webhookAttempts.inc({ outcome: delivered ? 'delivered' : 'failed' });
}

function requestOf({ sealer, clock }: DeliverDeps, claim: Claim) {
  const at = clock();
  const { url, body, notification: id } = claim;
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'janela',
    ...signatureHeaders(secretsOf(claim, sealer, at), { id, at, body }),
  };
  return { url, body, headers };
}

async function measure({ db, clock, metrics }: DeliverDeps): Promise<void> {
  const { waiting, disabled, failing, overdue } = await deliveryState(db, clock());
  metrics.deliveriesWaiting.set(waiting);
  metrics.deliveriesOverdue.set(overdue / 1_000);
  metrics.webhooksDisabled.set(disabled);
  metrics.webhooksFailing.set(failing);
}
