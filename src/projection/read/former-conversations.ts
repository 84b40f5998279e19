/** Which conversations go on under the hashes of format 1, and from where on there are none of it any more. */

import { type Kysely, sql } from 'kysely';
import type { PartitionRange } from '../../log/log.ts';
import { KeysUnavailable } from '../../sealing/contact-keys.ts';
import type { Tables } from '../../store/tables.ts';
import { nextOffsets } from '../tables/positions.ts';
import { readSnapshot } from './snapshot.ts';

/**
 * Notes where the log ends before its first sealed record, where nobody has done so: records of format 1 stand before.
 * No older code may be at work any more.
 */
export async function noteSealedFrom(db: Kysely<Tables>, ends: readonly PartitionRange[]): Promise<void> {
  const noted = ends.map(({ partition, end }) => ({ partition, end }));
  await db
    .insertInto('public.sealed_from')
    .values({ ends: JSON.stringify(noted) })
    .onConflict((conflict) => conflict.column('only_row').doNothing())
    .execute();
}

/** The log is another one (an import): it is to be noted anew. */
export async function forgetSealedFrom(db: Kysely<Tables>): Promise<void> {
  await db.deleteFrom('public.sealed_from').execute();
}

/**
 * Those of these hashes that are conversations of the live projection. Rejects with `KeysUnavailable` until it has counted
 * every record of format 1: a conversation that goes on under another hash would be two.
 */
export async function formerConversations(
  db: Kysely<Tables>,
  hashes: readonly string[],
): Promise<ReadonlySet<string>> {
  return await readSnapshot(
    db,
    async ({ db: view, projection }) => {
      const from = await view.selectFrom('public.sealed_from').select('ends').executeTakeFirst();
      const nexts = await nextOffsets(projection);
      if (from === undefined || from.ends.some(({ partition, end }) => (nexts.get(partition) ?? 0) < end))
        throw new KeysUnavailable('the projection has not counted all records of before yet');
      const rows = await projection
        .selectFrom('conversations')
        .select('conversation')
        .where('conversation', '=', sql<string>`ANY (${hashes}::uuid[])`)
        .execute();
      return new Set(rows.map(({ conversation }) => conversation));
    },
    { byIndex: true },
  );
}
