import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { say } from '../../domain/sentences.ts';
import { readJson } from '../../intake/json-bytes.ts';
import type { App } from '../deps.ts';
import { Problem } from '../problems/problem.ts';
import { readBody } from './body.ts';

type Done = (error: Error | null, value?: unknown) => void;

/** Reads every body as JSON, and refuses what says that it is something else. */
export function readJsonBodies(app: App): void {
  app.decorateRequest('bodyMeter', null);
  app.removeAllContentTypeParsers();
  acceptJson(app, 'application/json');
  app.addContentTypeParser('*', (request: FastifyRequest, _payload: unknown, done: Done) => {
    if (request.is404) done(null);
    else if (request.headers['content-length'] === '0' && !needsBody(request)) done(null);
    else done(unsupportedType(request.headers['content-type']));
  });
}

/** Reads bodies of a media type as `readJson` does, which is stricter than the framework's own parser. */
export function acceptJson(app: App, type: string): void {
  acceptBodies(app, type, (body) => jsonIn(body));
}

/** Leaves bodies of a media type as the bytes that came. */
export function acceptBytes(app: App, type: string): void {
  app.removeContentTypeParser(type);
  acceptBodies(app, type, (body) => body);
}

function acceptBodies(app: App, type: string, read: (body: Buffer) => unknown): void {
  const usual = app.initialConfig.bodyLimit ?? 0;
  app.addContentTypeParser(type, (request: FastifyRequest, _payload: unknown, done: Done) => {
    if (request.is404) done(null);
    else
      readBody(request, usual, (problem, body) => {
        if (problem !== null) return done(problem);
        // Many clients send the type with every request.
        if (body.length === 0 && !needsBody(request)) return done(null);
        let value: unknown;
        try {
          value = read(body);
        } catch (error) {
          return done(error as Error);
        }
        done(null, value);
      });
  });
}

/** What a body of another type than JSON is told. */
export function unsupportedType(type: string | undefined): Problem {
  const found =
    type === undefined
      ? say('The body has no Content-Type.')
      : say('The body is {type}.', { type: JSON.stringify(type) });
  return new Problem(
    'unsupported-media-type',
    say('<found> Send it with Content-Type: application/json.', { found }),
    {
      headers: { accept: 'application/json' },
    },
  );
}

function needsBody({ routeOptions }: FastifyRequest): boolean {
  return bodySchemas(routeOptions.schema?.body).some((schema) => !schema.safeParse(undefined).success);
}

/** The schemas of a route's body: one, or one per media type. */
export function bodySchemas(body: unknown): z.ZodType[] {
  if (body instanceof z.ZodType) return [body];
  const { content = {} } = (body ?? {}) as { content?: Record<string, { schema: z.ZodType }> };
  return Object.values(content).map(({ schema }) => schema);
}

/** Throws the problem `not-json`. */
export function jsonIn(body: Buffer): unknown {
  const read = readJson(body);
  if ('flaw' in read) throw new Problem('not-json', say('The body <flaw>', { flaw: read.flaw }));
  return read.value;
}
