/** How many reads run at the same time: of one key so few that there is room for the others. */

import { AsyncResource } from 'node:async_hooks';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { say } from '../../domain/sentences.ts';
import { senderOf } from '../../intake/shares.ts';
import type { App, AppDeps } from '../deps.ts';
import { Problem, retryAfter, withProblems } from '../problems/problem.ts';
import { wantsCsv } from './csv.ts';
import { isRead } from './wait-for-receipts.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether its reads may take seconds: they run among the slow ones then, over `slowDb`. Tables always do. */
    slow?: true | ((request: FastifyRequest) => boolean);
  }
}

interface LaneLimits {
  /** Reads that run at the same time; no more than the connections that they are given. */
  running: number;
  /** Of one key: fewer, so that two keys never take all of it. */
  runningOfKey: number;
  /** Of one key, running and waiting; beyond it they are refused. */
  inHandOfKey: number;
}

/** Reads that take milliseconds: a chat screen for hundreds of people may ask with one key. */
const QUICK: LaneLimits = { running: 8, runningOfKey: 4, inHandOfKey: 100 };
/** Tables, lists of invoices, explanations, histories. */
const SLOW: LaneLimits = { running: 6, runningOfKey: 2, inHandOfKey: 10 };
/** Longer than this no read waits for its turn. */
const PATIENCE_MS = 10_000;

/** Connections of the pools behind `db` and `slowDb`. Those of `db` are also for changes and waiting reads. */
export const QUICK_CONNECTIONS = QUICK.running + 2;
export const SLOW_CONNECTIONS = SLOW.running;
/** Pages at a time whose answers are kept to one moment; those beyond show each answer as it is read. */
export const PAGE_CONNECTIONS = 4;

/** Every read behind a key runs in one of two lanes, and waits for its turn there. Problem: `too-many-requests`. */
export function limitReads(app: App): void {
  const quick = createLane(QUICK);
  const slow = createLane(SLOW);
  app.addHook('onRoute', (route) => {
    if (isRead(route.method))
      route.schema = {
        ...route.schema,
        response: withProblems(route.schema?.response, 'too-many-requests'),
      };
  });
  // With a callback: where there is room it costs no wait.
  app.addHook('preHandler', (request, reply, done) => {
    if (!isRead(request.method)) done();
    else takePlace(isSlow(request) ? slow : quick, request, reply, done);
  });
}

function isSlow(request: FastifyRequest): boolean {
  const { slow } = request.routeOptions.config;
  return slow === true || slow?.(request) === true || wantsCsv(request);
}

/** The connections of the lane that a read runs in. */
export function laneDb(deps: Pick<AppDeps, 'db' | 'slowDb'>, request: FastifyRequest): AppDeps['db'] {
  return isSlow(request) ? deps.slowDb : deps.db;
}

function takePlace(
  lane: Lane,
  { key }: FastifyRequest,
  reply: FastifyReply,
  done: (error?: Problem) => void,
): void {
  const { tenant } = senderOf(key);
  // Whoever leaves calls it: without its own context the read would go on in that of another one, and see its moment.
  const start = AsyncResource.bind(() => {
    clearTimeout(patience);
    done();
  });
  const place = lane.enter(tenant ?? key.id, start);
  if (place === null) {
    const problem = new Problem('too-many-requests', say('The key has too many reads in hand.'), {
      headers: retryAfter(1),
    });
    done(problem);
    return;
  }
  const patience = setTimeout(() => {
    if (!place.giveUp()) return;
    const detail = say('The reads before it took too long.');
    done(new Problem('too-many-requests', detail, { headers: retryAfter(2) }));
  }, PATIENCE_MS);
  reply.raw.once('close', () => {
    clearTimeout(patience);
    place.leave();
  });
}

interface Place {
  /** Stops waiting; false: the turn has come. */
  giveUp(): boolean;
  /** Lets the next one in; may be called again. */
  leave(): void;
}

interface Lane {
  /** `start` is called once the turn has come, perhaps at once; null: the key has too many in hand. */
  enter(key: string, start: () => void): Place | null;
}

interface KeyInLane {
  running: number;
  waiting: Set<() => void>;
  /** 0: it had none yet. */
  lastTurn: number;
}

/** Lets keys take turns: one with a hundred reads waiting is let in as often as one with a single read. */
export function createLane({ running: most, runningOfKey, inHandOfKey }: LaneLimits): Lane {
  const keys = new Map<string, KeyInLane>();
  let running = 0;
  let turns = 0;

  /** Of the keys that may run one more, the one whose last turn is longest ago. */
  function nextKey(): KeyInLane | null {
    let next: KeyInLane | null = null;
    for (const own of keys.values()) {
      if (own.waiting.size === 0 || own.running >= runningOfKey) continue;
      if (next === null || own.lastTurn < next.lastTurn) next = own;
    }
    return next;
  }

  function letIn(): void {
    while (running < most) {
      const own = nextKey();
      const [begin] = own?.waiting ?? [];
      if (own === null || begin === undefined) return;
      own.waiting.delete(begin);
      own.running++;
      own.lastTurn = ++turns;
      running++;
      begin();
    }
  }

  return {
    enter(key, start) {
      const own = keys.get(key) ?? { running: 0, waiting: new Set(), lastTurn: 0 };
      if (own.running + own.waiting.size >= inHandOfKey) return null;
      keys.set(key, own);
      let state: 'waiting' | 'running' | 'gone' = 'waiting';
      const begin = () => {
        state = 'running';
        // Not before `enter` has returned.
        queueMicrotask(start);
      };
      own.waiting.add(begin);
      const forget = () => {
        if (own.running === 0 && own.waiting.size === 0 && keys.get(key) === own) keys.delete(key);
      };
      letIn();
      return {
        giveUp() {
          if (state !== 'waiting') return false;
          state = 'gone';
          own.waiting.delete(begin);
          forget();
          return true;
        },
        leave() {
          if (this.giveUp() || state !== 'running') return;
          state = 'gone';
          own.running--;
          running--;
          forget();
          letIn();
        },
      };
    },
  };
}
