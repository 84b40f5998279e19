import { CompiledQuery, sql } from 'kysely';
import { EVENT_CLASS, type Ordered } from '../../domain/event.ts';
import { byKeysText, COLUMNS, type ConversationKey, type StoredEvent } from '../tables/events.ts';
import type { ReadSnapshot } from './snapshot.ts';

/** An event with everything that the projection keeps of it; instants in ms. */
export interface FullEvent extends StoredEvent {
  receivedAt: number;
  keyId: string;
  metadata: string | null;
}

const FULL_COLUMNS = `${COLUMNS}, e.received_at AS "receivedAt", e.key_id AS "keyId", e.metadata`;
export const EVENT_COLUMNS = sql.raw(FULL_COLUMNS);

/**
 * The events that bear or name one of the keys; twice where they do both. With `until` only what occurred by that
 * instant (ms).
 */
export async function eventsByKeys(
  { db, schema }: ReadSnapshot,
  keys: readonly ConversationKey[],
  until: number | null,
): Promise<FullEvent[]> {
  if (keys.length === 0) return [];
  const text = byKeysText(schema, FULL_COLUMNS, 'AND ($3::bigint IS NULL OR e.at <= $3)');
  const pairs = [keys.map(({ conversation }) => conversation), keys.map(({ key }) => key)];
  return (await db.executeQuery<FullEvent>(CompiledQuery.raw(text, [...pairs, until]))).rows;
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

/** Messages of a conversation up to an instant (ms, inclusive), in canonical order, after one of them. */
export async function messagesUpTo(
  { db, schema }: ReadSnapshot,
  conversation: string,
  at: number,
  after: Ordered | null,
  limit: number,
): Promise<FullEvent[]> {
  const next =
    after === null
      ? sql``
      : sql`AND e.at >= ${after.at} AND (e.at, e.class, e.id) > (${after.at}, ${after.class}::smallint, ${after.id})`;
  const { rows } = await sql<FullEvent>`
    SELECT ${EVENT_COLUMNS} FROM ${sql.id(schema, 'events')} e
    WHERE e.conversation = ${conversation}::uuid AND e.class <= 2 AND e.at <= ${at} ${next}
    ORDER BY e.at, e.class, e.id LIMIT ${limit}`.execute(db);
  return rows;
}
