/** Opens what records keep sealed, many at a time. */

import type { Kysely } from 'kysely';
import { type EventClass, isMessage, rank } from '../domain/event.ts';
import { sealedPlace, type Who } from '../log/record/sealed-record.ts';
import type { ContactKeys } from '../sealing/contact-keys.ts';
import { erasedOrder } from '../sealing/erased-ranks.ts';
import type { KeyedHashes } from '../sealing/hashes.ts';
import { generationOf, open, SealBroken } from '../sealing/sealed.ts';
import type { Tables } from '../store/tables.ts';

/** A sealed block and the event that it is of; hashes in hex. */
interface SealedBlock {
  conversation: string;
  key: string;
  who: Buffer;
}

/** What folds and shows sealed events is given. */
export interface Unsealing {
  /** In the order of the blocks; null: its key was destroyed, or it was not sealed by this installation. `db`: a connection in hand. */
  open(blocks: readonly SealedBlock[], db?: Kysely<Tables>): Promise<(Who | null)[]>;
  /** What stands in the order for the ids of events whose keys were destroyed. */
  erasedOrder(
    events: readonly { conversation: string; key: string }[],
    db?: Kysely<Tables>,
  ): Promise<string[]>;
  /** Keyed hash of an event's content, as its record has it. */
  contentHash(content: string): string;
}

export function createUnsealing(
  { keys, hashes }: { keys: Pick<ContactKeys, 'forReading'>; hashes: Pick<KeyedHashes, 'content'> },
  own: Kysely<Tables>,
): Unsealing {
  return {
    erasedOrder: (events, db = own) => erasedOrder(db, events),
    contentHash: hashes.content,
    async open(blocks, db) {
      if (blocks.length === 0) return [];
      const secrets = await keys.forReading(
        blocks.map(({ conversation, who }) => ({ conversation, generation: generationOf(who) })),
        db,
      );
      return blocks.map((block, i) => openWith(secrets[i] ?? null, block));
    },
  };
}

function openWith(secret: Buffer | null, { conversation, key, who }: SealedBlock): Who | null {
  if (secret === null) return null;
  try {
    return JSON.parse(open(secret, sealedPlace(conversation, key), who).toString('utf8')) as Who;
  } catch (error) {
    // Somebody else wrote it into the topic; the rest of its record counts all the same.
    if (error instanceof SealBroken) return null;
    throw error;
  }
}

/** The same over a connection in hand: who has one and waits for another can wait for ever. */
export function unsealingOver(unsealing: Opening, db: Kysely<Tables>): Opening {
  return {
    open: (blocks) => unsealing.open(blocks, db),
    erasedOrder: (events) => unsealing.erasedOrder(events, db),
  };
}

/** What a fold opens ids with. */
export type Opening = Pick<Unsealing, 'open' | 'erasedOrder'>;

/** An event as the order inside an instant needs it; `id` is empty where it is sealed. */
export interface Tied {
  conversation: string;
  key: string;
  at: number;
  class: EventClass;
  id: string;
  /** Absent: it is read when it is needed. */
  who?: Buffer | null;
}

/** Reads the sealed blocks of events, in their order. */
export type ReadBlocks<Event extends Tied = Tied> = (events: readonly Event[]) => Promise<(Buffer | null)[]>;

/**
 * Gives their ids to the sealed messages that share instant and class with another one of their conversation: nothing
 * else depends on ids. They are rare, so that a fold opens next to nothing.
 */
export async function openTies<Event extends Tied>(
  events: readonly Event[],
  unsealing: Opening,
  read?: ReadBlocks<Event>,
): Promise<void> {
  const tied = tiedAmong(events);
  for (let i = 0; i < tied.length; i += TIES_AT_ONCE) {
    const some = tied.slice(i, i + TIES_AT_ONCE);
    const blocks =
      read === undefined || some.every(({ who }) => who != null)
        ? some.map(({ who }) => who ?? null)
        : await read(some);
    await openIds(some, blocks, unsealing);
  }
}

/** The same of whole conversations, each looked at by itself first: most have no two events of one instant. */
export async function openTiesWithin<Event extends Tied>(
  conversations: readonly (readonly Event[])[],
  unsealing: Opening,
  read?: ReadBlocks<Event>,
): Promise<void> {
  await openTies(conversations.filter(sharesInstant).flat(), unsealing, read);
}

/** A sealed block has up to some 6 KB, and any number of messages may share an instant. */
const TIES_AT_ONCE = 1_000;

async function openIds(
  events: readonly Tied[],
  blocks: readonly (Buffer | null)[],
  unsealing: Opening,
): Promise<void> {
  const opened = await unsealing.open(
    events.map(({ conversation, key }, i) => {
      const who = blocks[i] ?? null;
      if (who === null) throw new Error(`the sealed event ${conversation} ${key} has no block`);
      return { conversation: plainHex(conversation), key: plainHex(key), who };
    }),
  );
  const erased = events.filter((_, i) => opened[i] == null);
  const order = await unsealing.erasedOrder(
    erased.map(({ conversation, key }) => ({ conversation: plainHex(conversation), key: plainHex(key) })),
  );
  for (const [i, event] of erased.entries()) event.id = order[i] as string;
  events.forEach((event, i) => {
    event.id = opened[i]?.id ?? event.id;
  });
}

/** As PostgreSQL prints a uuid, it has dashes. */
function plainHex(uuid: string): string {
  return uuid.length === 32 ? uuid : uuid.replaceAll('-', '');
}

/** Whether any two of these are of one instant: cheap for the few that a conversation has in a batch. */
function sharesInstant(events: readonly { at: number }[]): boolean {
  if (events.length > FEW) return new Set(events.map(({ at }) => at)).size < events.length;
  for (let i = 1; i < events.length; i++) {
    const at = events[i]?.at;
    for (let j = 0; j < i; j++) if (events[j]?.at === at) return true;
  }
  return false;
}

const FEW = 16;

/** Sealed messages that are not alone at their place. */
function tiedAmong<Event extends Tied>(events: readonly Event[]): Event[] {
  const first = new Map<string, Event>();
  const tied = new Set<Event>();
  for (const event of events) {
    if (!isMessage(event.class)) continue;
    const place = `${event.at} ${rank(event.class)} ${event.conversation}`;
    const other = first.get(place);
    if (other === undefined) first.set(place, event);
    else {
      if (other.id === '') tied.add(other);
      if (event.id === '') tied.add(event);
    }
  }
  return [...tied];
}
