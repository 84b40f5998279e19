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
/** By text: the apps of one file describe themselves alike. */
const descriptions = new Map<string, Description>();

function watch(message: unknown): void {
  const app = (message as { fastify: FastifyInstance }).fastify;
  const bodies = new WeakMap<FastifyRequest, unknown>();
  let description: Description | null = null;
  app.addHook('preValidation', (request, _reply, done) => {
    bodies.set(request, request.body);
    done();
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    // An app of health alone serves no description.
    try {
      if (typeof app.swagger === 'function') {
        description ??= describe(app);
        note(description, request, reply, { sent: bodies.get(request), payload });
      }
    } catch (error) {
      // Thrown on it would become the answer.
      faults.push(String(error));
    }
    done();
  });
}

function describe(app: FastifyInstance): Description {
  const text = JSON.stringify(app.swagger());
  const known = descriptions.get(text) ?? readDescription(JSON.parse(text));
  descriptions.set(text, known);
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
