import { hash, randomBytes } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { isoInstant } from '../domain/instant.ts';
import { recordChange } from '../store/audit.ts';
import type { Tables } from '../store/tables.ts';

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

async function insertKey(db: Kysely<Tables>, key: StoredKey, secretHash: Buffer): Promise<void> {
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

/** A new secret; only its hash is ever stored. 256 random bits. */
export function newSecret(): string {
  return `janela_${randomBytes(32).toString('base64url')}`;
}

/** Makes a key and notes who made it (`actor`: the id of a key). The secret is in the answer and nowhere else. */
export async function createKey(
  db: Kysely<Tables>,
  wanted: Pick<StoredKey, 'name' | 'scopes' | 'tenants'>,
  actor: string,
  at: number,
): Promise<{ key: StoredKey; secret: string }> {
  const secret = newSecret();
  const { name, scopes, tenants } = wanted;
  const id = `key_${randomBytes(8).toString('hex')}`;
  const key: StoredKey = { id, name, scopes, tenants, createdAt: at, revokedAt: null };
  await db.transaction().execute(async (transaction) => {
    await insertKey(transaction, key, hashSecret(secret));
    await recordChange(transaction, {
      at,
      actor,
      subjectType: 'key',
      subject: id,
      tenant: tenants?.length === 1 ? (tenants[0] ?? null) : null,
      action: 'create',
      before: null,
      after: { id, name, scopes, tenants, createdAt: isoInstant(at), revokedAt: null },
    });
  });
  return { key, secret };
}

export const SCOPES = [
  'events:write',
  'events:void',
  'usage:read',
  'billing:read',
  'billing:write',
  'ops',
] as const;

export type Scope = (typeof SCOPES)[number];

/** Who asks: an API key, or the administrator's. */
export interface Key {
  id: string;
  scopes: ReadonlySet<string>;
  /** null: all tenants. */
  tenants: ReadonlySet<string> | null;
}

function hashSecret(secret: string): Buffer {
  return Buffer.from(hash('sha256', secret, 'hex'), 'hex');
}

export function mayTouch(key: Key, tenant: string): boolean {
  return key.tenants === null || key.tenants.has(tenant);
}

/** The tenants a list for this key is limited to; null: none. */
export function tenantsOf(key: Key): string[] | null {
  return key.tenants === null ? null : [...key.tenants];
}

export function toKey({ id, scopes, tenants }: StoredKey): Key {
  return { id, scopes: new Set(scopes), tenants: tenants === null ? null : new Set(tenants) };
}
