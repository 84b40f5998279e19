import { setTimeout as delay } from 'node:timers/promises';
import { asDescribed, committedDescription } from '../support/description.ts';
import type { TestProcess } from '../support/servers/process.ts';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body read as JSON; undefined where it is not. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  json: any;
}

export interface CallOptions {
  body?: unknown;
  /** Null sends none. Default: the administrator's. */
  key?: string | null;
  headers?: Record<string, string>;
  timeoutMs?: number;
}

/** One request to a running service. Rejects where no whole answer comes, or one that is not as it is described. */
export async function call(
  { url, adminKey }: Pick<TestProcess, 'url' | 'adminKey'>,
  method: string,
  path: string,
  { body, key = adminKey, headers = {}, timeoutMs = 20_000 }: CallOptions = {},
): Promise<Answer> {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  const answer = await fetch(`${url}${path}`, {
    method,
    signal: AbortSignal.timeout(timeoutMs),
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isRaw ? (body as string) : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const faults = committedDescription().faults({
    method,
    path: path.split('?', 1)[0] ?? path,
    ...asDescribed({ 'content-type': 'application/json', ...headers }, isRaw ? parse(body.toString()) : body),
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: text,
  });
  if (faults.length > 0) throw new Error(`not as described: ${faults.join('; ')}`);
  return { status: answer.status, headers: answer.headers, text, json: parse(text) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** All items of a list, page by page; on a busy machine a page may be told to come later (429). */
export async function listAll<Item>(service: TestProcess, path: string): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor = ''; ; ) {
    const query = `limit=1000${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
    const separator = path.includes('?') ? '&' : '?';
    const { status, headers, json, text } = await call(service, 'GET', `${path}${separator}${query}`);
    if (status === 429) {
      await delay(1_000 * Number(headers.get('retry-after')));
      continue;
    }
    if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${text}`);
    items.push(...json.items);
    if (json.nextCursor === null) return items;
    cursor = json.nextCursor;
  }
}
