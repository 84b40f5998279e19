import { setTimeout as delay } from 'node:timers/promises';
import { between, chance, type Random } from '../../src/simulation/random.ts';
import type { ApiEvent } from '../../src/simulation/traffic.ts';
import type { TestProcess } from '../support/servers/process.ts';
import { type Answer, call } from './api.ts';

/** An event with the position that a 202 named for it. */
export interface Acknowledged {
  event: ApiEvent;
  partition: number;
  offset: number;
}

/** Clients that post until everything is acknowledged, whatever happens to the service meanwhile. */
export interface Load {
  /** Events acknowledged so far, those that were posted again included. */
  acknowledged(): number;
  /** Requests sent again, because no answer came or it was a 503. */
  retries(): number;
  /** Lets go of the reserve: the clients post it and end. */
  finish(): void;
  /** Rejects at the first answer that is neither a 202 nor a 503. */
  done: Promise<{ acknowledged: Acknowledged[]; receipts: string[] }>;
}

export interface LoadOptions {
  /** Which service a client's next try goes to. */
  target(client: number, attempt: number): Pick<TestProcess, 'url' | 'adminKey'>;
  clients: number;
  /** Requests have one event or up to so many, half and half. */
  mostPerRequest: number;
  random: Random;
  /** How long one request may be tried again and again. Default 60 s. */
  patienceMs?: number;
  /** How long a client rests after each answer. Default: not at all. */
  restMs?: number;
  /**
   * So many of the events, the last ones, stay back until `finish()`; until then clients that have posted the others post
   * them again. So the load outlasts a fault however long that takes on this machine, and brings something new after it.
   * Default: none.
   */
  reserve?: number;
}

const loads = new Set<AbortController>();

/** For `afterEach`: what a failed test left posting gives up, so that the run can end. */
export function stopLoads(): void {
  for (const load of loads) load.abort();
  loads.clear();
}

const RETRY_MS = 25;
const ANSWER_MS = 15_000;

export function startLoad(events: readonly ApiEvent[], options: LoadOptions): Load {
  const { target, clients, mostPerRequest, random, patienceMs = 60_000, restMs = 0, reserve = 0 } = options;
  const acknowledged: Acknowledged[] = [];
  const receipts: string[] = [];
  let next = 0;
  let promised = 0;
  let retries = 0;
  let finishing = reserve === 0;
  const stopping = new AbortController();
  loads.add(stopping);

  /** Null: all are posted. */
  function take(): { body: readonly ApiEvent[]; again: boolean } | null {
    const size = chance(random, 0.5) ? 1 : between(random, 2, mostPerRequest);
    const free = finishing ? events.length : events.length - reserve;
    if (next < free) {
      const body = events.slice(next, Math.min(next + size, free));
      next += body.length;
      return { body, again: false };
    }
    if (finishing) return null;
    const from = between(random, 0, next - 1);
    return { body: events.slice(from, Math.min(from + size, next)), again: true };
  }

  /** Null: the load was stopped before the events were acknowledged. */
  async function insist(client: number, body: readonly ApiEvent[]): Promise<Answer | null> {
    const deadline = performance.now() + patienceMs;
    for (let attempt = 0; !stopping.signal.aborted; attempt++) {
      const answer = await tryOnce(target(client, attempt), body);
      if (answer !== null) return answer;
      if (performance.now() > deadline) throw new Error(`no 202 within ${patienceMs} ms`);
      retries++;
      await delay(RETRY_MS);
    }
    return null;
  }

  async function run(client: number): Promise<void> {
    while (!stopping.signal.aborted) {
      const taken = take();
      if (taken === null) return;
      const { body, again } = taken;
      const answer = await insist(client, body);
      if (answer === null) return;
      const { results, receipt } = answer.json;
      if (results.length !== body.length)
        throw new Error(`${results.length} results for ${body.length} events`);
      promised += body.length;
      if (!again) {
        for (const [index, event] of body.entries()) acknowledged.push({ event, ...results[index].position });
        receipts.push(receipt);
      }
      if (restMs > 0) await delay(restMs);
    }
  }

  const done = Promise.all(Array.from({ length: clients }, (_, client) => run(client))).then(() => ({
    acknowledged,
    receipts,
  }));
  // Whoever awaits it later sees the failure; until then it must not end the test process.
  done.catch(() => undefined);
  return {
    acknowledged: () => promised,
    retries: () => retries,
    finish() {
      finishing = true;
    },
    done,
  };
}

/** Null where nothing was promised: a 503, or no whole answer. */
async function tryOnce(service: Pick<TestProcess, 'url' | 'adminKey'>, events: readonly ApiEvent[]) {
  const body = events.length === 1 ? events[0] : events;
  const answer = await call(service, 'POST', '/v1/events', { body, timeoutMs: ANSWER_MS }).catch(broken);
  if (answer === null || answer.status === 503) return null;
  if (answer.status !== 202) throw new Error(`POST /v1/events answered ${answer.status}: ${answer.text}`);
  return answer;
}

/** What fetch says of a connection that was refused or broke, or of an answer that does not come. */
function broken(error: unknown): null {
  const { name, message } = error as Error;
  if (name === 'TimeoutError' || /^(fetch failed|terminated)$/.test(message)) return null;
  throw error;
}
