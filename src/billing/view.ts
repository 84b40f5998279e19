import type { Kysely, Transaction } from 'kysely';
import type { ProjectionTables } from '../store/projection-tables.ts';
import type { ReadSnapshot } from '../store/read/snapshot.ts';
import type { Tables } from '../store/tables.ts';

/** What a transaction sees of the projection that is live in it. */
export async function viewIn(transaction: Transaction<Tables>): Promise<ReadSnapshot> {
  const { schema } = await transaction
    .selectFrom('public.projection_current')
    .select('schema')
    .executeTakeFirstOrThrow();
  const projection = (transaction as unknown as Kysely<ProjectionTables>).withSchema(schema);
  return { db: transaction, schema, projection };
}
