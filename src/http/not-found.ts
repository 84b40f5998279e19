import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from './deps.ts';
import { Problem } from './problem.ts';

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
    const path = request.url.split('?', 1)[0] ?? '';
    const methods = new Set(known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method));
    if (methods.size === 0 && path !== '*')
      throw new Problem('not-found', 'There is nothing at this address.');
    const allow = [...methods, 'OPTIONS'].sort().join(', ');
    if (request.method === 'OPTIONS') return reply.code(204).header('allow', allow).send();
    throw new Problem('method-not-allowed', `${request.method} is not one of ${allow}.`, {
      headers: { allow },
    });
  });
}

function patternOf(url: string): RegExp {
  const source = url
    .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll(/:[A-Za-z]+/g, '[^/]+');
  return new RegExp(`^${source}$`);
}
