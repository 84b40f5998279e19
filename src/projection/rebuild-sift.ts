import type { Batch, EventLog, Position, Progress } from '../log/log.ts';
import { decodeRecord } from '../log/record.ts';
import { conflictWith, type Quarantined, sameContent } from './decode.ts';
import type { StoredEvent } from './relate.ts';
import { plainArray } from './sql.ts';

/** Loaded rows that are no events: repeats of one, and conflicts with one. */
export interface Sifted {
  /** Where the rows that go stand in the log. */
  rows: Position[];
  /** By partition. */
  duplicates: Map<number, number>;
  conflicts: Conflict[];
}

export interface Conflict {
  standing: StoredEvent;
  partition: number;
  offset: number;
}

export function nothingSifted(): Sifted {
  return { rows: [], duplicates: new Map(), conflicts: [] };
}

/** Keeps the first event of each id and notes the others. Events come by key, and by offset where that is the same. */
export function sift(events: readonly StoredEvent[], sifted: Sifted): StoredEvent[] {
  const kept: StoredEvent[] = [];
  for (const event of events) {
    const standing = kept.at(-1);
    if (standing?.key !== event.key) {
      kept.push(event);
      continue;
    }
    const { partition, offset } = event;
    sifted.rows.push({ partition, offset });
    if (sameContent(standing, event))
      sifted.duplicates.set(partition, (sifted.duplicates.get(partition) ?? 0) + 1);
    else sifted.conflicts.push({ standing, partition, offset });
  }
  return kept;
}

/**
 * The events of some partitions, conversation by conversation, as `sift` wants them and `toStoredEvent` reads them.
 * Hashes stay as PostgreSQL prints them, with dashes: plain hex costs it 0.3 us an event, and they are only compared here
 * and written back.
 */
export function loadedEvents(schema: string, partitions: readonly number[]): string {
  return `SELECT conversation, key, ref, class, at, partition, "offset", id,
      CASE WHEN class BETWEEN 3 AND 5 THEN NULL ELSE detail END
    FROM ${schema}.events WHERE partition = ANY ('${plainArray(partitions)}')
    ORDER BY conversation, key, "offset"`;
}

/** Reads the records of conflicts once more from the log, for quarantine keeps them as they are. */
export async function quarantineOf(
  log: EventLog,
  group: string,
  conflicts: readonly Conflict[],
): Promise<Map<number, Quarantined[]>> {
  const found = new Map<number, Quarantined[]>();
  if (conflicts.length === 0) return found;
  const wanted = new Map(conflicts.map((conflict) => [`${conflict.partition} ${conflict.offset}`, conflict]));
  const byPartition = Map.groupBy(conflicts, ({ partition }) => partition);
  const range = (partition: number) => byPartition.get(partition)?.map(({ offset }) => offset) ?? [];
  const partitions = Array.from({ length: log.partitions }, (_, partition) => partition);
  const failures: unknown[] = [];
  const subscription = await log.subscribe({
    group,
    concurrency: 1,
    batchSize: 4_000,
    until: new Map(partitions.map((partition) => [partition, Math.max(-1, ...range(partition)) + 1])),
    progress: async (asked) =>
      new Map(
        asked.map((partition): [number, Progress] => [
          partition,
          { next: start(range(partition)), last: null },
        ]),
      ),
    handle: async (batch: Batch) => {
      for (const { offset, value } of batch.records) {
        const conflict = wanted.get(`${batch.partition} ${offset}`);
        if (conflict === undefined) continue;
        const row = conflictWith(conflict.standing, decodeRecord(value, batch.partition, offset));
        found.set(batch.partition, [...(found.get(batch.partition) ?? []), row]);
      }
      return { next: batch.next, last: null };
    },
    failed: (_, error) => failures.push(error),
  });
  await subscription.done;
  const count = [...found.values()].reduce((sum, rows) => sum + rows.length, 0);
  if (count !== conflicts.length)
    throw new Error(`the log gave ${count} of ${conflicts.length} conflicting records`);
  return found;
}

function start(offsets: readonly number[]): number {
  return offsets.length === 0 ? 0 : Math.min(...offsets);
}
