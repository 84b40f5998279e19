/** Spans of OpenTelemetry. Nothing is made, nor costs, where no SDK was brought with `--import`. */

import {
  type Attributes,
  context,
  type Link,
  ProxyTracerProvider,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';

const TRACER = 'janela';
/** Links that a span has at most: of more, the first are enough to go on from. */
const MOST_LINKS = 32;

/** Whether an SDK was there before this module: `--import` comes first. */
export const isTracing = hasSdk();

function hasSdk(): boolean {
  const provider = trace.getTracerProvider();
  // Without an SDK it is the proxy that stands in for one, and hands out nothing.
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer(TRACER) !== undefined;
}

export interface SpanOptions {
  kind?: 'server' | 'producer' | 'consumer' | 'internal';
  attributes?: Attributes;
  /** What the span follows from, without being a part of it. */
  links?: readonly SpanContext[];
  /** Begins a trace of its own. */
  root?: boolean;
}

const KINDS = {
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const;

/** A span that whoever started it ends. */
export function startSpan(name: string, options: SpanOptions = {}, parent = context.active()): Span {
  const { kind = 'internal', attributes = {}, links = [], root = false } = options;
  return trace.getTracer(TRACER).startSpan(
    name,
    {
      ...{ kind: KINDS[kind], attributes, root },
      links: links.slice(0, MOST_LINKS).map((link): Link => ({ context: link })),
    },
    parent,
  );
}

/** Does the work inside a span, which ends with it and tells of its failure. */
export async function inSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const span = startSpan(name, options);
  try {
    return await context.with(trace.setSpan(context.active(), span), () => work(span));
  } catch (error) {
    failSpan(span, error);
    throw error;
  } finally {
    span.end();
  }
}

export function failSpan(span: Span, error: unknown): void {
  if (error instanceof Error) span.recordException(error);
  span.setStatus({
    code: SpanStatusCode.ERROR,
    message: error instanceof Error ? error.message : String(error),
  });
}

/** A span as W3C Trace Context writes it; null: it is not recorded, so that nothing need be linked to it. */
export function traceparentOf(span: Span): string | null {
  const { traceId, spanId, traceFlags } = span.spanContext();
  if ((traceFlags & TraceFlags.SAMPLED) === 0) return null;
  return `00-${traceId}-${spanId}-01`;
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The spans that are written so, none twice; what is no such text is left out. */
export function spanContextsOf(traceparents: Iterable<string | undefined>): SpanContext[] {
  const contexts: SpanContext[] = [];
  for (const traceparent of new Set(traceparents)) {
    const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
    if (traceId === undefined || spanId === undefined || flags === undefined) continue;
    contexts.push({ traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true });
    if (contexts.length === MOST_LINKS) break;
  }
  return contexts;
}
