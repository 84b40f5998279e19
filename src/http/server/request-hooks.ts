import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { say } from '../../domain/sentences.ts';
import type { Metrics } from '../../metrics.ts';
import type { App } from '../deps.ts';
import { PROBLEM_JSON, Problem, problemBody, retryAfter } from '../problems/problem.ts';
import { answerBeforeBody } from './body.ts';
import { REQUEST_ID, requestIdOf } from './request-id.ts';
import { tellOfRequests } from './request-line.ts';
import { addSecurityHeaders, SECURITY_HEADERS } from './security-headers.ts';

/** What every request passes before anything looks at it, and the measure of each on its way out. */
export function addRequestHooks(app: App, metrics: Metrics): void {
  let closing = false;
  app.addHook('onRoute', ({ url }) => {
    for (const status of [500, 503]) metrics.httpErrors.inc({ route: url, status }, 0);
  });
  app.addHook('preClose', async () => {
    closing = true;
  });
  // With callbacks: each async hook costs every request a microsecond or two.
  app.addHook('onRequest', (request, reply, done) => {
    addSecurityHeaders(reply);
    reply.header(REQUEST_ID, request.id);
    done(closing ? new Problem('shutting-down', undefined, { headers: retryAfter(1) }) : faultOf(request));
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    // A request in hand when closing begins would leave its connection open until the keep-alive timeout.
    if (closing) reply.header('connection', 'close');
    done(null, answerBeforeBody(request, reply, payload));
  });
  app.addHook('onResponse', (request, reply, done) => {
    observe(metrics, request, reply);
    done();
  });
  tellOfRequests(app);
  app.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const problem = new Problem('expectation-failed');
    const requestId = requestIdOf(request);
    response.writeHead(problem.status, {
      ...SECURITY_HEADERS,
      'content-type': PROBLEM_JSON,
      [REQUEST_ID]: requestId,
      connection: 'close',
    });
    response.end(problemBody(problem, requestId));
  });
}

function faultOf({ raw }: FastifyRequest): Problem | undefined {
  if (raw.headers.host === undefined && raw.httpVersion === '1.1')
    return new Problem('invalid-request', say('The Host header is missing.'));
  if (hasTwoHosts(raw.rawHeaders)) return new Problem('invalid-request', say('There are two Host headers.'));
  const coding = raw.headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked')
    return new Problem(
      'unknown-transfer-coding',
      say('Transfer-Encoding is {coding}.', { coding: JSON.stringify(coding) }),
    );
  return raw.url?.includes('%') ? escapeFault(raw.url) : undefined;
}

/** Node drops the second one, and whoever stands in front may have gone by that. */
function hasTwoHosts(rawHeaders: readonly string[]): boolean {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  return hosts > 1;
}

/** Parameters that only this service gives out: whoever reads them says what is wrong with them. */
const TOKENS = /(?<=[?&])(?:after|cursor)=(?:[^&%]|%[0-9A-Fa-f]{2})*/g;

/** The router and the query parser let broken escapes pass as text; NUL is in no name and PostgreSQL refuses it. */
function escapeFault(url: string): Problem | undefined {
  try {
    if (!decodeURIComponent(url.replaceAll(TOKENS, '')).includes('\0')) return undefined;
    return new Problem('invalid-request', say('The address contains NUL.'));
  } catch {
    return new Problem('invalid-request', say('The address has a percent escape that is not UTF-8.'));
  }
}

function observe(metrics: Metrics, request: FastifyRequest, reply: FastifyReply): void {
  const route = request.routeOptions.url ?? 'unknown';
  const status = reply.statusCode;
  metrics.httpSeconds.observe({ method: request.method, route, status }, reply.elapsedTime / 1000);
  if (status >= 500) metrics.httpErrors.inc({ route, status });
}
