import type { Kysely } from 'kysely';
import type { ClientBase } from 'pg';
import type { Batch, Progress } from '../../log/log.ts';
import { chainNext, recordDigest } from '../../log/record/hash-chain.ts';
import type { ChainNote } from '../../log/transfer/import.ts';
import type { GapsTable, PositionsTable } from '../../store/projection-tables.ts';
import type { Tables } from '../../store/tables.ts';
import { currentSchema, projectionIn } from './schema.ts';
import { plainArray, prepared } from './sql.ts';

export type Position = Pick<PositionsTable, 'partition' | 'next' | 'last_offset' | 'last_digest' | 'chain'>;

/** What a batch adds to the counts of its partition. */
export interface PositionCounts {
  events: number;
  duplicates: number;
  quarantined: number;
}

/**
 * Locks the positions of partitions, in ascending order: whoever holds one is the partition's one writer until the
 * transaction ends.
 */
export async function lockPositions(
  client: ClientBase,
  schema: string,
  partitions: readonly number[],
): Promise<Map<number, Position>> {
  const rows = await prepared<Position>(
    client,
    `lock positions ${schema}`,
    `SELECT partition, next, last_offset, last_digest, chain FROM ${schema}.positions
     WHERE partition = ANY ($1::smallint[]) ORDER BY partition FOR UPDATE`,
    [plainArray(partitions)],
  );
  const missing = partitions.filter((partition) => !rows.some((row) => row.partition === partition));
  if (missing.length > 0)
    throw new Error(`partition ${missing.join(', ')} has no position in schema ${schema}`);
  return new Map(rows.map((row) => [row.partition, row]));
}

/** A position and the batch it moves past. */
export interface Advance {
  position: Position;
  batch: Batch;
  counts: PositionCounts;
}

/** Moves positions past their batches, with the digest of the last record and the head of the hash chain. */
export async function advancePositions(
  client: ClientBase,
  schema: string,
  advances: readonly Advance[],
): Promise<Map<number, Progress>> {
  const moved = advances.map(({ position, batch, counts }) => {
    let chain = position.chain;
    for (const record of batch.records) chain = chainNext(chain, record);
    const record = batch.records.at(-1);
    const last =
      record === undefined ? lastOf(position) : { offset: record.offset, digest: recordDigest(record) };
    return { partition: batch.partition, next: batch.next, last, chain, counts };
  });
  await prepared(
    client,
    `advance positions ${schema}`,
    `UPDATE ${schema}.positions p SET next = a.next, last_offset = a.last_offset, last_digest = a.last_digest,
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

export function progressOf(position: Position): Progress {
  return { next: position.next, last: lastOf(position) };
}

function lastOf({ last_offset, last_digest }: Position): Progress['last'] {
  return last_offset === null || last_digest === null ? null : { offset: last_offset, digest: last_digest };
}

export async function readProgress(
  client: ClientBase,
  schema: string,
  partitions: readonly number[],
): Promise<Map<number, Progress>> {
  const { rows } = await client.query<Position>(
    `SELECT partition, next, last_offset, last_digest, chain FROM ${schema}.positions
     WHERE partition = ANY ($1::smallint[])`,
    [plainArray(partitions)],
  );
  return new Map(rows.map((row) => [row.partition, progressOf(row)]));
}

export function sumOf(numbers: Iterable<number>): number {
  let sum = 0;
  for (const number of numbers) sum += number;
  return sum;
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

/** Notes the gaps of batches; one that goes on where another ended lengthens it, so that batching leaves no trace. */
export async function writeGaps(
  client: ClientBase,
  schema: string,
  batches: readonly Batch[],
): Promise<void> {
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

/** What the live projection has noted about the log; nothing where nothing was projected. */
export async function readChainNotes(db: Kysely<Tables>): Promise<ChainNote[]> {
  return await projectionIn(db, await currentSchema(db))
    .selectFrom('positions')
    .select(['partition', 'next', 'chain'])
    .where('next', '>', 0)
    .orderBy('partition')
    .execute();
}
