import type { ClientBase } from 'pg';
import { chainNext, recordDigest } from '../log/digest.ts';
import type { Batch, Progress } from '../log/log.ts';
import type { PositionsTable } from '../store/projection-tables.ts';
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
