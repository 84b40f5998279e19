import { type RawBuilder, sql } from 'kysely';
import { compareCanonical, EVENT_CLASS, rank } from '../../domain/event.ts';
import { COLUMNS, type ConversationKey, type StoredEvent } from '../tables/events.ts';
import type { Opening } from '../unsealing.ts';
import { openEvents } from './opened.ts';
import type { ReadSnapshot } from './snapshot.ts';

/** An event with everything that the projection keeps of it; instants in ms. */
export interface FullEvent extends StoredEvent {
  receivedAt: number;
  keyId: string;
  metadata: string | null;
  /** null: it came in clear. */
  who: Buffer | null;
}

const FULL_COLUMNS = `${COLUMNS}, e.received_at AS "receivedAt", e.key_id AS "keyId", e.metadata, e.who`;
export const EVENT_COLUMNS = sql.raw(FULL_COLUMNS);
const NARROW_COLUMNS = sql.raw(
  FULL_COLUMNS.replace('e.detail', 'NULL AS detail')
    .replace('e.metadata', 'NULL AS metadata')
    .replace('e.who', 'NULL::bytea AS who'),
);

/**
 * The events that bear one of the keys, and of those that name one `most` of each kind: sent messages, receipts that
 * failed, receipts that arrived, voids. Receipts that were voided are left out, so that these few say what all would; a
 * message may have any number. Without detail and metadata, which `eventsBearing` reads.
 */
export async function relativesByKeys(
  { db, schema }: ReadSnapshot,
  keys: readonly ConversationKey[],
  most: number,
): Promise<FullEvent[]> {
  if (keys.length === 0) return [];
  const events = sql.id(schema, 'events');
  const naming = (condition: RawBuilder<unknown>) => sql`
    (SELECT ${NARROW_COLUMNS} FROM ${events} e WHERE e.conversation = k.conversation AND e.ref = k.key
      AND ${condition} LIMIT ${most})`;
  const kinds = [
    sql`e.class IN (${EVENT_CLASS.template}, ${EVENT_CLASS.freeText})`,
    sql`e.class = ${EVENT_CLASS.failed} AND NOT e.voided`,
    sql`e.class IN (${EVENT_CLASS.delivered}, ${EVENT_CLASS.read}) AND NOT e.voided`,
    sql`e.class = ${EVENT_CLASS.void}`,
  ];
  const { rows } = await sql<FullEvent>`
    WITH k AS MATERIALIZED (SELECT * FROM unnest(${keys.map(({ conversation }) => conversation)}::uuid[],
      ${keys.map(({ key }) => key)}::uuid[]) AS k(conversation, key))
    SELECT ${NARROW_COLUMNS} FROM k JOIN ${events} e ON e.conversation = k.conversation AND e.key = k.key
    UNION ALL
    SELECT f.* FROM k CROSS JOIN LATERAL (${sql.join(kinds.map(naming), sql` UNION ALL `)}) f`.execute(db);
  return rows;
}

/** The events that bear one of the keys. */
export async function eventsBearing(
  { db, schema }: ReadSnapshot,
  keys: readonly ConversationKey[],
): Promise<FullEvent[]> {
  const { rows } = await sql<FullEvent>`
    SELECT ${EVENT_COLUMNS} FROM unnest(${keys.map(({ conversation }) => conversation)}::uuid[],
      ${keys.map(({ key }) => key)}::uuid[]) AS k(conversation, key)
    JOIN ${sql.id(schema, 'events')} e ON e.conversation = k.conversation AND e.key = k.key`.execute(db);
  return rows;
}

/** Place of an event in the canonical order of its conversation. */
export interface CanonicalPlace {
  at: number;
  rank: number;
  /** Of the event there. */
  key: string;
}

/**
 * Events of a conversation from one instant (ms) to another, exclusive, opened, in canonical order, after one of them. What
 * shares its place with others is read together with them, for their order is in what is sealed.
 */
export async function eventsWithin(
  snapshot: ReadSnapshot,
  span: { conversation: string; from: number; to: number },
  { after, limit }: { after: CanonicalPlace | null; limit: number },
  unsealing: Opening,
): Promise<FullEvent[]> {
  const found: FullEvent[] = [];
  let place: Omit<CanonicalPlace, 'key'> | null =
    after === null ? null : { at: after.at, rank: after.rank - 1 };
  let behind = after?.key ?? null;
  while (found.length < limit) {
    const asked = limit - found.length;
    const portion = await portionWithin(snapshot, span, place, asked);
    const opened = (await openEvents(unsealing, portion, snapshot.db)).sort(compareCanonical);
    const skipped = behind === null ? -1 : opened.findIndex(({ key }) => key === behind);
    found.push(...opened.slice(skipped + 1));
    const last = portion.at(-1);
    if (last === undefined || portion.length < asked) break;
    place = { at: last.at, rank: rank(last.class) };
    behind = null;
  }
  return found.slice(0, limit);
}

/** So many events behind a place, and all that share theirs with the last. */
async function portionWithin(
  { db, schema }: ReadSnapshot,
  { conversation, from, to }: { conversation: string; from: number; to: number },
  place: Omit<CanonicalPlace, 'key'> | null,
  limit: number,
): Promise<FullEvent[]> {
  const rankOf = sql`least(e.class, ${EVENT_CLASS.delivered})`;
  const next =
    place === null
      ? sql``
      : sql`AND e.at >= ${place.at} AND (e.at, ${rankOf}) > (${place.at}, ${place.rank})`;
  const { rows } = await sql<FullEvent>`
    SELECT ${EVENT_COLUMNS} FROM ${sql.id(schema, 'events')} e
    WHERE e.conversation = ${conversation}::uuid AND e.at >= ${from} AND e.at < ${to} ${next}
    ORDER BY e.at, ${rankOf} FETCH FIRST (${limit}::bigint) ROWS WITH TIES`.execute(db);
  return rows;
}
