/** What a process seals with and opens by: opened from its settings and its database. */

import type { Logger } from 'pino';
import { wallClock } from '../clock.ts';
import type { Config } from '../config.ts';
import { formerConversations } from '../projection/read/former-conversations.ts';
import { createUnsealing, type Unsealing } from '../projection/unsealing.ts';
import { openSealing, settleMasterKeys } from '../sealing/sealing.ts';
import type { Database } from '../store/database.ts';

/** For as long as some work takes, which folds or shows what is sealed. Rejects with `MasterKeyRefused`. */
export async function withUnsealing<T>(
  config: Pick<Config, 'masterKeys' | 'database' | 'dataDir'>,
  { db }: Pick<Database, 'db'>,
  logger: Logger,
  work: (unsealing: Unsealing, secrets: readonly Buffer[]) => Promise<T>,
): Promise<T> {
  const secrets = await settleMasterKeys(config, db);
  const { keys, hashes } = await openSealing({
    ...{ db, secrets, logger, clock: wallClock },
    knownFormer: (conversations) => formerConversations(db, conversations),
  });
  try {
    return await work(createUnsealing({ keys, hashes }, db), secrets);
  } finally {
    await keys.stop();
  }
}
