import type { Pool } from 'pg';
import { beginningGone } from './broken.ts';
import type { PartitionRange } from './log.ts';
import { withClient } from './postgres-client.ts';

const TIMEOUT_MS = 30_000;
/** So many offsets are counted by one statement: a tenth of a second. */
const SLICE = 500_000;

const COUNT = `
  select count(*)::int as records from log.records
  where partition = $1 and "offset" >= $2 and "offset" < $3`;

/** What is gone from the table: its beginnings, and records from the midst. */
export async function weaknessesOfTable(
  pool: Pool,
  ends: () => Promise<PartitionRange[]>,
): Promise<string[]> {
  const weaknesses: string[] = [];
  for (const { partition, low, end } of await ends()) {
    if (low > 0) weaknesses.push(beginningGone(partition, low));
    const gap = await findGap(pool, partition, low, end);
    if (gap === null) continue;
    // The beginning may have gone while the records were counted.
    const begins = (await ends())[partition]?.low ?? low;
    weaknesses.push(begins > low ? beginningGone(partition, begins) : gap);
  }
  return weaknesses;
}

async function findGap(pool: Pool, partition: number, low: number, end: number): Promise<string | null> {
  for (let from = low; from < end; from += SLICE) {
    const to = Math.min(end, from + SLICE);
    const records = await withClient(pool, TIMEOUT_MS, async (client) => {
      const { rows } = await client.query<{ records: number }>(COUNT, [partition, from, to]);
      return rows[0]?.records ?? 0;
    });
    if (records !== to - from)
      return `Partition ${partition} of the log has only ${records} of the ${to - from} records from offset ${from} to ${to - 1}: the others are gone. Restore the log from its export with janela log import, into an empty database.`;
  }
  return null;
}
