/** The HTTP API as the simulation asks it, with retries. */

import { setTimeout as delay } from 'node:timers/promises';

/** A running service as the simulation talks to it. */
export interface Client {
  get(path: string): Promise<Answer>;
  put(path: string, body: unknown): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
}

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** The service did not do what was asked of it; the message says what happened. */
export class ServiceRefused extends Error {
  override name = 'ServiceRefused';
}

const RETRY_FOR_MS = 60_000;

/**
 * Asks again after 503 and 429 (waiting as long as `Retry-After` says) and after a connection that broke, up to a minute:
 * everything sent here may be sent twice. `retried` is told of each repetition.
 */
export function createClient(url: string, key: string, retried: () => void = () => undefined): Client {
  async function ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const deadline = performance.now() + RETRY_FOR_MS;
    const init = {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        prefer: 'return=minimal',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    for (;;) {
      const answer = await once(new URL(path, url), init);
      if (answer.pauseMs === null) return answer;
      if (performance.now() > deadline)
        throw new ServiceRefused(`${method} ${path} did not succeed for a minute: ${answer.why}.`);
      retried();
      await delay(answer.pauseMs);
    }
  }
  return {
    get: (path) => ask('GET', path),
    put: (path, body) => ask('PUT', path, body),
    post: (path, body) => ask('POST', path, body),
  };
}

async function once(
  url: URL,
  init: RequestInit,
): Promise<(Answer & { pauseMs: null }) | { pauseMs: number; why: string }> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, init);
    text = await response.text();
  } catch (error) {
    const { cause, message } = error as Error;
    return { pauseMs: 500, why: cause instanceof Error && cause.message !== '' ? cause.message : message };
  }
  if (response.status === 503 || response.status === 429) {
    const seconds = Number(response.headers.get('retry-after') ?? 1);
    return { pauseMs: 1_000 * (Number.isFinite(seconds) ? seconds : 1), why: text.slice(0, 200) };
  }
  try {
    const body = JSON.parse(text) as Record<string, unknown>;
    return { status: response.status, body, pauseMs: null };
  } catch (error) {
    throw new ServiceRefused(`${url.href} does not answer like janela: ${text.slice(0, 200)}`, {
      cause: error,
    });
  }
}
