/** What seals: the master keys that the settings give, checked against the database, the secret of hashes, contact keys. */

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Kysely, sql, type Transaction } from 'kysely';
import { type Config, masterKeysIn } from '../config.ts';
import { LOCKS } from '../store/locks.ts';
import { keepSecret } from '../store/secret-file.ts';
import type { Tables } from '../store/tables.ts';
import { type ContactKeys, type ContactKeysOptions, openContactKeys } from './contact-keys.ts';
import { type KeyedHashes, keyedHashes } from './hashes.ts';
import { createMasterKeys, MASTER_KEY_BYTES, type MasterKeys } from './master-keys.ts';
import { WRAPPED } from './rewrap.ts';

export interface Sealing {
  master: MasterKeys;
  hashes: KeyedHashes;
  /** What they are keyed with. */
  hashSecret: Buffer;
  keys: ContactKeys;
}

/** The master keys of the settings are not those of the database. The message says what to do. */
export class MasterKeyRefused extends Error {
  override name = 'MasterKeyRefused';
}

interface SealingOptions extends Omit<ContactKeysOptions, 'master' | 'hashes'> {
  /** 32 bytes each; the first wraps, all open. */
  secrets: readonly Buffer[];
}

const HASH_SECRET = WRAPPED.hashSecret.label;

/**
 * Opens what seals in this database; the first call makes the secret of hashes. Rejects with `MasterKeyRefused` unless
 * every master key that anything may be wrapped by is among the secrets. Stop `keys` in the end.
 */
export async function openSealing({ secrets, ...options }: SealingOptions): Promise<Sealing> {
  const master = createMasterKeys(secrets);
  const hashSecret = await options.db.transaction().execute(async (transaction) => {
    await sql`SELECT pg_advisory_xact_lock(${sql.lit(LOCKS.masterKeys)})`.execute(transaction);
    await requireMasterKeys(transaction, master);
    await useMasterKey(transaction, master.names[0]);
    return await findHashSecret(transaction, master);
  });
  const hashes = keyedHashes(hashSecret);
  return { master, hashes, hashSecret, keys: await openContactKeys({ ...options, master, hashes }) };
}

/**
 * `MASTER_KEY`, else, with an embedded database, the one made at its first start and kept beside it. Rejects with
 * `MasterKeyRefused` where there is none although something in the database is sealed.
 */
export async function settleMasterKeys(
  { masterKeys, database, dataDir }: Pick<Config, 'masterKeys' | 'database' | 'dataDir'>,
  db: Kysely<Tables>,
): Promise<Buffer[]> {
  if (masterKeys !== null) return masterKeys;
  if (database.kind !== 'embedded')
    throw new MasterKeyRefused('MASTER_KEY is missing; it is required with DATABASE_URL.');
  const path = join(dataDir, 'master-key');
  if (!existsSync(path) && (await isSealed(db)))
    throw new MasterKeyRefused(
      `${path} is gone, the master key by which what names persons in this database is sealed: put it back from where it was copied to, or give the key as MASTER_KEY.`,
    );
  const make = () => randomBytes(MASTER_KEY_BYTES).toString('base64');
  const { secret } = keepSecret(path, make, {
    ifOpen: 'change the key if somebody has (docs/operations.md, "Master keys")',
    ifShort: 'put the right one back, for without it no contact can be shown',
  });
  const keys = masterKeysIn(secret);
  if (keys === null)
    throw new MasterKeyRefused(
      `${path} holds no master keys (each 32 bytes in base64): put the right ones back, for without them no contact can be shown.`,
    );
  return keys;
}

/** Whether anything was ever sealed in this database: then a new master key opens nothing. */
async function isSealed(db: Kysely<Tables>): Promise<boolean> {
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

async function findHashSecret(db: Transaction<Tables>, master: MasterKeys): Promise<Buffer> {
  const kept = await db.selectFrom('sealing.hash_secret').select('wrapped').executeTakeFirst();
  if (kept !== undefined) return master.open(HASH_SECRET, kept.wrapped);
  const secret = randomBytes(32);
  await db
    .insertInto('sealing.hash_secret')
    .values({ wrapped: master.seal(HASH_SECRET, secret) })
    .execute();
  return secret;
}
