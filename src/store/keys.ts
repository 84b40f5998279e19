import { type Kysely, sql } from 'kysely';
import type { Tables } from './tables.ts';

/** An API key without its secret. Instants in ms. */
export interface StoredKey {
  id: string;
  name: string;
  scopes: string[];
  /** The tenants it may touch; null: all. */
  tenants: string[] | null;
  createdAt: number;
  revokedAt: number | null;
}

const columns = [
  'id',
  'name',
  'scopes',
  'tenants',
  'created_at as createdAt',
  'revoked_at as revokedAt',
] as const;

/** The key with this SHA-256 of its secret, unless it was revoked. */
export async function findActiveKey(db: Kysely<Tables>, secretHash: Buffer): Promise<StoredKey | null> {
  const row = await db
    .selectFrom('billing.api_keys')
    .select(columns)
    .where('secret_hash', '=', secretHash)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return row ?? null;
}

export async function insertKey(db: Kysely<Tables>, key: StoredKey, secretHash: Buffer): Promise<void> {
  await db
    .insertInto('billing.api_keys')
    .values({
      id: key.id,
      name: key.name,
      secret_hash: secretHash,
      scopes: key.scopes,
      tenants: key.tenants,
      created_at: key.createdAt,
      revoked_at: key.revokedAt,
    })
    .execute();
}

/** Keys limited to some of `tenants` (null: all keys), by id. */
export async function listKeys(
  db: Kysely<Tables>,
  tenants: readonly string[] | null,
  page: { after: string; limit: number },
): Promise<StoredKey[]> {
  let query = db
    .selectFrom('billing.api_keys')
    .select(columns)
    .where('id', '>', page.after)
    .orderBy('id')
    .limit(page.limit);
  if (tenants !== null) query = query.where(sql<boolean>`tenants <@ ${[...tenants]}::text[]`);
  return await query.execute();
}

export async function findKey(db: Kysely<Tables>, id: string): Promise<StoredKey | null> {
  const row = await db.selectFrom('billing.api_keys').select(columns).where('id', '=', id).executeTakeFirst();
  return row ?? null;
}

/** Revokes the key and returns it; null where it is unknown or revoked already. */
export async function revokeKey(db: Kysely<Tables>, id: string, at: number): Promise<StoredKey | null> {
  const row = await db
    .updateTable('billing.api_keys')
    .set({ revoked_at: at })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .returning(columns)
    .executeTakeFirst();
  return row ?? null;
}
