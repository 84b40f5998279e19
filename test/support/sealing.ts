import type { Kysely } from 'kysely';
import { pino } from 'pino';
import { formerConversations, noteSealedFrom } from '../../src/projection/read/former-conversations.ts';
import { createUnsealing, type Unsealing } from '../../src/projection/unsealing.ts';
import type { ContactKeysOptions } from '../../src/sealing/contact-keys.ts';
import { keyedHashes } from '../../src/sealing/hashes.ts';
import { createMasterKeys } from '../../src/sealing/master-keys.ts';
import { WRAPPED } from '../../src/sealing/rewrap.ts';
import { openSealing, type Sealing } from '../../src/sealing/sealing.ts';
import type { Tables } from '../../src/store/tables.ts';
import { MASTER_KEY } from './servers/process.ts';

const SECRETS = [Buffer.from(MASTER_KEY, 'base64')];
/** Of every database that is sealed in here before a service does, so that whoever opens it can hash without asking. */
const HASH_SECRET = Buffer.alloc(32, 'hashes');

/** What seals in a database of a test, as a service over it would. Stop its `keys` in the end. */
export async function testSealing(
  db: Kysely<Tables>,
  knownFormer: ContactKeysOptions['knownFormer'] = (conversations) => formerConversations(db, conversations),
): Promise<Sealing> {
  await noteSealedFrom(db, []);
  const wrapped = createMasterKeys(SECRETS).seal(WRAPPED.hashSecret.label, HASH_SECRET);
  await db
    .insertInto('sealing.hash_secret')
    .values({ wrapped })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return await openSealing({
    ...{ db, secrets: SECRETS, clock: Date.now, knownFormer },
    logger: pino({ level: 'silent' }),
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
    contentHash: keyedHashes(HASH_SECRET).content,
  };
}

export function unsealingOf(sealing: Sealing, db: Kysely<Tables>): Unsealing {
  return createUnsealing(sealing, db);
}
