/** Which conversations go on under the hashes of format 1. */

import { type Kysely, sql } from 'kysely';
import type { Tables } from '../../store/tables.ts';
import { readSnapshot } from './snapshot.ts';

/** Those of these hashes that are conversations of the live projection. */
export async function formerConversations(
  db: Kysely<Tables>,
  hashes: readonly string[],
): Promise<ReadonlySet<string>> {
  const read = ({ projection }: Parameters<Parameters<typeof readSnapshot>[1]>[0]) =>
    projection
      .selectFrom('conversations')
      .select('conversation')
      .where('conversation', '=', sql<string>`ANY (${hashes}::uuid[])`)
      .execute();
  const rows = await readSnapshot(db, read, { byIndex: true });
  return new Set(rows.map(({ conversation }) => conversation));
}
