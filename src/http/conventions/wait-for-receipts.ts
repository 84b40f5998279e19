/** `after=<receipt>`: reads that wait until what was posted is counted. */

import type { FastifyReply, FastifySchema } from 'fastify';
import { z } from 'zod';
import { createPositionWaiter, type PositionWaiter } from '../../projection/read/position-waiter.ts';
import { liveNextOffsets } from '../../projection/tables/positions.ts';
import type { App, AppDeps } from '../deps.ts';
import { Problem, retryAfter, withProblems } from '../problems/problem.ts';
import { decodeReceipt } from './receipt.ts';
import { queryOf } from './schemas.ts';

const afterQuery = {
  after: z.string().optional().meta({
    description: '`receipt` of a POST: wait, up to 10 s, until everything that it covers is counted',
  }),
};

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether it reads the projection over `readDb` and `slowReadDb`. */
    readsReplica?: true;
  }
}

const WAIT_MS = 10_000;

/** Every read takes `after=<receipt>` and waits here. Problems: `invalid-receipt`, `not-yet-counted`, `shutting-down`. */
export function waitForReceipts(
  app: App,
  { db, countedDb, partitions }: Pick<AppDeps, 'db' | 'countedDb' | 'partitions'>,
): void {
  const onPrimary = createPositionWaiter(() => liveNextOffsets(db));
  const whereRead = createPositionWaiter(() => liveNextOffsets(countedDb()));
  const ends = waitingEnds(app);
  app.addHook('onRoute', (route) => {
    if (isRead(route.method)) route.schema = withAfter(route.schema);
  });
  // With a callback: requests without a receipt wait for nothing.
  app.addHook('preHandler', (request, reply, done) => {
    const { after } = request.query as { after?: string };
    if (after === undefined || !isRead(request.method)) done();
    else {
      const waiter = request.routeOptions.config.readsReplica === true ? whereRead : onPrimary;
      counted(waiter, after, reply).then(() => done(), done);
    }
  });

  async function counted(waiter: PositionWaiter, after: string, reply: FastifyReply): Promise<void> {
    const receipt = decodeReceipt(after, partitions);
    if (receipt === null) throw new Problem('invalid-receipt');
    const limit = AbortSignal.any([AbortSignal.timeout(WAIT_MS), ends.signal(reply)]);
    if (await waiter.until(receipt, limit)) return;
    ends.throwIfStopping();
    throw new Problem('not-yet-counted');
  }
}

export function isRead(method: string | string[]): boolean {
  return method === 'GET' || method === 'HEAD';
}

function withAfter({ querystring, response, ...schema }: FastifySchema = {}): FastifySchema {
  return {
    ...schema,
    querystring: queryOf(querystring).extend(afterQuery),
    response: withProblems(response, 'invalid-request', 'invalid-receipt', 'not-yet-counted'),
  };
}

/** What ends the waiting of a request before its time. */
interface WaitingEnds {
  /** Aborts when the service stops, or the connection closes before the answer is out. */
  signal(reply: FastifyReply): AbortSignal;
  /** Throws the problem `shutting-down`. */
  throwIfStopping(): void;
}

export function waitingEnds(app: App): WaitingEnds {
  const stopping = new AbortController();
  app.addHook('preClose', async () => stopping.abort());
  return {
    signal(reply) {
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      return AbortSignal.any([stopping.signal, gone.signal]);
    },
    throwIfStopping() {
      if (stopping.signal.aborted) throw new Problem('shutting-down', undefined, { headers: retryAfter(1) });
    },
  };
}
