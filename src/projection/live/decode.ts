import type { Batch, StoredRecord } from '../../log/log.ts';
import { decodeRecord } from '../../log/record/record.ts';
import type { BatchEvent, Quarantined } from '../tables/events.ts';

/** What batches of different partitions say once repeats are dropped: the lowest offset of an id stands. */
export interface DecodedBatch {
  events: Map<string, BatchEvent>;
  repeats: BatchEvent[];
  quarantined: Quarantined[];
}

export function decodeBatches(batches: readonly Batch[]): DecodedBatch {
  const decoded: DecodedBatch = { events: new Map(), repeats: [], quarantined: [] };
  for (const { partition, records } of batches) {
    for (const record of records) {
      const event = decode(record, partition);
      if (isUnreadable(event)) decoded.quarantined.push(event);
      else if (decoded.events.has(event.uid)) decoded.repeats.push(event);
      else decoded.events.set(event.uid, event);
    }
  }
  return decoded;
}

/** A record as an event, or as what stays out because it cannot be read. */
export function decode({ offset, value }: StoredRecord, partition: number): BatchEvent | Quarantined {
  try {
    return decodeRecord(value, partition, offset);
  } catch (error) {
    // A RangeError: nested too deep for the stack.
    if (!(error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError))
      throw error;
    const detail = legible(error.message);
    return { partition, offset, reason: 'unreadable', detail, record: value, event: null };
  }
}

export function isUnreadable(decoded: BatchEvent | Quarantined): decoded is Quarantined {
  return 'reason' in decoded;
}

const LONGEST_DETAIL = 500;

/** The JSON parser quotes what it could not read, also characters that the database does not keep. */
function legible(message: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it replaces
  return message.slice(0, LONGEST_DETAIL).replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
}
