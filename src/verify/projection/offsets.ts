import { snapshotOn } from '../../projection/read/snapshot.ts';
import { readPositions } from '../../projection/tables/positions.ts';
import type { Projection } from '../../projection/tables/projection.ts';
import type { GapsTable, PositionsTable } from '../../store/projection-tables.ts';
import { DifferenceFound } from '../difference.ts';

/** Marks which offsets of each partition are accounted for by an event, in quarantine or as a gap: one bit each. */
export interface OffsetCheck {
  partitions: number;
  /** Partition -> next offset. */
  positions: ReadonlyMap<number, number>;
  /** Events that must be stored, over all partitions. */
  events: number;
  /** Throws `DifferenceFound` where another row stands for the same offset or the offset is not projected yet. */
  mark(partition: number, offset: number, what: string): void;
  /** Throws `DifferenceFound` where the rows of a partition do not add up to its position. */
  close(): void;
}

interface PartitionOffsets {
  row: PositionsTable;
  bits: Uint8Array;
  events: number;
  quarantined: number;
}

/** Reads positions, gaps and quarantine, and says at once what is wrong with the positions alone. */
export async function startOffsetCheck(projection: Projection): Promise<OffsetCheck> {
  const rows = await readPositions(snapshotOn(projection).projection);
  const gaps = await readGaps(projection);
  const byPartition = new Map<number, PartitionOffsets>();
  for (const row of rows) {
    checkSum(row, gaps.get(row.partition) ?? []);
    byPartition.set(row.partition, {
      row,
      bits: new Uint8Array(Math.ceil(row.next / 8)),
      events: 0,
      quarantined: 0,
    });
  }
  const occupy = (partition: number, offset: number, what: string): PartitionOffsets => {
    const offsets = byPartition.get(partition);
    if (offsets === undefined)
      throw new DifferenceFound(`${what} names partition ${partition}, which has no position.`);
    if (offset >= offsets.row.next)
      throw new DifferenceFound(
        `${what} stands at partition ${partition}, offset ${offset}, but only offsets below ${offsets.row.next} are projected.`,
      );
    const bit = 1 << (offset & 7);
    const byte = offsets.bits[Math.floor(offset / 8)] ?? 0;
    if ((byte & bit) !== 0)
      throw new DifferenceFound(
        `${what} stands at partition ${partition}, offset ${offset}, where another row stands.`,
      );
    offsets.bits[Math.floor(offset / 8)] = byte | bit;
    return offsets;
  };
  await markQuarantine(projection, occupy);
  for (const { partition, first, next } of [...gaps.values()].flat())
    for (let offset = first; offset < next; offset++) occupy(partition, offset, 'A gap');
  return {
    partitions: rows.length,
    positions: new Map(rows.map(({ partition, next }) => [partition, next])),
    events: rows.reduce((sum, row) => sum + row.events, 0),
    mark(partition, offset, what) {
      occupy(partition, offset, what).events++;
    },
    close() {
      for (const { row, events, quarantined } of byPartition.values()) {
        const { partition } = row;
        if (events !== row.events)
          throw new DifferenceFound(
            `Partition ${partition} counts ${row.events} events, but ${events} are stored.`,
          );
        if (quarantined !== row.quarantined)
          throw new DifferenceFound(
            `Partition ${partition} counts ${row.quarantined} records in quarantine, but ${quarantined} are there.`,
          );
      }
    },
  };
}

async function readGaps({ client, schema }: Projection): Promise<Map<number, GapsTable[]>> {
  const { rows } = await client.query<GapsTable>(
    `SELECT partition, first, next FROM ${schema}.gaps ORDER BY partition, first`,
  );
  return Map.groupBy(rows, ({ partition }) => partition);
}

/** Every offset below the position is an event, a duplicate, in quarantine, or without a record. */
function checkSum(row: PositionsTable, gaps: readonly GapsTable[]): void {
  const { partition, next, last_offset, events, duplicates, quarantined } = row;
  const empty = gaps.reduce((total, gap) => total + gap.next - gap.first, 0);
  const sum = events + duplicates + quarantined + empty;
  const without = empty === 0 ? '' : ` and ${empty} offsets without a record`;
  if (sum !== next)
    throw new DifferenceFound(
      `Partition ${partition} is projected up to offset ${next}, but ${events} events, ${duplicates} duplicates and ${quarantined} in quarantine${without} make ${sum}.`,
    );
  const last = gaps.at(-1);
  const end = last?.next === next ? last.first : next;
  if (last_offset !== (end === 0 ? null : end - 1))
    throw new DifferenceFound(
      `Partition ${partition} is projected up to offset ${next}, but its last record is noted as ${last_offset ?? 'none'}.`,
    );
  if ([row.chain, row.last_digest ?? row.chain].some(({ length }) => length !== SHA256_BYTES))
    throw new DifferenceFound(`Partition ${partition} notes a hash that is none of 32 bytes.`);
}

const SHA256_BYTES = 32;

async function markQuarantine(
  { client, schema }: Projection,
  occupy: (partition: number, offset: number, what: string) => PartitionOffsets,
): Promise<void> {
  const { rows } = await client.query<{ partition: number; offset: number }>(
    `SELECT partition, "offset" FROM ${schema}.quarantine`,
  );
  for (const { partition, offset } of rows) occupy(partition, offset, 'A record in quarantine').quarantined++;
  const orphan = await client.query<{ partition: number; offset: number }>(
    `SELECT q.partition, q."offset" FROM ${schema}.quarantine q
     LEFT JOIN ${schema}.events e ON e.conversation = q.conversation AND e.key = q.key
     WHERE q.reason = 'conflict' AND e.key IS NULL ORDER BY 1, 2 LIMIT 1`,
  );
  const [row] = orphan.rows;
  if (row !== undefined)
    throw new DifferenceFound(
      `The record at partition ${row.partition}, offset ${row.offset} is in quarantine for a conflict with an event that is not stored.`,
    );
}
