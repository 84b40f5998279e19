import { sql } from 'kysely';
import { EVENT_CLASS } from '../../domain/event.ts';
import { COLUMNS, type ConversationKey, type StoredEvent } from '../tables/events.ts';
import type { ReadSnapshot } from './snapshot.ts';

/** An event with everything that the projection keeps of it; instants in ms. */
export interface FullEvent extends StoredEvent {
  receivedAt: number;
  keyId: string;
  metadata: string | null;
}

const FULL_COLUMNS = `${COLUMNS}, e.received_at AS "receivedAt", e.key_id AS "keyId", e.metadata`;
export const EVENT_COLUMNS = sql.raw(FULL_COLUMNS);

/** The events that bear or name one of the keys; twice where they do both. */
export async function eventsByKeys(
  { db, schema }: ReadSnapshot,
  keys: readonly ConversationKey[],
): Promise<FullEvent[]> {
  if (keys.length === 0) return [];
  const events = sql.id(schema, 'events');
  const { rows } = await sql<FullEvent>`
    WITH k AS (
      SELECT * FROM unnest(${keys.map(({ conversation }) => conversation)}::uuid[], ${keys.map(({ key }) => key)}::uuid[])
        AS k(conversation, key)
    )
    SELECT ${EVENT_COLUMNS} FROM k JOIN ${events} e ON e.conversation = k.conversation AND e.key = k.key
    UNION ALL
    SELECT ${EVENT_COLUMNS} FROM k JOIN ${events} e ON e.conversation = k.conversation AND e.ref = k.key
      AND e.ref IS NOT NULL`.execute(db);
  return rows;
}

/** Place of an event in the canonical order of its conversation. */
export interface CanonicalPlace {
  at: number;
  rank: number;
  id: string;
}

/** Events of a conversation from one instant (ms) to another, exclusive, in canonical order, after one of them. */
export async function eventsWithin(
  { db, schema }: ReadSnapshot,
  { conversation, from, to }: { conversation: string; from: number; to: number },
  { after, limit }: { after: CanonicalPlace | null; limit: number },
): Promise<FullEvent[]> {
  const rank = sql`least(e.class, ${EVENT_CLASS.delivered})`;
  const next =
    after === null
      ? sql``
      : sql`AND e.at >= ${after.at} AND (e.at, ${rank}, e.id COLLATE "C") > (${after.at}, ${after.rank}, ${after.id})`;
  const { rows } = await sql<FullEvent>`
    SELECT ${EVENT_COLUMNS} FROM ${sql.id(schema, 'events')} e
    WHERE e.conversation = ${conversation}::uuid AND e.at >= ${from} AND e.at < ${to} ${next}
    ORDER BY e.at, ${rank}, e.id COLLATE "C" LIMIT ${limit}`.execute(db);
  return rows;
}
