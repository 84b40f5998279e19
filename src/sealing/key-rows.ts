/** Keys of contacts in the database, wrapped by a master key. */

import { type Kysely, sql } from 'kysely';
import type { Tables } from '../store/tables.ts';

type Db = Kysely<Tables>;

/** Names a key. */
export interface KeyName {
  /** Hash that its records bear; of a key of a contact without account, that of the contact. */
  conversation: string;
  generation: number;
}

export interface KeyRow extends KeyName {
  /** null: destroyed. */
  wrapped: Buffer | null;
  isEnded: boolean;
}

export interface NewKeyRow extends KeyName {
  contact: string;
  wrapped: Buffer;
}

/** What became of a key: it is no longer sealed with, or destroyed. */
export interface KeyChange extends KeyName {
  isErased: boolean;
  change: number;
}

/** The newest key of each conversation that has any. */
export async function newestKeys(db: Db, conversations: readonly string[]): Promise<KeyRow[]> {
  const { rows } = await sql<KeyRow>`
    SELECT DISTINCT ON (conversation) conversation, generation, wrapped, ended_at IS NOT NULL AS "isEnded"
    FROM sealing.contact_keys WHERE conversation = ANY (${conversations}::uuid[])
    ORDER BY conversation, generation DESC`.execute(db);
  return rows;
}

/** Those of the keys that there are. */
export async function keysNamed(db: Db, names: readonly KeyName[]): Promise<KeyRow[]> {
  const { rows } = await sql<KeyRow>`
    SELECT conversation, generation, wrapped, ended_at IS NOT NULL AS "isEnded"
    FROM sealing.contact_keys JOIN unnest(
      ${names.map(({ conversation }) => conversation)}::uuid[],
      ${names.map(({ generation }) => generation)}::int[]
    ) AS named (conversation, generation) USING (conversation, generation)`.execute(db);
  return rows;
}

/** The master key that new keys were to be wrapped by is no longer in use: everything is wrapped by another. */
export class MasterKeyRetired extends Error {
  override name = 'MasterKeyRetired';
}

/**
 * Stores new keys and resolves with the names of those that were not there already, once they are durable. Processes
 * that make the same ones at the same time go by the one that was first. Rejects with `MasterKeyRetired`: the row of the
 * master key is locked, so that a rotation that has looked at every key misses none that comes.
 */
export async function insertKeys(
  db: Db,
  master: string,
  keys: readonly NewKeyRow[],
  at: number,
): Promise<KeyName[]> {
  // In one order everywhere: two that insert the same keys wait for each other and not in a circle.
  const rows = keys.toSorted((a, b) => (a.conversation < b.conversation ? -1 : 1));
  const made = await sql<Partial<KeyName> & { stands: boolean }>`
    WITH master AS (
      SELECT name FROM sealing.master_keys WHERE name = ${master} AND retired_at IS NULL FOR SHARE
    ), made AS (
      INSERT INTO sealing.contact_keys (conversation, generation, contact, wrapped, created_at)
      SELECT conversation, generation, contact, wrapped, ${at} FROM master, unnest(
        ${rows.map(({ conversation }) => conversation)}::uuid[],
        ${rows.map(({ generation }) => generation)}::int[],
        ${rows.map(({ contact }) => contact)}::uuid[],
        ${rows.map(({ wrapped }) => wrapped)}::bytea[]
      ) AS new (conversation, generation, contact, wrapped)
      ON CONFLICT DO NOTHING
      RETURNING conversation, generation
    )
    SELECT made.conversation, made.generation, true AS stands FROM made
    UNION ALL SELECT NULL, NULL, EXISTS (SELECT FROM master)`.execute(db);
  if (!made.rows.some(({ stands }) => stands))
    throw new MasterKeyRetired(
      `the master key ${master} is retired, everything is wrapped by another: start this process with the MASTER_KEY of the others`,
    );
  return made.rows.flatMap(({ conversation, generation }) =>
    conversation == null || generation == null ? [] : { conversation, generation },
  );
}

/** Number of the last change of a key. */
export async function lastKeyChange(db: Db): Promise<number> {
  const row = await db.selectFrom('sealing.key_changes').select('last').executeTakeFirstOrThrow();
  return row.last;
}

/** The changes after one, in their order. */
export async function keyChangesAfter(db: Db, after: number, limit: number): Promise<KeyChange[]> {
  const { rows } = await sql<KeyChange>`
    SELECT conversation, generation, erased_at IS NOT NULL AS "isErased", change
    FROM sealing.contact_keys WHERE change > ${after} ORDER BY change LIMIT ${limit}`.execute(db);
  return rows;
}

/** Keys of contacts, or of these conversations of theirs alone, that are not destroyed. */
export async function keysOfContacts(
  db: Db,
  { contacts, conversations }: { contacts: readonly string[]; conversations: readonly string[] | null },
): Promise<(KeyName & { isEnded: boolean })[]> {
  const only = conversations === null ? sql`` : sql`AND conversation = ANY (${conversations}::uuid[])`;
  const { rows } = await sql<KeyName & { isEnded: boolean }>`
    SELECT conversation, generation, ended_at IS NOT NULL AS "isEnded" FROM sealing.contact_keys
    WHERE contact = ANY (${contacts}::uuid[]) ${only} AND erased_at IS NULL`.execute(db);
  return rows;
}

/**
 * Ends keys: nobody seals with them who asks from now on, and within 5 s nobody at all. Resolves with how many were not
 * ended before.
 */
export async function endKeys(db: Db, names: readonly KeyName[], at: number): Promise<number> {
  return await changeKeys(db, names, sql`ended_at = ${at}`, sql`ended_at IS NULL`);
}

/** Destroys keys that are ended; what they sealed opens for nobody any more. Resolves with how many there were. */
export async function destroyKeys(db: Db, names: readonly KeyName[], at: number): Promise<number> {
  return await changeKeys(
    db,
    names,
    sql`wrapped = NULL, erased_at = ${at}`,
    sql`ended_at IS NOT NULL AND erased_at IS NULL`,
  );
}

/** One change after the other, so that whoever has seen one has seen all with smaller numbers. */
async function changeKeys(
  db: Db,
  names: readonly KeyName[],
  set: ReturnType<typeof sql>,
  where: ReturnType<typeof sql>,
): Promise<number> {
  const { rows } = await sql<KeyName>`
    WITH counter AS (
      UPDATE sealing.key_changes SET last = last + ${names.length} RETURNING last - ${names.length} AS before
    )
    UPDATE sealing.contact_keys k SET ${set}, change = counter.before + named.number
    FROM counter, unnest(
      ${names.map(({ conversation }) => conversation)}::uuid[],
      ${names.map(({ generation }) => generation)}::int[]
    ) WITH ORDINALITY AS named (conversation, generation, number)
    WHERE k.conversation = named.conversation AND k.generation = named.generation AND ${where}
    RETURNING k.conversation`.execute(db);
  return rows.length;
}
