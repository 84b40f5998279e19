/** The order of messages whose ids were destroyed: where it depended on these, it was kept. */

import { type Kysely, sql } from 'kysely';
import type { Tables } from '../store/tables.ts';
import { erasedName } from './names.ts';

/** An event by the hashes of its conversation and its id. */
interface EventName {
  conversation: string;
  key: string;
}

/** What stands for the id of each event in the order inside its instant. Those that were ordered by their ids keep that order. */
export async function erasedOrder(db: Kysely<Tables>, events: readonly EventName[]): Promise<string[]> {
  if (events.length === 0) return [];
  const { rows } = await sql<EventName & { rank: number }>`
    SELECT conversation, key, rank FROM sealing.erased_ranks JOIN unnest(
      ${events.map(({ conversation }) => conversation)}::uuid[], ${events.map(({ key }) => key)}::uuid[]
    ) AS named (conversation, key) USING (conversation, key)`.execute(db);
  const ranks = new Map(rows.map(({ conversation, key, rank }) => [conversation + key, rank]));
  return events.map(({ conversation, key }) => {
    const rank = ranks.get(conversation + key);
    return erasedName(rank === undefined ? key : rank.toString(16).padStart(8, '0'));
  });
}

interface Rank extends EventName {
  /** Among the messages of the same conversation, instant and class. */
  rank: number;
}

/** Keeps the order of events, first to last; one that was kept before is kept anew. */
export async function keepRanks(db: Kysely<Tables>, ordered: readonly EventName[]): Promise<void> {
  await insertRanks(
    db,
    ordered.map(({ conversation, key }, rank) => ({ conversation, key, rank })),
  );
}

export async function insertRanks(db: Kysely<Tables>, ranks: readonly Rank[]): Promise<void> {
  await sql`
    INSERT INTO sealing.erased_ranks (conversation, key, rank)
    SELECT * FROM unnest(${ranks.map(({ conversation }) => conversation)}::uuid[],
      ${ranks.map(({ key }) => key)}::uuid[], ${ranks.map(({ rank }) => rank)}::int[])
    ON CONFLICT (conversation, key) DO UPDATE SET rank = excluded.rank`.execute(db);
}

/** Ranks that are kept, by conversation and event. */
export async function ranksAfter(
  db: Kysely<Tables>,
  last: EventName | undefined,
  limit: number,
): Promise<Rank[]> {
  const after =
    last === undefined
      ? sql``
      : sql`WHERE (conversation, key) > (${last.conversation}::uuid, ${last.key}::uuid)`;
  const { rows } = await sql<Rank>`
    SELECT conversation, key, rank FROM sealing.erased_ranks ${after}
    ORDER BY conversation, key LIMIT ${limit}`.execute(db);
  return rows;
}
