import type { Kysely } from 'kysely';
import type { ClientBase } from 'pg';
import type { ProjectionTables } from '../../store/projection-tables.ts';
import type { Tables } from '../../store/tables.ts';

/** Name of the schema that answers questions now. Read it first in every transaction that uses a projection. */
export async function currentSchema(db: Kysely<Tables>): Promise<string> {
  const row = await db.selectFrom('public.projection_current').select('schema').executeTakeFirstOrThrow();
  return row.schema;
}

/** The same over a client that is inside a transaction of its own. */
export async function currentSchemaOn(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ schema: string }>('SELECT schema FROM public.projection_current');
  if (rows[0] === undefined) throw new Error('no projection is marked as current');
  return rows[0].schema;
}

/** The tables of one projection schema. */
export function projectionIn(db: Kysely<Tables>, schema: string): Kysely<ProjectionTables> {
  return (db as unknown as Kysely<ProjectionTables>).withSchema(schema);
}

/** The tables of the projection that is live now. */
export async function liveProjection(db: Kysely<Tables>): Promise<Kysely<ProjectionTables>> {
  return projectionIn(db, await currentSchema(db));
}
