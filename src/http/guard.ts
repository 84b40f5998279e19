import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Metrics } from '../metrics.ts';
import type { App } from './deps.ts';
import { PROBLEM_JSON, Problem, problemBody, retryAfter } from './problem.ts';

/** What every request passes before anything looks at it, and the measure of each on its way out. */
export function guardRequests(app: App, metrics: Metrics): void {
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onRequest', async (request) => {
    if (closing) throw new Problem('shutting-down', undefined, { headers: retryAfter(1) });
    checkAddress(request);
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1')
      throw new Problem('invalid-request', 'The Host header is missing.');
  });
  app.addHook('onSend', async (_request, reply) => {
    // A request in hand when closing begins would leave its connection open until the keep-alive timeout.
    if (closing) reply.header('connection', 'close');
  });
  app.addHook('onResponse', async (request, reply) => observe(metrics, request, reply));
  app.server.on('checkExpectation', (_request, response: ServerResponse) => {
    const problem = new Problem('expectation-failed');
    response.writeHead(problem.status, { 'content-type': PROBLEM_JSON, connection: 'close' });
    response.end(problemBody(problem));
  });
}

/** The router and the query parser let broken escapes pass as text; NUL is in no name and PostgreSQL refuses it. */
function checkAddress({ url }: FastifyRequest): void {
  if (!url.includes('%')) return;
  let text: string;
  try {
    text = decodeURIComponent(url);
  } catch {
    throw new Problem('invalid-request', 'The address has a percent escape that is not UTF-8.');
  }
  if (text.includes('\0')) throw new Problem('invalid-request', 'The address contains NUL.');
}

function observe(metrics: Metrics, request: FastifyRequest, reply: FastifyReply): void {
  const route = request.routeOptions.url ?? 'unknown';
  metrics.httpSeconds.observe(
    { method: request.method, route, status: reply.statusCode },
    reply.elapsedTime / 1000,
  );
}
