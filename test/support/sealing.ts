import type { Kysely } from 'kysely';
import { pino } from 'pino';
import { formerConversations, noteSealedFrom } from '../../src/projection/read/former-conversations.ts';
import { createUnsealing, type Unsealing } from '../../src/projection/unsealing.ts';
import { openSealing, type Sealing } from '../../src/sealing/sealing.ts';
import type { Tables } from '../../src/store/tables.ts';
import { MASTER_KEY } from './servers/process.ts';

/** What seals in a database of a test, as a service over it would. Stop its `keys` in the end. */
export async function testSealing(db: Kysely<Tables>): Promise<Sealing> {
  await noteSealedFrom(db, []);
  return await openSealing({
    db,
    secrets: [Buffer.from(MASTER_KEY, 'base64')],
    clock: Date.now,
    logger: pino({ level: 'silent' }),
    knownFormer: (conversations) => formerConversations(db, conversations),
  });
}

/** Opens what the database has the keys of; each time anew, so that nothing is left open. */
export function unsealingIn(db: Kysely<Tables>): Unsealing {
  const withSealing = async <T>(use: (unsealing: Unsealing) => Promise<T>): Promise<T> => {
    const sealing = await testSealing(db);
    try {
      return await use(unsealingOf(sealing, db));
    } finally {
      await sealing.keys.stop();
    }
  };
  return {
    open: (blocks, over) =>
      blocks.length === 0 ? Promise.resolve([]) : withSealing((unsealing) => unsealing.open(blocks, over)),
    erasedOrder: (events, over) => withSealing((unsealing) => unsealing.erasedOrder(events, over)),
    contentHash: () => {
      throw new Error('a log that is not mixed compares no contents of both formats');
    },
  };
}

export function unsealingOf(sealing: Sealing, db: Kysely<Tables>): Unsealing {
  return createUnsealing(sealing, db);
}
