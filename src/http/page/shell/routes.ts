/** How a page becomes an answer: who asks, what they get, and what a browser may do with it. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import type { createMoments } from '../../../projection/read/one-moment.ts';
import type { Tables } from '../../../store/tables.ts';
import type { App } from '../../deps.ts';
import { Problem } from '../../problems/problem.ts';
import type { Html } from './html.ts';
import { actingOnce, requestIn } from './once.ts';
import type { Visitor } from './visitor.ts';

/** What was asked for: parts of the path, and what a form or the address says. */
export interface Asked {
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string | undefined>>;
  /** Of a form that was sent; one field may come more than once. */
  form: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Another address to go to, with GET. */
export class SeeOther {
  readonly address: string;
  constructor(address: string) {
    this.address = address;
  }
}

/** A file to keep. */
export class Download {
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
  constructor({ text, headers }: { text: string; headers: Readonly<Record<string, string>> }) {
    this.text = text;
    this.headers = headers;
  }
}

/** A page that says what is wrong, with the status of the problem. */
export class WithStatus {
  readonly page: Html;
  readonly status: number;
  constructor(page: Html, status: number) {
    this.page = page;
    this.status = status;
  }
}

type Answer = Html | SeeOther | Download | WithStatus;
type Handler = (visitor: Visitor, asked: Asked) => Promise<Answer> | Answer;

/** Where pages are registered: each is answered for whoever is known to ask. */
export interface Pages {
  get(address: string, handler: Handler): void;
  /** The same where several answers stand on one page: all of them are of one moment. */
  atOneMoment(address: string, handler: Handler): void;
  post(address: string, handler: Handler): void;
}

export function pagesIn(
  app: App,
  visitorOf: (request: FastifyRequest) => Visitor,
  atOneMoment: ReturnType<typeof createMoments>,
  db: Kysely<Tables>,
): Pages {
  const once = actingOnce<Answer>({ db, isRefusal: (answer) => answer instanceof WithStatus });
  const add = (method: 'GET' | 'POST', url: string, handler: Handler) =>
    app.route({
      method,
      url,
      schema: { hide: true },
      handler: async (request, reply) =>
        await send(reply, await handler(visitorOf(request), askedBy(request))),
    });
  return {
    get: (address, handler) => add('GET', address, handler),
    atOneMoment: (address, handler) =>
      add('GET', address, async (visitor, asked) => atOneMoment(async () => await handler(visitor, asked))),
    post: (address, handler) =>
      add('POST', address, async (visitor, asked) => {
        const request = requestIn(asked);
        if (request === null) return await handler(visitor, asked);
        const name = `${visitor.key.id} ${visitor.address} ${visitor.language} ${request}`;
        return await once(name, visitor.now, () => handler(visitor, asked));
      }),
  };
}

export function askedBy(request: FastifyRequest): Asked {
  return {
    params: request.params as Asked['params'],
    query: singles(request.query as Record<string, string | string[]>),
    form: (request.body ?? {}) as Asked['form'],
  };
}

/** Of a parameter that comes twice the first. */
function singles(query: Record<string, string | string[]>): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, typeof value === 'string' ? value : value[0]]),
  );
}

function send(reply: FastifyReply, answer: Answer): FastifyReply {
  if (answer instanceof SeeOther) return reply.redirect(answer.address, 303);
  if (answer instanceof Download) return reply.headers(answer.headers).send(answer.text);
  if (answer instanceof WithStatus) return sendPage(reply.code(answer.status), answer.page);
  return sendPage(reply, answer);
}

export function sendPage(reply: FastifyReply, page: Html): FastifyReply {
  return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(page.toString());
}

/** What ids are made of, for fields: browsers read it with the flag v. */
export const TOKEN_FIELD = '[A-Za-z0-9][A-Za-z0-9._\\-]{0,63}';

/** The text of a field; empty where it was not sent. */
export function field(form: Asked['form'], name: string): string {
  const value = form[name];
  return typeof value === 'string' ? value.trim() : (value?.[0]?.trim() ?? '');
}

export function fields(form: Asked['form'], name: string): string[] {
  const value = form[name];
  return value === undefined ? [] : typeof value === 'string' ? [value] : [...value];
}

/** What a form carries from one page to the next. Throws the problem `not-json` for what no page of ours wrote. */
export function carriedIn(form: Asked['form'], name: string): object {
  try {
    return JSON.parse(field(form, name)) as object;
  } catch {
    throw new Problem('not-json');
  }
}
