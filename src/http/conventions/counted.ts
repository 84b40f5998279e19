import type { FastifyReply, FastifySchema } from 'fastify';
import { z } from 'zod';
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

const WAIT_MS = 10_000;
const LOOK_EVERY_MS = 10;

/** Every read takes `after=<receipt>` and waits here. Problems: `invalid-receipt`, `not-yet-counted`, `shutting-down`. */
export function waitForReceipts(app: App, { db, partitions }: Pick<AppDeps, 'db' | 'partitions'>): void {
  const waiting = createWaiting(() => liveNextOffsets(db));
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  app.addHook('onRoute', (route) => {
    if (isRead(route.method)) route.schema = withAfter(route.schema);
  });
  // With a callback: requests without a receipt wait for nothing.
  app.addHook('preHandler', (request, reply, done) => {
    const { after } = request.query as { after?: string };
    if (after === undefined || !isRead(request.method)) done();
    else counted(after, reply).then(() => done(), done);
  });

  async function counted(after: string, reply: FastifyReply): Promise<void> {
    const receipt = decodeReceipt(after, partitions);
    if (receipt === null) throw new Problem('invalid-receipt');
    const limit = AbortSignal.timeout(WAIT_MS);
    if (await waiting.until(receipt, AbortSignal.any([limit, closing.signal, goneSignal(reply)]))) return;
    if (closing.signal.aborted) throw new Problem('shutting-down', undefined, { headers: retryAfter(1) });
    throw new Problem('not-yet-counted');
  }
}

function isRead(method: string | string[]): boolean {
  return method === 'GET' || method === 'HEAD';
}

function withAfter({ querystring, response, ...schema }: FastifySchema = {}): FastifySchema {
  return {
    ...schema,
    querystring: queryOf(querystring).extend(afterQuery),
    response: withProblems(response, 'invalid-request', 'invalid-receipt', 'not-yet-counted'),
  };
}

/** Aborts when the connection closes before the answer is out. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}

interface Waiting {
  /** Resolves with whether the positions passed those of the receipt before the signal aborted. */
  until(receipt: ReadonlyMap<number, number>, signal: AbortSignal): Promise<boolean>;
}

interface Waiter {
  receipt: ReadonlyMap<number, number>;
  signal: AbortSignal;
  settle(counted: boolean): void;
  fail(error: unknown): void;
}

/** However many wait, one look at the positions every 10 ms serves all of them; without waiters there is none. */
export function createWaiting(look: () => Promise<ReadonlyMap<number, number>>): Waiting {
  const waiters = new Set<Waiter>();
  let watching = false;

  async function watch(): Promise<void> {
    watching = true;
    while (waiters.size > 0) {
      try {
        const positions = await look();
        for (const waiter of waiters) if (covers(positions, waiter.receipt)) waiter.settle(true);
      } catch (error) {
        for (const waiter of waiters) waiter.fail(error);
      }
      if (waiters.size > 0) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    watching = false;
  }

  return {
    until: (receipt, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return resolve(false);
        const end = () => {
          waiters.delete(waiter);
          signal.removeEventListener('abort', onAbort);
        };
        const waiter: Waiter = {
          receipt,
          signal,
          settle(counted) {
            end();
            resolve(counted);
          },
          fail(error) {
            end();
            reject(error);
          },
        };
        const onAbort = () => waiter.settle(false);
        signal.addEventListener('abort', onAbort);
        waiters.add(waiter);
        if (!watching) void watch();
      }),
  };
}

function covers(positions: ReadonlyMap<number, number>, receipt: ReadonlyMap<number, number>): boolean {
  for (const [partition, next] of receipt) if ((positions.get(partition) ?? 0) < next) return false;
  return true;
}
