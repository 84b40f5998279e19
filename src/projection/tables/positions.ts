import type { Kysely } from 'kysely';
import type { Batch, Progress } from '../../log/log.ts';
import { chainNext, chainStart, recordDigest } from '../../log/record/hash-chain.ts';
import type { ChainNote } from '../../log/transfer/import.ts';
import { onConnection } from '../../store/database.ts';
import type { GapsTable, PositionsTable, ProjectionTables } from '../../store/projection-tables.ts';
import type { Tables } from '../../store/tables.ts';
import { liveProjection, projectionIn } from './live-projection.ts';
import { plainArray, prepared, type SchemaConnection } from './sql.ts';

/**
 * Positions: up to where each partition of the log is projected, and the gaps on the way there. Every statement on the
 * table is here; who writes does it through `Projection.positions`, who only reads through the functions.
 */
export interface Positions {
  /**
   * Locks the positions of partitions, in ascending order: whoever holds one is the partition's one writer until the
   * transaction ends. Throws where one is missing.
   */
  lock(partitions: readonly number[]): Promise<Map<number, Position>>;
  /** Moves positions past their batches, with the digest of the last record and the head of the hash chain. */
  advance(advances: readonly Advance[]): Promise<Map<number, Progress>>;
  /** Where the reader of some partitions goes on. */
  progress(partitions: readonly number[]): Promise<Map<number, Progress>>;
  /** Takes loaded records out of the count of events, into those that they belong to. */
  reclassify(partition: number, counts: Omit<PositionCounts, 'events'>): Promise<void>;
  /** Notes the gaps of batches; one that goes on where another ended lengthens it, so that batching leaves no trace. */
  noteGaps(batches: readonly Batch[]): Promise<void>;
}

export type Position = Pick<PositionsTable, 'partition' | 'next' | 'last_offset' | 'last_digest' | 'chain'>;

/** What a batch adds to the counts of its partition. */
export interface PositionCounts {
  events: number;
  duplicates: number;
  quarantined: number;
}

/** A position and the batch it moves past. */
interface Advance {
  position: Position;
  batch: Batch;
  counts: PositionCounts;
}

export function positionsOn(on: SchemaConnection): Positions {
  return {
    lock: (partitions) => lock(on, partitions),
    advance: (advances) => advance(on, advances),
    async progress(partitions) {
      const rows = await readPositions(projectionIn(onConnection(on.client), on.schema));
      const asked = rows.filter(({ partition }) => partitions.includes(partition));
      return new Map(asked.map((row) => [row.partition, progressOf(row)]));
    },
    reclassify: (partition, counts) => reclassify(on, partition, counts),
    noteGaps: (batches) => noteGaps(on, batches),
  };
}

/** Every position with all that is noted beside it, by partition. */
export async function readPositions(projection: Kysely<ProjectionTables>): Promise<PositionsTable[]> {
  return await projection
    .selectFrom('positions')
    .select([
      'partition',
      'next',
      'last_offset',
      'last_digest',
      'chain',
      'events',
      'duplicates',
      'quarantined',
    ])
    .orderBy('partition')
    .execute();
}

/** Partition -> first offset that is not projected yet, ascending. */
export async function nextOffsets(projection: Kysely<ProjectionTables>): Promise<Map<number, number>> {
  const rows = await projection
    .selectFrom('positions')
    .select(['partition', 'next'])
    .orderBy('partition')
    .execute();
  return new Map(rows.map(({ partition, next }) => [partition, next]));
}

/** The same of the projection that is live now, outside any view. */
export async function liveNextOffsets(db: Kysely<Tables>): Promise<Map<number, number>> {
  return await nextOffsets(await liveProjection(db));
}

/** Keeps every writer away until the transaction ends. */
export async function lockPositions(projection: Kysely<ProjectionTables>): Promise<void> {
  await projection.selectFrom('positions').select('partition').orderBy('partition').forUpdate().execute();
}

/** Gives every partition a position to start from; those that have one keep it. */
export async function seedPositions(projection: Kysely<ProjectionTables>, partitions: number): Promise<void> {
  const rows = Array.from({ length: partitions }, (_, partition) => ({
    partition,
    next: 0,
    last_offset: null,
    last_digest: null,
    chain: chainStart(partition),
    events: 0,
    duplicates: 0,
    quarantined: 0,
  }));
  await projection
    .insertInto('positions')
    .values(rows)
    .onConflict((conflict) => conflict.column('partition').doNothing())
    .execute();
}

/** What the live projection has noted about the log; nothing where nothing was projected. */
export async function readChainNotes(db: Kysely<Tables>): Promise<ChainNote[]> {
  const rows = await readPositions(await liveProjection(db));
  return rows.flatMap(({ partition, next, chain }) => (next > 0 ? [{ partition, next, chain }] : []));
}

export function progressOf(position: Position): Progress {
  return { next: position.next, last: lastOf(position) };
}

/** The last record that was projected of a partition. */
export function lastOf({ last_offset, last_digest }: Position): Progress['last'] {
  return last_offset === null || last_digest === null ? null : { offset: last_offset, digest: last_digest };
}

async function lock(on: SchemaConnection, partitions: readonly number[]): Promise<Map<number, Position>> {
  const rows = await prepared<Position>(
    on,
    'lock positions',
    `SELECT partition, next, last_offset, last_digest, chain FROM ${on.schema}.positions
     WHERE partition = ANY ($1::smallint[]) ORDER BY partition FOR UPDATE`,
    [plainArray(partitions)],
  );
  const missing = partitions.filter((partition) => !rows.some((row) => row.partition === partition));
  if (missing.length > 0)
    throw new Error(`partition ${missing.join(', ')} has no position in schema ${on.schema}`);
  return new Map(rows.map((row) => [row.partition, row]));
}

/** Positions as they are past their batches. */
export function movedPast(advances: readonly Advance[]) {
  return advances.map(({ position, batch, counts }) => {
    let chain = position.chain;
    for (const record of batch.records) chain = chainNext(chain, record);
    const record = batch.records.at(-1);
    const last =
      record === undefined ? lastOf(position) : { offset: record.offset, digest: recordDigest(record) };
    return { partition: batch.partition, next: batch.next, last, chain, counts };
  });
}

async function advance(on: SchemaConnection, advances: readonly Advance[]): Promise<Map<number, Progress>> {
  const moved = movedPast(advances);
  await prepared(
    on,
    'advance positions',
    `UPDATE ${on.schema}.positions p SET next = a.next, last_offset = a.last_offset, last_digest = a.last_digest,
       chain = a.chain, events = p.events + a.events, duplicates = p.duplicates + a.duplicates,
       quarantined = p.quarantined + a.quarantined
     FROM unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bigint[], $7::bigint[],
       $8::bigint[])
       AS a(partition, next, last_offset, last_digest, chain, events, duplicates, quarantined)
     WHERE p.partition = a.partition`,
    [
      plainArray(moved.map(({ partition }) => partition)),
      plainArray(moved.map(({ next }) => next)),
      plainArray(moved.map(({ last }) => last?.offset ?? null)),
      moved.map(({ last }) => last?.digest ?? null),
      moved.map(({ chain }) => chain),
      plainArray(moved.map(({ counts }) => counts.events)),
      plainArray(moved.map(({ counts }) => counts.duplicates)),
      plainArray(moved.map(({ counts }) => counts.quarantined)),
    ],
  );
  return new Map(moved.map(({ partition, next, last }) => [partition, { next, last }]));
}

async function reclassify(
  { client, schema }: SchemaConnection,
  partition: number,
  { duplicates, quarantined }: Omit<PositionCounts, 'events'>,
): Promise<void> {
  await client.query(
    `UPDATE ${schema}.positions SET events = events - $2::bigint - $3::bigint, duplicates = duplicates + $2::bigint,
       quarantined = quarantined + $3::bigint WHERE partition = $1`,
    [partition, duplicates, quarantined],
  );
}

/** Ranges of a batch without a record, which its reader has confirmed by reading what fills them; nearly always none. */
export function gapsOf({ partition, first, next, records }: Batch): GapsTable[] {
  if (next - first === records.length) return [];
  const gaps: GapsTable[] = [];
  let expected = first;
  for (const { offset } of records) {
    if (offset > expected) gaps.push({ partition, first: expected, next: offset });
    expected = offset + 1;
  }
  if (next > expected) gaps.push({ partition, first: expected, next });
  return gaps;
}

async function noteGaps({ client, schema }: SchemaConnection, batches: readonly Batch[]): Promise<void> {
  for (const { partition, first, next } of batches.flatMap(gapsOf)) {
    await client.query(
      `WITH last AS (SELECT first FROM ${schema}.gaps WHERE partition = $1 ORDER BY first DESC LIMIT 1),
       longer AS (UPDATE ${schema}.gaps g SET next = $3 FROM last
         WHERE g.partition = $1 AND g.first = last.first AND g.next = $2 RETURNING 1)
       INSERT INTO ${schema}.gaps (partition, first, next)
       SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT FROM longer)`,
      [partition, first, next],
    );
  }
}
