/** A batcher whose callers see in their traces how long the log took, and whose records say by which span they came. */

import { withTraceparent } from '../log/traces.ts';
import { inSpan, traceparentOf } from '../tracing.ts';
import type { Batcher } from './batcher.ts';

export function traceAppends(batcher: Batcher): Batcher {
  return {
    ...batcher,
    append(records, sender) {
      const attributes = { 'janela.records': records.length };
      return inSpan('log append', { kind: 'producer', attributes }, (span) => {
        const traceparent = traceparentOf(span);
        return batcher.append(traceparent === null ? records : withTraceparent(records, traceparent), sender);
      });
    },
  };
}
