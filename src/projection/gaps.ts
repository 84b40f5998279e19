import type { ClientBase } from 'pg';
import type { Batch } from '../log/log.ts';
import type { GapsTable } from '../store/projection-tables.ts';

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
