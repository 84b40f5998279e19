/** Which conversations a question is about that names a contact: by keyed hashes, and of records of format 1 by what they say. */

import { sql } from 'kysely';
import { type Conversation, normaliseParty } from '../../domain/conversation.ts';
import { FORMER_HASHES, type KeyedHashes } from '../../sealing/hashes.ts';
import { anyHashOf } from '../../store/any-of.ts';
import type { ReadSnapshot } from './snapshot.ts';
import { partyIs } from './windows.ts';

/** The conversation of a party, as its records name it: one that has records of format 1 goes on under their hash. */
export async function conversationOf(
  { projection }: ReadSnapshot,
  hashes: KeyedHashes,
  party: Conversation,
): Promise<string> {
  const former = FORMER_HASHES.conversation(party);
  const found = await projection
    .selectFrom('conversations')
    .select('conversation')
    .where('conversation', '=', former)
    .executeTakeFirst();
  return found === undefined ? hashes.conversation(party) : former;
}

/** The keys under which events of an id may be stored. */
export function keysOfId(hashes: KeyedHashes, id: string): string[] {
  return [FORMER_HASHES.id(id), hashes.id(id)];
}

/** The conversations of a contact; its form depends on the channel, so that without one it is looked for on each. */
export async function conversationsWith(
  snapshot: ReadSnapshot,
  hashes: KeyedHashes,
  { tenant, channel, contact }: { tenant: string; channel: string | undefined; contact: string },
): Promise<string[]> {
  const channels = channel === undefined ? await channelsOf(snapshot, tenant) : [channel];
  const holders = channels.map((channel) =>
    hashes.contact({ tenant, channel, contact: normaliseParty(channel, contact) }),
  );
  const former = await snapshot.projection
    .selectFrom('conversations as c')
    .select('c.conversation')
    .where('c.tenant', '=', tenant)
    .where(partyIs(sql`c.contact`, sql`c.channel`, channel, contact))
    .execute();
  const sealed = await snapshot.db
    .selectFrom('sealing.contact_keys')
    .select('conversation')
    .distinct()
    .where('contact', '=', anyHashOf(holders))
    .execute();
  return [...new Set([...former, ...sealed].map(({ conversation }) => conversation))];
}

/** One look-up for each channel, however many conversations there are. */
async function channelsOf({ db, schema }: ReadSnapshot, tenant: string): Promise<string[]> {
  const conversations = sql.id(schema, 'conversations');
  const next = (after: ReturnType<typeof sql>) =>
    sql`(SELECT min(c.channel) FROM ${conversations} c WHERE c.tenant = ${tenant} AND ${after})`;
  const { rows } = await sql<{ channel: string }>`
    WITH RECURSIVE known(channel) AS (
      SELECT ${next(sql`true`)}
      UNION ALL
      SELECT ${next(sql`c.channel > known.channel`)} FROM known WHERE known.channel IS NOT NULL
    )
    SELECT channel FROM known WHERE channel IS NOT NULL`.execute(db);
  return rows.map(({ channel }) => channel);
}
