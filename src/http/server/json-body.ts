import { isUtf8 } from 'node:buffer';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { App } from '../deps.ts';
import { Problem } from '../problems/problem.ts';

/**
 * Reads every body as JSON in UTF-8. Unlike the framework's own parser this one refuses invalid UTF-8 instead of
 * replacing it, and takes `__proto__` for a name like any other: JSON.parse makes it an own property, and nothing
 * here copies bodies member by member.
 */
export function readJsonBodies(app: App): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity')
      done(new Problem('unsupported-media-type', 'Bodies are sent without a Content-Encoding.'), undefined);
    // Many clients send the type with every request.
    else if (body.length === 0 && !needsBody(request)) done(null, undefined);
    else parse(body as Buffer, done);
  });
}

function needsBody({ routeOptions }: FastifyRequest): boolean {
  const body: unknown = routeOptions.schema?.body;
  return body instanceof z.ZodType && !body.safeParse(undefined).success;
}

function parse(body: Buffer, done: (error: Error | null, value?: unknown) => void): void {
  if (!isUtf8(body)) {
    done(new Problem('not-json', 'The body is not UTF-8.'));
    return;
  }
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (error) {
    done(new Problem('not-json', body.length === 0 ? 'The body is empty.' : (error as Error).message));
    return;
  }
  done(null, value);
}
