/** One line of the log per request, and its span. */

import { context, propagation, type Span, trace } from '@opentelemetry/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { failSpan, isTracing, startSpan } from '../../tracing.ts';
import type { App } from '../deps.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What became of the events in it; null: it brought none. */
    taken: { accepted: number; rejected: number; tenant: string | null } | null;
    /** null where nothing is traced. */
    span: Span | null;
  }
}

/** Asked all the time by whoever watches the process. */
const UNTOLD = new Set(['/healthz', '/readyz', '/metrics']);

export function tellOfRequests(app: App): void {
  app.decorateRequest('taken', null);
  app.decorateRequest('span', null);
  if (isTracing) traceRequests(app);
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    if (!UNTOLD.has(route)) request.log.info(lineOf(request, reply, route), 'request');
    if (request.span !== null) endSpan(request.span, request, reply);
    done();
  });
}

function lineOf(request: FastifyRequest, reply: FastifyReply, route: string) {
  const { taken, span, method } = request;
  return {
    key: keyOf(request),
    tenant: tenantOf(request),
    ...{ method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime * 10) / 10 },
    ...(taken === null ? {} : { accepted: taken.accepted, rejected: taken.rejected }),
    ...(span === null ? {} : { traceId: span.spanContext().traceId }),
  };
}

/** Undefined, and so left out, where there is none. */
function keyOf({ key, presentedKey }: FastifyRequest): string | undefined {
  return (key as { id: string } | undefined)?.id ?? presentedKey ?? undefined;
}

function tenantOf({ params, taken }: FastifyRequest): string | undefined {
  return (params as { tenant?: string } | undefined)?.tenant ?? taken?.tenant ?? undefined;
}

function traceRequests(app: App): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    if (UNTOLD.has(route)) {
      done();
      return;
    }
    const parent = propagation.extract(context.active(), request.headers);
    const attributes = {
      'http.request.method': request.method,
      'http.route': route,
      'janela.request_id': request.id,
    };
    request.span = startSpan(`${request.method} ${route}`, { kind: 'server', attributes }, parent);
    context.with(trace.setSpan(context.active(), request.span), done);
  });
  // What reads a body goes on in the context of its socket.
  app.addHook('preValidation', (request, _reply, done) => {
    if (request.span === null) done();
    else context.with(trace.setSpan(context.active(), request.span), done);
  });
  app.addHook('onError', (request, reply, error, done) => {
    if (request.span !== null && reply.statusCode >= 500) failSpan(request.span, error);
    done();
  });
}

function endSpan(span: Span, request: FastifyRequest, { statusCode }: FastifyReply): void {
  const { taken } = request;
  const [key, tenant] = [keyOf(request), tenantOf(request)];
  span.setAttributes({
    'http.response.status_code': statusCode,
    ...(key === undefined ? {} : { 'janela.key': key }),
    ...(tenant === undefined ? {} : { 'janela.tenant': tenant }),
    ...(taken === null ? {} : { 'janela.accepted': taken.accepted, 'janela.rejected': taken.rejected }),
  });
  span.end();
}
