import type { Kysely } from 'kysely';
import type { ProjectionTables } from '../../store/projection-tables.ts';
import type { Tables } from '../../store/tables.ts';
import type { ReadSnapshot } from './snapshot.ts';

/** Partition -> first offset that is not yet counted in the view. */
export async function positionsIn(snapshot: ReadSnapshot): Promise<Map<number, number>> {
  return await positions(snapshot.projection);
}

/** The same as of now, outside any view. */
export async function positionsNow(db: Kysely<Tables>): Promise<Map<number, number>> {
  const { schema } = await db
    .selectFrom('public.projection_current')
    .select('schema')
    .executeTakeFirstOrThrow();
  return await positions((db as unknown as Kysely<ProjectionTables>).withSchema(schema));
}

async function positions(projection: Kysely<ProjectionTables>): Promise<Map<number, number>> {
  const rows = await projection.selectFrom('positions').select(['partition', 'next']).execute();
  return new Map(rows.map(({ partition, next }) => [partition, next]));
}
