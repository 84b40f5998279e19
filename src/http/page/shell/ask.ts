/**
 * Pages ask the API itself, within the process and as the visitor's key: what they show is what it answers, and what they
 * change is what the key may change.
 */

import type { FastifyRequest, LightMyRequestResponse } from 'fastify';
import type { App } from '../../deps.ts';
import { type Acting, actAs } from '../../keys/acting.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
type Query = Readonly<Record<string, string | number | undefined>>;

export interface Ask {
  /** The answer as JSON. Rejects with `Refused`. */
  get<Answer>(path: string, query?: Query): Promise<Answer>;
  /** The same, null for what there is none of (404). */
  find<Answer>(path: string, query?: Query): Promise<Answer | null>;
  /** `request`: what it is called, so that the same again makes nothing. */
  send<Answer>(
    method: Exclude<Method, 'GET'>,
    path: string,
    body?: unknown,
    request?: string | null,
  ): Promise<Answer>;
  /** The answer in the table format, as text. */
  csv(path: string, query: Query): Promise<{ text: string; headers: Readonly<Record<string, string>> }>;
}

/** A problem that the API answered. */
export interface ProblemAnswer {
  type: string;
  title: string;
  status: number;
  detail?: string;
  errors?: { pointer?: string; parameter?: string; detail: string }[];
}

/** The API refused what a page asked for. */
export class Refused extends Error {
  override name = 'Refused';
  readonly problem: ProblemAnswer;

  constructor(problem: ProblemAnswer) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

/** The API in the eyes of a visitor; its sentences come in this language, and its addresses lead to where they asked. */
export function askAs(
  app: App,
  who: Acting,
  language: string,
  { host, headers }: Pick<FastifyRequest, 'host' | 'headers'>,
): Ask {
  const proto = headers['x-forwarded-proto'];
  const where = { host, ...(proto === undefined ? {} : { 'x-forwarded-proto': proto }) };
  const request = async (
    method: Method,
    url: string,
    body?: unknown,
    own: Readonly<Record<string, string>> = {},
  ) => {
    // Awaited inside: what `inject` gives begins only when somebody waits for it.
    const answer = await actAs(
      who,
      async () =>
        await app.inject({
          method,
          url,
          headers: { ...where, accept: 'application/json', 'accept-language': language, ...own },
          ...(body === undefined ? {} : { payload: body as object }),
        }),
    );
    if (answer.statusCode >= 400) throw new Refused(answer.json<ProblemAnswer>());
    return answer;
  };
  const get = async <Answer>(path: string, query: Query = {}) =>
    parsed<Answer>(await request('GET', withQuery(path, query)));
  return {
    get,
    async find<Answer>(path: string, query: Query = {}) {
      try {
        return await get<Answer>(path, query);
      } catch (error) {
        if (error instanceof Refused && error.problem.status === 404) return null;
        throw error;
      }
    },
    send: async (method, path, body, name) =>
      parsed(await request(method, path, body, name ? { 'idempotency-key': name } : {})),
    async csv(path, query) {
      const { body, headers } = await request('GET', withQuery(path, query), undefined, {
        accept: 'text/csv',
      });
      const kept = ['content-type', 'content-disposition'] as const;
      return { text: body, headers: Object.fromEntries(kept.map((name) => [name, String(headers[name])])) };
    },
  };
}

function parsed<Answer>(answer: LightMyRequestResponse): Answer {
  return (answer.body === '' ? null : answer.json()) as Answer;
}

/** A path whose parts are escaped. */
export function path(strings: TemplateStringsArray, ...parts: readonly string[]): string {
  return strings.reduce((text, next, i) => text + encodeURIComponent(parts[i - 1] ?? '') + next);
}

/** An address with these parameters; those that are undefined or empty are left out. */
export function withQuery(address: string, query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  if (given.length === 0) return address;
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `${address}?${text}`;
}
