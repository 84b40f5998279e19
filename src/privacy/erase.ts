/** Destroys the keys of contacts that are to be erased, step by step; each step is a transaction, and can be done again. */

import { type Kysely, sql, type Transaction } from 'kysely';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { pause, startLoop } from '../async.ts';
import { compareCanonical, EVENT_CLASS, type EventClass } from '../domain/event.ts';
import { endLinksOf } from '../intake/contacts/links.ts';
import type { PartitionRange } from '../log/log.ts';
import { currentSchema } from '../projection/tables/live-projection.ts';
import { liveNextOffsets } from '../projection/tables/positions.ts';
import { type Opening, openTies, unsealingOver } from '../projection/unsealing.ts';
import { keepRanks } from '../sealing/erased-ranks.ts';
import { destroyKeys, endKeys, type KeyName, keysOfContacts } from '../sealing/key-rows.ts';
import { whileAlone } from '../store/alone.ts';
import { LOCKS } from '../store/locks.ts';
import type { ErasureState } from '../store/sealing-tables.ts';
import type { Tables } from '../store/tables.ts';
import { audit, type Erasure } from './erasures.ts';

export interface EraseDeps {
  db: Kysely<Tables>;
  /** Has the connection that holds the lock of whoever erases. */
  pool: Pool;
  unsealing: Opening;
  freshLogEnds(): Promise<readonly PartitionRange[]>;
  clock(): number;
  logger: Pick<Logger, 'info' | 'warn'>;
  /** The longest that any process seals with a key after its end, in ms; see `ContactKeysOptions`. */
  leaseMs: number;
  /** How long what was sealed with a key may take into the log after its lease, in ms. */
  settleMs?: number;
  /** How long a process may not know yet that a key is destroyed, in ms. */
  noticeMs?: number;
}

/**
 * 5 s that an append may wait, and as long again for one that the log has in hand. What comes later all the same counts,
 * and reads as erased.
 */
const SETTLE_MS = 10_000;
const NOTICE_MS = 5_000;
const LOOK_MS = 500;

/** Works on erasures that are under way, unless another process does. */
export function startErasing(deps: EraseDeps): { stop(): Promise<void> } {
  return startLoop(async (signal) => {
    while (!signal.aborted) {
      try {
        if ((await openErasures(deps.db)).length > 0)
          await whileAlone(deps.pool, LOCKS.erasing, signal, (alone) => eraseAll(deps, alone));
      } catch (error) {
        if (!signal.aborted) deps.logger.warn({ err: error }, 'erasing was broken off and will go on');
      }
      await pause(LOOK_MS, signal);
    }
  });
}

async function openErasures(db: Kysely<Tables>): Promise<Erasure[]> {
  return await db
    .selectFrom('sealing.erasures')
    .selectAll()
    .where('state', '<>', 'done')
    .orderBy('id')
    .execute();
}

/** Until none is open: those that wait for something hold up no other. */
async function eraseAll(deps: EraseDeps, signal: AbortSignal): Promise<void> {
  for (;;) {
    const open = await openErasures(deps.db);
    if (open.length === 0 || signal.aborted) return;
    let moved = false;
    for (const erasure of open) if (!signal.aborted) moved = (await step(deps, erasure)) || moved;
    if (!moved) await pause(LOOK_MS, signal);
  }
}

/** One step of an erasure; false: it has to wait. */
async function step(deps: EraseDeps, erasure: Erasure): Promise<boolean> {
  const { leaseMs, settleMs = SETTLE_MS, noticeMs = NOTICE_MS } = deps;
  switch (erasure.state) {
    case 'ending':
      return await end(deps, erasure);
    case 'settling':
      return (await isOlder(deps.db, erasure, leaseMs + settleMs)) && (await noteEnds(deps, erasure));
    case 'counting':
      return (await isCounted(deps.db, erasure)) && (await destroy(deps, erasure));
    case 'destroyed':
      return (await isOlder(deps.db, erasure, noticeMs)) && (await finish(deps, erasure));
    case 'done':
      return false;
    default:
      return erasure.state satisfies never;
  }
}

/** By the clock of the database, which all processes share. */
async function isOlder(db: Kysely<Tables>, { id }: Erasure, ms: number): Promise<boolean> {
  const { rows } = await sql<{ due: boolean }>`
    SELECT clock_timestamp() - state_since >= make_interval(secs => ${ms / 1_000}::float8) AS due
    FROM sealing.erasures WHERE id = ${id}`.execute(db);
  return rows[0]?.due === true;
}

/** From here on the next record of the contact is sealed with a new key, by whoever has heard of it. */
async function end({ db, clock }: EraseDeps, erasure: Erasure): Promise<boolean> {
  await db.transaction().execute(async (transaction) => {
    const keys = await keysOfContacts(transaction, erasure);
    await endKeys(transaction, keys, clock());
    if (keys.length > 0)
      await transaction
        .insertInto('sealing.erasure_keys')
        .values(
          keys.map(({ conversation, generation }) => ({ erasure: erasure.id, conversation, generation })),
        )
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    await move(transaction, erasure, 'settling', { keys: keys.length });
  });
  return true;
}

/** Whatever the ended keys have sealed stands before these. */
async function noteEnds({ db, freshLogEnds }: EraseDeps, erasure: Erasure): Promise<boolean> {
  const ends = (await freshLogEnds()).map(({ partition, end: next }) => ({ partition, end: next }));
  await move(db, erasure, 'counting', { ends: JSON.stringify(ends) });
  return true;
}

async function isCounted(db: Kysely<Tables>, { ends }: Erasure): Promise<boolean> {
  const nexts = await liveNextOffsets(db);
  return (ends ?? []).every(({ partition, end: next }) => (nexts.get(partition) ?? 0) >= next);
}

/** What order needs of the ids is kept, and with the same commit nobody can open them any more. */
async function destroy({ db, unsealing, clock, logger }: EraseDeps, erasure: Erasure): Promise<boolean> {
  await db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (transaction) => {
      const keys = await keysOf(transaction, erasure);
      const conversations = [...new Set(keys.map(({ conversation }) => conversation))];
      await keepOrder(transaction, unsealing, conversations);
      await destroyKeys(transaction, keys, clock());
      if (erasure.account === null) await endLinksOf(transaction, erasure.contacts);
      await move(transaction, erasure, 'destroyed', {});
    });
  logger.info({ erasure: erasure.id, keys: erasure.keys }, 'destroyed the keys of a contact');
  return true;
}

async function keysOf(db: Kysely<Tables>, { id }: Erasure): Promise<KeyName[]> {
  return await db
    .selectFrom('sealing.erasure_keys')
    .select(['conversation', 'generation'])
    .where('erasure', '=', id)
    .orderBy('conversation')
    .orderBy('generation')
    .execute();
}

/** A message that shares its instant and class with another one of its conversation. */
interface TiedMessage {
  conversation: string;
  key: string;
  at: number;
  class: EventClass;
  id: string;
  who: Buffer | null;
}

/** Of the messages that are ordered by their ids the order is kept; of all others nothing is needed. */
async function keepOrder(
  db: Transaction<Tables>,
  unsealing: Opening,
  conversations: readonly string[],
): Promise<void> {
  const schema = await currentSchema(db);
  for (const conversation of conversations) {
    const { rows } = await sql<TiedMessage>`
      SELECT conversation, key, at, class, id, who FROM (
        SELECT e.*, count(*) OVER (PARTITION BY e.at, e.class) AS tied
        FROM ${sql.id(schema, 'events')} e
        WHERE e.conversation = ${conversation}::uuid AND e.class <= ${EVENT_CLASS.freeText}
      ) e WHERE tied > 1`.execute(db);
    if (rows.length === 0) continue;
    await openTies(rows, unsealingOver(unsealing, db));
    await keepRanks(db, rows.toSorted(compareCanonical));
  }
}

async function finish({ db, clock }: EraseDeps, erasure: Erasure): Promise<boolean> {
  await db.transaction().execute(async (transaction) => {
    const at = clock();
    await move(transaction, erasure, 'done', { done_at: at });
    await audit(transaction, erasure, 'finish', { actor: erasure.actor, at });
  });
  return true;
}

/** Throws where somebody else has done the step: then nothing of this one is to stay. */
async function move(
  db: Kysely<Tables>,
  { id, state: from }: Erasure,
  state: ErasureState,
  more: { keys?: number; ends?: string; done_at?: number },
): Promise<void> {
  const moved = await db
    .updateTable('sealing.erasures')
    .set({ ...more, state, state_since: sql<Date>`clock_timestamp()` })
    .where('id', '=', id)
    .where('state', '=', from)
    .executeTakeFirst();
  if (moved.numUpdatedRows !== 1n) throw new Error(`the erasure ${id} is not at ${from} any more`);
}
