import type { Kysely } from 'kysely';
import type { ChainNote } from '../log/import-check.ts';
import type { Tables } from '../store/tables.ts';
import { currentSchema, projectionIn } from './schema.ts';

/** What the live projection has noted about the log; nothing where nothing was projected. */
export async function readChainNotes(db: Kysely<Tables>): Promise<ChainNote[]> {
  return await projectionIn(db, await currentSchema(db))
    .selectFrom('positions')
    .select(['partition', 'next', 'chain'])
    .where('next', '>', 0)
    .orderBy('partition')
    .execute();
}
