/**
 * Jest runs it before each test file: every app that the file makes in this process is watched, and a test fails where
 * a request that was accepted, or an answer, is not what the app's own description says.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, afterEach } from '@jest/globals';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asDescribed, type Description, readDescription } from '../description.ts';

const CHANNEL = 'fastify.initialization';
const faults: string[] = [];
/** By its routes: what they say is the same whatever an app is given, and takes a fifth of a second to put together. */
const descriptions = new Map<string, Description>();

const DISPLAY_NAME = Symbol.for('fastify.display-name');

/**
 * A plugin without a name is looked for among all modules, of which Jest makes a list each time: that was 6 % of what
 * the tests over HTTP cost.
 */
function nameItsPlugins(app: FastifyInstance): void {
  const { register } = app;
  function named(this: FastifyInstance, plugin: object, ...rest: unknown[]): unknown {
    if (typeof plugin === 'function' && !(DISPLAY_NAME in plugin))
      Object.defineProperty(plugin, DISPLAY_NAME, { value: plugin.name || 'anonymous' });
    return Reflect.apply(register, this, [plugin, ...rest]);
  }
  Object.assign(app, { register: named });
}

function watch(message: unknown): void {
  const app = (message as { fastify: FastifyInstance }).fastify;
  nameItsPlugins(app);
  const bodies = new WeakMap<FastifyRequest, unknown>();
  const routes: string[] = [];
  app.addHook('onRoute', ({ method, url, schema }) => {
    routes.push(`${method} ${url} ${schema?.operationId}`);
  });
  let description: Description | null = null;
  app.addHook('preValidation', (request, _reply, done) => {
    bodies.set(request, request.body);
    done();
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    // An app of health alone serves no description.
    try {
      if (typeof app.swagger === 'function') {
        description ??= describe(app, routes.join());
        note(description, request, reply, { sent: bodies.get(request), payload });
      }
    } catch (error) {
      // Thrown on it would become the answer.
      faults.push(String(error));
    }
    done();
  });
}

function describe(app: FastifyInstance, routes: string): Description {
  const known = descriptions.get(routes) ?? readDescription(JSON.parse(JSON.stringify(app.swagger())));
  descriptions.set(routes, known);
  return known;
}

function note(
  description: Description,
  request: FastifyRequest,
  reply: FastifyReply,
  { sent, payload }: { sent: unknown; payload: unknown },
): void {
  const isText = typeof payload === 'string' || Buffer.isBuffer(payload);
  const found = description.faults({
    method: request.method,
    path: request.routeOptions.url ?? request.url.split('?', 1)[0] ?? '',
    ...asDescribed(request.headers, sent),
    status: reply.statusCode,
    headers: reply.getHeaders(),
    body: isText ? payload.toString() : undefined,
  });
  faults.push(...found);
}

function failOnFaults(): void {
  const found = [...new Set(faults.splice(0))];
  if (found.length > 0) throw new Error(`not as described:\n${found.slice(0, 10).join('\n')}`);
}

subscribe(CHANNEL, watch);
afterEach(failOnFaults);
afterAll(() => {
  unsubscribe(CHANNEL, watch);
  failOnFaults();
});
