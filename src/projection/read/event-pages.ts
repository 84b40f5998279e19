import { type SqlBool, sql } from 'kysely';
import { anyHashOf } from '../../store/any-of.ts';
import type { ConversationKey } from '../tables/events.ts';
import { EVENT_COLUMNS, type FullEvent } from './events.ts';
import type { ReadSnapshot } from './snapshot.ts';
import { partyIs } from './windows.ts';

/** Which conversations a list of events walks through, page by page: by contact where it is in clear, then by hash. */
export interface ConversationFilter {
  tenant: string;
  channel?: string | undefined;
  account?: string | undefined;
  /** Only these. */
  conversations?: readonly string[] | undefined;
  /** Only those with an event in conflict. */
  inConflict: boolean;
  /** Only those with an event of one of these keys (hashes of an id). */
  keys: readonly string[] | null;
}

export interface ConversationRow {
  conversation: string;
  channel: string;
  account: string;
  contact: string;
}

/** Where a list of events stands: in a conversation, after one of its events or after all of them (null). */
export interface EventPlace {
  contact: string;
  conversation: string;
  /** Canonical order (instant, rank, id) of the standing event; then offset, for copies of it in conflict. */
  event: { at: number; rank: number; id: string; offset: number } | null;
}

/** The last of so many conversations of a tenant from a place on; undefined where there are not so many left. */
export async function conversationAhead(
  { projection }: ReadSnapshot,
  tenant: string,
  from: EventPlace | null,
  count: number,
): Promise<Pick<ConversationRow, 'contact' | 'conversation'> | undefined> {
  let query = projection
    .selectFrom('conversations as c')
    .select(['c.contact', 'c.conversation'])
    .where('c.tenant', '=', tenant)
    .orderBy('c.contact')
    .orderBy('c.conversation')
    .offset(count - 1)
    .limit(1);
  if (from !== null) query = query.where(isPast(from));
  return await query.executeTakeFirst();
}

function isPast(from: EventPlace) {
  const than = sql.raw(from.event === null ? '>' : '>=');
  return sql<SqlBool>`(c.contact, c.conversation) ${than} (${from.contact}, ${from.conversation}::uuid)`;
}

/**
 * Conversations by (contact, id) from a place on, the one of the place too, unless all its events are done; up to
 * another, inclusive.
 */
export async function conversationsFrom(
  { projection }: ReadSnapshot,
  filter: ConversationFilter,
  from: EventPlace | null,
  to: Pick<ConversationRow, 'contact' | 'conversation'> | undefined,
  limit: number,
): Promise<ConversationRow[]> {
  let query = projection
    .selectFrom('conversations as c')
    .select(['c.conversation', 'c.channel', 'c.account', 'c.contact'])
    .where('c.tenant', '=', filter.tenant)
    .orderBy('c.contact')
    .orderBy('c.conversation')
    .limit(limit);
  const { channel, account, conversations } = filter;
  if (channel !== undefined) query = query.where('c.channel', '=', channel);
  if (account !== undefined) query = query.where(partyIs(sql`c.account`, sql`c.channel`, channel, account));
  if (conversations !== undefined) query = query.where('c.conversation', '=', anyHashOf(conversations));
  if (filter.inConflict)
    query = query.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('quarantine as q')
          .select('q.offset')
          .where('q.tenant', '=', filter.tenant)
          .where('q.reason', '=', 'conflict')
          .whereRef('q.conversation', '=', 'c.conversation'),
      ),
    );
  const { keys } = filter;
  if (keys !== null)
    query = query.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('events as e')
          .select('e.offset')
          .where('e.key', '=', anyHashOf(keys))
          .whereRef('e.conversation', '=', 'c.conversation'),
      ),
    );
  if (from !== null) query = query.where(isPast(from));
  if (to !== undefined)
    query = query.where(
      sql<SqlBool>`(c.contact, c.conversation) <= (${to.contact}, ${to.conversation}::uuid)`,
    );
  return await query.execute();
}

/** A stored event, or a copy of it that is in conflict with it (then `record` is the copy's). */
export interface ListedEvent extends FullEvent, ConversationRow {
  rank: number;
  record: Buffer | null;
}

/** Events of these conversations, copies in conflict behind the standing one, after a place. `keys`: hashes of an id. */
export async function eventsAfter(
  { db, schema }: ReadSnapshot,
  tenant: string,
  conversations: readonly string[],
  keys: readonly string[] | null,
  from: EventPlace | null,
  limit: number,
): Promise<ListedEvent[]> {
  const events = sql.id(schema, 'events');
  const withKey = keys === null ? sql`` : sql`AND e.key = ANY (${[...keys]}::uuid[])`;
  const after =
    from === null || from.event === null
      ? sql``
      : sql`WHERE (c.contact, c.conversation, x.at, x.rank, x.id, x."offset") > (${from.contact},
          ${from.conversation}::uuid, ${from.event.at}, ${from.event.rank}, ${from.event.id}, ${from.event.offset})`;
  const { rows } = await sql<ListedEvent>`
    WITH k AS MATERIALIZED (SELECT * FROM unnest(${[...conversations]}::uuid[]) AS k(conversation))
    SELECT x.*, c.channel, c.account, c.contact FROM (
      SELECT ${EVENT_COLUMNS}, least(e.class, 3) AS rank, NULL::bytea AS record
      FROM k JOIN ${events} e ON e.conversation = k.conversation ${withKey}
      UNION ALL
      SELECT e.conversation, e.key, e.ref, e.class, e.at, e.id, q.partition, q."offset", e.detail, e.content, e.voided, e.received_at,
        e.key_id, e.metadata, e.who, least(e.class, 3), q.record
      FROM k JOIN ${sql.id(schema, 'quarantine')} q ON q.tenant = ${tenant} AND q.conversation = k.conversation
        AND q.reason = 'conflict'
      JOIN ${events} e ON e.conversation = q.conversation AND e.key = q.key ${withKey}) x
    JOIN ${sql.id(schema, 'conversations')} c ON c.conversation = x.conversation
    ${after}
    ORDER BY c.contact, c.conversation, x.at, x.rank, x.id, x."offset" LIMIT ${limit}`.execute(db);
  return rows;
}

/** Which of the events have copies in conflict with them, as conversation + key. */
export async function inConflict(
  { db, schema }: ReadSnapshot,
  tenant: string,
  events: readonly FullEvent[],
): Promise<Set<string>> {
  const { rows } = await sql<ConversationKey>`
    SELECT DISTINCT q.conversation, q.key
    FROM unnest(${events.map((event) => event.conversation)}::uuid[], ${events.map((event) => event.key)}::uuid[])
      AS k(conversation, key)
    JOIN ${sql.id(schema, 'quarantine')} q ON q.tenant = ${tenant} AND q.conversation = k.conversation
      AND q.key = k.key AND q.reason = 'conflict'`.execute(db);
  return new Set(rows.map(({ conversation, key }) => conversation + key));
}
