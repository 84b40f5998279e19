/** Brings one batch to the service: posts it until an answer says what became of it. */

import { setTimeout as delay } from 'node:timers/promises';
import type { components } from './generated/description.ts';

type Schemas = components['schemas'];
export type EventResult = Schemas['EventResult'];

/** Why an event was refused: a problem document (RFC 9457), of the event itself or of the request that it came in. */
export interface Problem {
  /** A path of the service, whose page says what it means: `/problems/<name>`. */
  type: string;
  title: string;
  detail?: string;
  /** JSON pointer to the place in the event. */
  pointer?: string;
  errors?: { pointer: string; detail: string }[];
  /** Of the whole request. */
  status?: number;
}

/** What became of a batch: a result for each of its events in their order, or one refusal for all. */
export type Verdict = { results: EventResult[]; receipt: string | null } | { refusal: Problem };

/** Nothing was promised; the batch goes out again. */
export interface Retry {
  /** 1 for the first. */
  attempt: number;
  pauseMs: number;
  /** What the last attempt met, as a sentence. */
  reason: string;
}

export interface Delivery {
  url: URL;
  headers: Record<string, string>;
  /** How long one attempt may take. */
  timeoutMs: number;
  onRetry(retry: Retry): void;
  /** Ends attempts and pauses: `deliver` rejects. */
  signal: AbortSignal;
}

/** Posts a JSON array of `count` events. Rejects only where the signal ends it. */
export async function deliver(body: string, count: number, delivery: Delivery): Promise<Verdict> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await post(body, count, delivery);
    if (!('reason' in outcome)) return outcome;
    const pauseMs = Math.round(outcome.retryAfterMs + backoffMs(attempt));
    delivery.onRetry({ attempt, pauseMs, reason: outcome.reason });
    await delay(pauseMs, undefined, { signal: delivery.signal });
  }
}

interface Unsettled {
  reason: string;
  retryAfterMs: number;
}

async function post(body: string, count: number, delivery: Delivery): Promise<Verdict | Unsettled> {
  const { url, headers, timeoutMs, signal } = delivery;
  signal.throwIfAborted();
  const ending = new AbortController();
  const end = () => ending.abort(signal.reason);
  const timer = setTimeout(() => ending.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  signal.addEventListener('abort', end, { once: true });
  try {
    const init = { method: 'POST', headers, body, redirect: 'manual', signal: ending.signal } as const;
    const response = await fetch(url, init);
    return verdictOf(response, await response.text(), count);
  } catch (error) {
    signal.throwIfAborted();
    return { reason: sentenceOf(error), retryAfterMs: 0 };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}

/** What `fetch` says of a connection that was refused or broke stands in the cause. */
function sentenceOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== '' ? `${message}: ${cause.message}` : message;
}

/**
 * Results (202, 207, 422) and the refusals of the other 4xx are final. 408 and 429 tell of the moment and not of the
 * events, and of everything else (5xx, what no janela would answer) nobody knows what was taken: repeats do no harm.
 */
function verdictOf(response: Response, text: string, count: number): Verdict | Unsettled {
  const { status, headers } = response;
  const answer = parse(text);
  if (status === 202 || status === 207 || status === 422) {
    const results = resultsIn(answer, count);
    const receipt = typeof answer.receipt === 'string' ? answer.receipt : null;
    if (results !== null && (receipt !== null || status === 422)) return { results, receipt };
  }
  if (status >= 300 && status < 500 && status !== 408 && status !== 429)
    return { refusal: refusalIn(status, answer, text) };
  return {
    reason: `the answer was ${status} ${titleIn(answer)}`.trim(),
    retryAfterMs: retryAfterMs(headers),
  };
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // A proxy's page, or half an answer: without the members looked for it settles nothing.
    return {};
  }
}

/** By place in the request; null where the answer does not speak of each of these events. */
function resultsIn({ results }: Record<string, unknown>, count: number): EventResult[] | null {
  if (!Array.isArray(results) || results.length !== count) return null;
  const isOurs = (results as EventResult[]).every(
    ({ index, status, position, problem }, place) =>
      index === place && (status === 'accepted' ? position : problem) !== undefined,
  );
  return isOurs ? results : null;
}

function titleIn({ title }: Record<string, unknown>): string {
  return typeof title === 'string' ? title : '';
}

function refusalIn(status: number, answer: Record<string, unknown>, text: string): Problem {
  if (typeof answer.type === 'string' && typeof answer.title === 'string')
    return answer as unknown as Problem;
  return { type: 'about:blank', title: `The answer was ${status}`, status, detail: text.slice(0, 500) };
}

/** So long a `Retry-After` is believed: a service that is back should not be waited for. */
const LONGEST_RETRY_AFTER_MS = 300_000;

/** Seconds or a date; 0 where there is none. */
function retryAfterMs(headers: Headers): number {
  const value = headers.get('retry-after') ?? '';
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Math.min(Math.max(0, Number.isNaN(ms) ? 0 : ms), LONGEST_RETRY_AFTER_MS);
}

const SHORTEST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 10_000;

/** Doubles with each attempt; half of it is chance, so that senders refused together do not come back together. */
function backoffMs(attempt: number): number {
  const most = Math.min(SHORTEST_BACKOFF_MS * 2 ** (attempt - 1), LONGEST_BACKOFF_MS);
  return most * (0.5 + Math.random() / 2);
}
