import type { Kysely } from 'kysely';
import type { ClientBase } from 'pg';
import { chainStart } from '../../log/record/hash-chain.ts';
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

/** Gives every partition a position to start from; those that have one keep it. */
export async function seedPositions(db: Kysely<Tables>, schema: string, partitions: number): Promise<void> {
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
  await projectionIn(db, schema)
    .insertInto('positions')
    .values(rows)
    .onConflict((conflict) => conflict.column('partition').doNothing())
    .execute();
}
