import { type SqlBool, sql } from 'kysely';
import { anyOf } from '../../store/any-of.ts';
import type { QuarantineTable } from '../../store/projection-tables.ts';
import type { ReadSnapshot } from './snapshot.ts';

/** Log records that stay out of the counts, as they are listed. */
export type QuarantineRow = Pick<QuarantineTable, 'partition' | 'offset' | 'reason' | 'detail' | 'record'>;

/** Log records that stay out of the counts, by position. `tenants` null: all, unreadable records too. */
export async function listQuarantine(
  { projection }: ReadSnapshot,
  tenants: readonly string[] | null,
  after: { partition: number; offset: number } | null,
  limit: number,
): Promise<QuarantineRow[]> {
  let query = projection
    .selectFrom('quarantine as q')
    .select(['q.partition', 'q.offset', 'q.reason', 'q.detail', 'q.record'])
    .orderBy('q.partition')
    .orderBy('q.offset')
    .limit(limit);
  if (tenants !== null) query = query.where('q.tenant', '=', anyOf(tenants));
  if (after !== null)
    query = query.where(
      sql<SqlBool>`(q.partition, q."offset") > (${after.partition}::smallint, ${after.offset})`,
    );
  return await query.execute();
}
