/**
 * Sends the spans of the service to an OpenTelemetry collector at OTEL_EXPORTER_OTLP_ENDPOINT:
 * NODE_OPTIONS="--import $PWD/examples/tracing.js" janela serve
 * The SDK is yours to choose; this one needs the packages below beside `@opentelemetry/api`.
 */
import process from 'node:process';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

const { OTEL_SERVICE_NAME = 'janela', OTEL_BSP_SCHEDULE_DELAY = '5000' } = process.env;
const provider = new TracerProvider({
  resource: resourceFromAttributes({ 'service.name': OTEL_SERVICE_NAME }),
  spanProcessors: [
    new BatchSpanProcessor({
      exporter: new OTLPTraceExporter(),
      scheduledDelayMillis: Number(OTEL_BSP_SCHEDULE_DELAY),
    }),
  ],
});
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
trace.setGlobalTracerProvider(provider);
// The service takes a moment to stop: long enough to send what was not sent yet.
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => void provider.forceFlush());
