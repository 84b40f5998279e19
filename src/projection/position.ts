import type { ClientBase } from 'pg';
import { chainNext, recordDigest } from '../log/digest.ts';
import type { Batch, Progress } from '../log/log.ts';
import type { PositionsTable } from '../store/projection-tables.ts';
import { plainArray, prepared } from './sql.ts';

type Position = Pick<PositionsTable, 'next' | 'last_offset' | 'last_digest' | 'chain'>;

/** What a batch adds to the counts of its partition. */
export interface PositionCounts {
  events: number;
  duplicates: number;
  quarantined: number;
}

/** Locks a partition's position: whoever holds it is its one writer until the transaction ends. */
export async function lockPosition(client: ClientBase, schema: string, partition: number): Promise<Position> {
  const rows = await prepared<Position>(
    client,
    `lock position ${schema}`,
    `SELECT next, last_offset, last_digest, chain FROM ${schema}.positions WHERE partition = $1 FOR UPDATE`,
    [partition],
  );
  const row = rows[0];
  if (row === undefined) throw new Error(`partition ${partition} has no position in schema ${schema}`);
  return row;
}

/** Moves the position past a batch, with the digest of its last record and the head of the hash chain. */
export async function advancePosition(
  client: ClientBase,
  schema: string,
  position: Position,
  batch: Batch,
  counts: PositionCounts,
): Promise<Progress> {
  let chain = position.chain;
  for (const record of batch.records) chain = chainNext(chain, record);
  const record = batch.records.at(-1);
  const last =
    record === undefined ? lastOf(position) : { offset: record.offset, digest: recordDigest(record) };
  await prepared(
    client,
    `advance position ${schema}`,
    `UPDATE ${schema}.positions SET next = $2, last_offset = $3, last_digest = $4, chain = $5,
       events = events + $6, duplicates = duplicates + $7, quarantined = quarantined + $8 WHERE partition = $1`,
    [
      batch.partition,
      batch.next,
      last?.offset ?? null,
      last?.digest ?? null,
      chain,
      counts.events,
      counts.duplicates,
      counts.quarantined,
    ],
  );
  return { next: batch.next, last };
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
  const { rows } = await client.query<Position & { partition: number }>(
    `SELECT partition, next, last_offset, last_digest, chain FROM ${schema}.positions
     WHERE partition = ANY ($1::smallint[])`,
    [plainArray(partitions)],
  );
  return new Map(rows.map((row) => [row.partition, progressOf(row)]));
}
