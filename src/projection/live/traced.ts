/** Spans of the projector: one per batch, linked to the appends of its records, and one per transaction, linked to its batches. */

import type { SpanContext } from '@opentelemetry/api';
import type { Batch } from '../../log/log.ts';
import { inSpan, isTracing, spanContextsOf } from '../../tracing.ts';

const spans = new WeakMap<Batch, SpanContext>();

export function inBatchSpan<T>(batch: Batch, work: () => Promise<T>): Promise<T> {
  if (!isTracing) return work();
  const { partition, first, next, records } = batch;
  const attributes = {
    'janela.partition': partition,
    'janela.batch.first': first,
    'janela.batch.next': next,
    'janela.records': records.length,
  };
  const links = spanContextsOf(records.map(({ traceparent }) => traceparent));
  return inSpan('project batch', { kind: 'consumer', root: true, attributes, links }, (span) => {
    spans.set(batch, span.spanContext());
    return work();
  });
}

export function inTransactionSpan<T>(batches: readonly Batch[], work: () => Promise<T>): Promise<T> {
  if (!isTracing) return work();
  const links = batches.flatMap((batch) => spans.get(batch) ?? []);
  const records = batches.reduce((sum, batch) => sum + batch.records.length, 0);
  const attributes = { 'janela.batches': batches.length, 'janela.records': records };
  return inSpan('projection transaction', { root: true, attributes, links }, work);
}
