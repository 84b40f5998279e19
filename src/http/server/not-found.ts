import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../deps.ts';
import { Problem } from '../problems/problem.ts';

/**
 * Tells a path that does not exist (404) from a method that it does not have (405), and answers OPTIONS for all.
 * Register before the routes: it takes note of them.
 */
export function handleUnknown(app: App): void {
  const known: { pattern: RegExp; method: string }[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const name of [method].flat()) known.push({ pattern: patternOf(url), method: name });
  });
  app.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) => {
    const path = pathOf(request.url);
    const methods = new Set(known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method));
    if (methods.size === 0 && path !== '*') throw nothingHere();
    const allow = [...methods, 'OPTIONS'].sort().join(', ');
    if (request.method === 'OPTIONS') return reply.code(204).header('allow', allow).send();
    // A folder of files takes the method and has no file of this name.
    if (methods.has(request.method)) throw nothingHere();
    throw new Problem('method-not-allowed', `${request.method} is not one of ${allow}.`, {
      headers: { allow },
    });
  });
}

function nothingHere(): Problem {
  return new Problem('not-found', 'There is nothing at this address.');
}

/** A request target may also be a whole address (RFC 9112, section 3.2.2); the router takes both. */
function pathOf(target: string): string {
  return target.replace(/^https?:\/\/[^/?]*/i, '').split('?', 1)[0] ?? '';
}

function patternOf(url: string): RegExp {
  const source = url
    .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll(/:[A-Za-z]+/g, '[^/]+');
  return new RegExp(`^${source}$`);
}
