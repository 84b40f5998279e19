import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { say, verbatim } from '../../domain/sentences.ts';
import { LogFull } from '../../intake/batcher.ts';
import { LogBroken, LogRefused, LogUnavailable } from '../../log/log.ts';
import { KeysUnavailable } from '../../sealing/contact-keys.ts';
import { isDatabaseUnavailable } from '../../store/unavailable.ts';
import type { App } from '../deps.ts';
import { PROBLEM_JSON, Problem, problemBody, retryAfter, sendProblem } from '../problems/problem.ts';
import { endConnection } from './connections.ts';
import { unsupportedType } from './json-body.ts';
import { REQUEST_ID, requestIdOf } from './request-id.ts';
import { invalidRequest, Misfit } from './schema-faults.ts';

import { addSecurityHeaders, SECURITY_HEADERS } from './security-headers.ts';

/** Every error of a route, a hook or the framework leaves through here. */
export function handleErrors(app: App): void {
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(error, request, reply));
}

export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(error, request);
  if (problem.type === 'internal-error') request.log.error({ err: error }, 'request failed');
  // In a sentence: while the log or the database is away every request says so, and stacks would fill the disk.
  else if (problem.status >= 500) request.log.warn({ problem: problem.type, reason: reasonOf(error) });
  // What the router refuses has passed no hook.
  addSecurityHeaders(reply);
  reply.header(REQUEST_ID, request.id);
  return sendProblem(reply, problem);
}

export function toProblem(error: unknown, request: FastifyRequest): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof Misfit) return invalidRequest(error, request);
  if (error instanceof LogFull) return new Problem('intake-full', undefined, { headers: retryAfter(1) });
  if (error instanceof LogUnavailable)
    return new Problem('log-unavailable', undefined, { headers: retryAfter(1) });
  if (error instanceof LogRefused || error instanceof LogBroken)
    return new Problem('log-unavailable', NEEDS_A_PERSON, { headers: retryAfter(60) });
  const { code, statusCode, message } = error as Partial<FastifyError>;
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return unsupportedType(request.headers['content-type']);
  if (code === 'FST_ERR_MAX_PARAM_LENGTH') return new Problem('uri-too-long');
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new Problem('invalid-request', verbatim(message ?? ''));
  // After what the framework says of a request: one that broke off has the code of a connection, too.
  if (error instanceof KeysUnavailable || isDatabaseUnavailable(error))
    return new Problem('database-unavailable', undefined, { headers: retryAfter(2) });
  return new Problem('internal-error');
}

/** What it is, the service says in its own log: it is nobody else's business. */
const NEEDS_A_PERSON = say(
  'The log cannot be used until somebody who runs this service has mended it. Nothing is promised: keep the events and send them again later.',
);

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** For what is not HTTP at all, or does not arrive: there is no request yet, so the answer is written by hand. */
export function handleClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  const problem = clientProblem(error);
  const requestId = requestIdOf({ headers: {} });
  const body = problemBody(problem, requestId);
  endConnection(
    socket,
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\ncontent-type: ${PROBLEM_JSON}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n${SECURITY_LINES}${REQUEST_ID}: ${requestId}\r\nconnection: close\r\n\r\n${body}`,
  );
}

const SECURITY_LINES = Object.entries(SECURITY_HEADERS)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('');

function clientProblem(error: NodeJS.ErrnoException): Problem {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Problem('headers-too-large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('request-timeout');
    default:
      return new Problem('invalid-request', say('What arrived is not an HTTP request.'));
  }
}
