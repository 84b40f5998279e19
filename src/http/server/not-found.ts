import type { FastifyReply, FastifyRequest } from 'fastify';
import { say } from '../../domain/sentences.ts';
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
  // Of a QUERY the framework asks for a content type before it says that there is none.
  app.addHook('onRequest', (request, _reply, done) => {
    done(request.method === 'QUERY' && request.is404 ? refusalOf(request) : undefined);
  });
  app.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) => {
    const methods = methodsAt(request);
    if (request.method !== 'OPTIONS' || methods === null) throw refusalOf(request);
    return reply.code(204).header('allow', listed(methods)).send();
  });

  /** Null: there is nothing at all. */
  function methodsAt({ url }: FastifyRequest): Set<string> | null {
    const path = pathOf(url);
    const methods = new Set(known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method));
    return methods.size === 0 && path !== '*' ? null : methods;
  }

  function refusalOf(request: FastifyRequest): Problem {
    const methods = methodsAt(request);
    // A folder of files takes the method and has no file of this name.
    if (methods === null || methods.has(request.method))
      return new Problem('not-found', say('There is nothing at this address.'));
    const allow = listed(methods);
    const detail = say('{method} is not one of {allow}.', { method: request.method, allow });
    return new Problem('method-not-allowed', detail, { headers: { allow } });
  }
}

function listed(methods: ReadonlySet<string>): string {
  return [...methods, 'OPTIONS'].sort().join(', ');
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
