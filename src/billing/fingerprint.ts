import { sql } from 'kysely';
import type { ReadSnapshot } from '../store/read/snapshot.ts';
import { inRange, type WindowRange } from './line-sets.ts';

/**
 * An order-free hash of which windows a period has. Conversation and opener decide everything that billing looks at,
 * so where it is equal there is nothing to adjust, and the comparison window by window is spared.
 */
export async function fingerprint({ db, schema }: ReadSnapshot, range: WindowRange): Promise<string> {
  const { rows } = await sql<{ fingerprint: string }>`
    SELECT coalesce(bit_xor(uuid_hash_extended(w.opener, uuid_hash_extended(w.conversation, 0))), 0)::text AS fingerprint
    FROM ${sql.id(schema, 'windows')} w WHERE ${inRange(range)}`.execute(db);
  return rows[0]?.fingerprint ?? '0';
}
