/** Takes along through the log which spans appended what, so that who folds it can be linked to them. */

import type { Batch, EventLog, NewRecord } from './log.ts';

/** Of so many records this process knows who appended them, where the log itself does not keep it. */
const MOST_REMEMBERED = 20_000;

/** The same records with the span that appends them (W3C Trace Context). */
export function withTraceparent(records: readonly NewRecord[], traceparent: string): NewRecord[] {
  return records.map((record) => ({ ...record, headers: { traceparent } }));
}

/**
 * The same log, whose batches say by which spans their records were appended: Kafka keeps that in a header of the record,
 * for the log in PostgreSQL only the process that appended knows it.
 */
export function rememberTraces(log: EventLog): EventLog {
  const traces = new Map<string, string>();

  function note(partition: number, offset: number, traceparent: string): void {
    traces.set(`${partition}/${offset}`, traceparent);
    if (traces.size <= MOST_REMEMBERED) return;
    const [oldest] = traces.keys();
    if (oldest !== undefined) traces.delete(oldest);
  }

  function recall(batch: Batch): Batch {
    const records = batch.records.map((record) => {
      const place = `${batch.partition}/${record.offset}`;
      const traceparent = record.traceparent ?? traces.get(place);
      traces.delete(place);
      return traceparent === undefined ? record : { ...record, traceparent };
    });
    return { ...batch, records };
  }

  return {
    ...log,
    async append(records) {
      const positions = await log.append(records);
      for (const [i, { partition, offset }] of positions.entries()) {
        const traceparent = records[i]?.headers?.traceparent;
        if (traceparent !== undefined) note(partition, offset, traceparent);
      }
      return positions;
    },
    subscribe: (consumer) =>
      log.subscribe({ ...consumer, handle: (batch) => consumer.handle(recall(batch)) }),
  };
}
