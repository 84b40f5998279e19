import { type Kysely, sql } from 'kysely';
import type { PartitionRange } from '../log/log.ts';
import type { Tables } from '../store/tables.ts';
import type { Rebuild } from './rebuild-state.ts';

export interface PartitionProgress {
  partition: number;
  /** First offset that the rebuild has not reached. */
  next: number;
  end: number;
}

/** How far a rebuild has come in each partition. Nothing where it was discarded meanwhile. */
export async function partitionProgress(
  db: Kysely<Tables>,
  { schema }: Pick<Rebuild, 'schema'>,
  ranges: readonly PartitionRange[],
): Promise<PartitionProgress[]> {
  const ends = new Map(ranges.map(({ partition, end }) => [partition, end]));
  const positions = await readPositions(db, schema);
  return positions.map(({ partition, next }) => ({
    partition,
    next,
    end: Math.max(next, ends.get(partition) ?? 0),
  }));
}

/** How long the phase it is at will take yet; null: not known. */
export function etaSeconds({ done, total, rate }: Pick<Rebuild, 'done' | 'total' | 'rate'>): number | null {
  return rate > 0 && total > done ? Math.ceil((total - done) / rate) : null;
}

const UNDEFINED_TABLE = '42P01';

async function readPositions(db: Kysely<Tables>, schema: string) {
  try {
    const { rows } = await sql<{ partition: number; next: number }>`
      SELECT partition, next FROM ${sql.table(`${schema}.positions`)} ORDER BY partition`.execute(db);
    return rows;
  } catch (error) {
    if ((error as { code?: string }).code === UNDEFINED_TABLE) return [];
    throw error;
  }
}
