import { normaliseName } from '../../domain/conversation.ts';
import { isReceipt } from '../../domain/event.ts';
import type { Batch, StoredRecord } from '../../log/log.ts';
import { decodeRecord, type EventDetail } from '../../log/record/record.ts';
import type { BatchEvent, Quarantined, StoredEvent } from '../tables/events.ts';

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

/**
 * Whether two events with one id say the same. Contract section 1, "Event identity": of a receipt only type and
 * message are content; metadata never is.
 */
export function sameContent(a: StoredEvent, b: StoredEvent): boolean {
  if (a.class !== b.class || a.ref !== b.ref) return false;
  return isReceipt(a.class) || (a.at === b.at && sameDetail(a.detail, b.detail));
}

/** Records of before categories were lower-cased have them as they came. */
function sameDetail(a: string | null, b: string | null): boolean {
  if (a === b) return true;
  return a !== null && b !== null && withLowerCategory(a) === withLowerCategory(b);
}

function withLowerCategory(json: string): string {
  const detail = JSON.parse(json) as EventDetail;
  if (detail.template !== undefined) detail.template.category = normaliseName(detail.template.category);
  return JSON.stringify(detail);
}

export function conflictWith(standing: StoredEvent, event: BatchEvent): Quarantined {
  const detail = `another event with this id and other content stands at partition ${standing.partition}, offset ${standing.offset}`;
  const { partition, offset, record } = event;
  return { partition, offset, reason: 'conflict', detail, record, event };
}
