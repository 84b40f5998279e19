/** What seals: the master keys that the settings give, checked against the database, and the secret of hashes. */

import { randomBytes } from 'node:crypto';
import { type Kysely, sql, type Transaction } from 'kysely';
import { LOCKS } from '../store/locks.ts';
import type { Tables } from '../store/tables.ts';
import { type KeyedHashes, keyedHashes } from './hashes.ts';
import { createMasterKeys, type MasterKeys } from './master-keys.ts';

export interface Sealing {
  master: MasterKeys;
  hashes: KeyedHashes;
}

/** The master keys of the settings are not those of the database. The message says what to do. */
export class MasterKeyRefused extends Error {
  override name = 'MasterKeyRefused';
}

const HASH_SECRET = 'hash secret';

/**
 * Opens what seals in this database; the first call makes the secret of hashes. Rejects with `MasterKeyRefused` unless
 * every master key that anything may be wrapped by is among the secrets (32 bytes each, the first wraps).
 */
export async function openSealing(db: Kysely<Tables>, secrets: readonly Buffer[]): Promise<Sealing> {
  const master = createMasterKeys(secrets);
  return await db.transaction().execute(async (transaction) => {
    await sql`SELECT pg_advisory_xact_lock(${sql.lit(LOCKS.masterKeys)})`.execute(transaction);
    await requireMasterKeys(transaction, master);
    await useMasterKey(transaction, master.names[0]);
    return { master, hashes: keyedHashes(await hashSecret(transaction, master)) };
  });
}

/** Whether anything was ever sealed in this database: then a new master key opens nothing. */
export async function isSealed(db: Kysely<Tables>): Promise<boolean> {
  return (await db.selectFrom('sealing.hash_secret').select('only_row').executeTakeFirst()) !== undefined;
}

async function requireMasterKeys(db: Transaction<Tables>, { names }: MasterKeys): Promise<void> {
  const used = await db
    .selectFrom('sealing.master_keys')
    .select('name')
    .where('retired_at', 'is', null)
    .orderBy('since')
    .execute();
  const missing = used.flatMap(({ name }) => (names.includes(name) ? [] : name));
  if (missing.length === 0) return;
  const all = missing.length === used.length;
  throw new MasterKeyRefused(
    all
      ? `MASTER_KEY is not the one of this database: what names persons in it is sealed by the master key ${missing.join(', ')}, and MASTER_KEY gives ${names.join(', ')}. Without it no contact can be shown and no id: put the right one back.`
      : `MASTER_KEY lacks the master key ${missing.join(', ')}, by which something in this database is still wrapped: list it behind the first one until the service says that everything is wrapped by that.`,
  );
}

async function useMasterKey(db: Transaction<Tables>, name: string): Promise<void> {
  await db
    .insertInto('sealing.master_keys')
    .values({ name, retired_at: null })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ retired_at: null })
        .where('sealing.master_keys.retired_at', 'is not', null),
    )
    .execute();
}

async function hashSecret(db: Transaction<Tables>, master: MasterKeys): Promise<Buffer> {
  const kept = await db.selectFrom('sealing.hash_secret').select('wrapped').executeTakeFirst();
  if (kept !== undefined) return master.open(HASH_SECRET, kept.wrapped);
  const secret = randomBytes(32);
  await db
    .insertInto('sealing.hash_secret')
    .values({ wrapped: master.seal(HASH_SECRET, secret) })
    .execute();
  return secret;
}
