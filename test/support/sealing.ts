import type { Kysely } from 'kysely';
import { pino } from 'pino';
import { formerConversations } from '../../src/projection/read/former-conversations.ts';
import { openSealing, type Sealing } from '../../src/sealing/sealing.ts';
import type { Tables } from '../../src/store/tables.ts';
import { MASTER_KEY } from './servers/process.ts';

/** What seals in a database of a test, as a service over it would. Stop its `keys` in the end. */
export async function testSealing(db: Kysely<Tables>): Promise<Sealing> {
  return await openSealing({
    db,
    secrets: [Buffer.from(MASTER_KEY, 'base64')],
    clock: Date.now,
    logger: pino({ level: 'silent' }),
    knownFormer: (conversations) => formerConversations(db, conversations),
  });
}
