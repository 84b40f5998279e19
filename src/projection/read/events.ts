import { sql } from 'kysely';
import type { EventClass, Ordered } from '../../domain/event.ts';
import type { ReadSnapshot } from './snapshot.ts';

/** An event as the projection keeps it; instants in ms, hashes as PostgreSQL prints uuids. */
export interface FullEvent {
  conversation: string;
  /** Hash of the id. */
  key: string;
  /** Hash of what it names; null also where a sent message is named by its own id. */
  ref: string | null;
  class: EventClass;
  at: number;
  id: string;
  partition: number;
  offset: number;
  receivedAt: number;
  keyId: string;
  /** JSON of an `EventDetail`. */
  detail: string | null;
  metadata: string | null;
}

export const EVENT_COLUMNS =
  sql.raw(`e.conversation, e.key, e.ref, e.class, e.at, e.id, e.partition, e."offset",
  e.received_at AS "receivedAt", e.key_id AS "keyId", e.detail, e.metadata`);

/** Every event of a conversation from one instant (ms) to another, exclusive; in no order. */
export async function eventsWithin(
  { db, schema }: ReadSnapshot,
  conversation: string,
  from: number,
  to: number,
): Promise<FullEvent[]> {
  const { rows } = await sql<FullEvent>`
    SELECT ${EVENT_COLUMNS} FROM ${sql.id(schema, 'events')} e
    WHERE e.conversation = ${conversation}::uuid AND e.at >= ${from} AND e.at < ${to}`.execute(db);
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
