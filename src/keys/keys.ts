/** API keys: what each may do, and how they are made, found, listed and revoked. */

import { hash, randomBytes } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { isoInstant } from '../domain/instant.ts';
import { done, type Outcome, type Refused, refuse } from '../domain/refusal.ts';
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

/** A key that `by` may see: one limited to tenants sees those within them. Refuses with `not-found`. */
export async function findKey(db: Kysely<Tables>, id: string, by: Key): Promise<Outcome<StoredKey>> {
  const row = await db.selectFrom('billing.api_keys').select(columns).where('id', '=', id).executeTakeFirst();
  const isWithin = by.tenants === null || row?.tenants?.every((tenant) => mayTouch(by, tenant)) === true;
  return row !== undefined && isWithin ? done(row) : refuse('not-found', 'There is no key of this id.');
}

/** Revokes a key; one that was revoked before stays as it is. Refuses with `not-found`. */
export async function revokeKey(db: Kysely<Tables>, id: string, by: Key, at: number): Promise<Outcome<void>> {
  return await db.transaction().execute(async (transaction) => {
    const before = await findKey(transaction, id, by);
    if (!before.ok) return before;
    const after = await transaction
      .updateTable('billing.api_keys')
      .set({ revoked_at: at })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .returning(columns)
      .executeTakeFirst();
    if (after !== undefined)
      await recordChange(transaction, {
        ...changeOf(after, by, at),
        action: 'revoke',
        before: showKey(before.value),
      });
    return done(undefined);
  });
}

/** A new secret; only its hash is ever stored. 256 random bits. */
export function newSecret(): string {
  return `janela_${randomBytes(32).toString('base64url')}`;
}

/**
 * Makes a key and notes who made it. The secret is in the answer and nowhere else. A key can give away no more than it
 * has itself: refuses with `forbidden-scope`, `forbidden-tenant`.
 */
export async function createKey(
  db: Kysely<Tables>,
  wanted: { name: string; scopes: readonly Scope[]; tenants: readonly string[] | null },
  by: Key,
  at: number,
): Promise<Outcome<{ key: StoredKey; secret: string }>> {
  const refused = beyond(by, wanted);
  if (refused !== null) return refused;
  const secret = newSecret();
  const { name, scopes, tenants } = wanted;
  const key: StoredKey = {
    id: `key_${randomBytes(8).toString('hex')}`,
    name,
    scopes: [...scopes],
    tenants: tenants === null ? null : [...tenants],
    createdAt: at,
    revokedAt: null,
  };
  await db.transaction().execute(async (transaction) => {
    await insertKey(transaction, key, hashSecret(secret));
    await recordChange(transaction, { ...changeOf(key, by, at), action: 'create', before: null });
  });
  return done({ key, secret });
}

function beyond(
  by: Key,
  { scopes, tenants }: { scopes: readonly Scope[]; tenants: readonly string[] | null },
): Refused | null {
  for (const scope of scopes) {
    const refused = scopeRefused(by, scope);
    if (refused !== null) return refused;
  }
  if (by.tenants !== null && tenants === null)
    return refuse('forbidden-tenant', 'The key is limited to some tenants and cannot make one for all.');
  for (const tenant of tenants ?? []) {
    const refused = tenantRefused(by, tenant);
    if (refused !== null) return refused;
  }
  return null;
}

function changeOf(key: StoredKey, by: Key, at: number) {
  const tenant = key.tenants?.length === 1 ? (key.tenants[0] ?? null) : null;
  return { at, actor: by.id, subjectType: 'key', subject: key.id, tenant, after: showKey(key) } as const;
}

/** A key as answers and the audit show it. */
export function showKey({ createdAt, revokedAt, ...key }: StoredKey) {
  return {
    ...key,
    createdAt: isoInstant(createdAt),
    revokedAt: revokedAt === null ? null : isoInstant(revokedAt),
  };
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

/** Who asks: an API key, the administrator's, or whoever may run commands. */
export interface Key {
  id: string;
  scopes: ReadonlySet<string>;
  /** null: all tenants. */
  tenants: ReadonlySet<string> | null;
}

/** Who can reach the database may do everything. */
export const COMMAND_LINE: Key = { id: 'command line', scopes: new Set(SCOPES), tenants: null };

function hashSecret(secret: string): Buffer {
  return Buffer.from(hash('sha256', secret, 'hex'), 'hex');
}

/** Refuses with `forbidden-scope` what needs a scope that the key lacks. */
export function scopeRefused(key: Pick<Key, 'scopes'>, scope: Scope): Refused | null {
  return key.scopes.has(scope)
    ? null
    : refuse('forbidden-scope', `This needs a key with the scope ${scope}.`);
}

/** Refuses with `forbidden-tenant` what concerns a tenant that the key may not touch. */
export function tenantRefused(key: Key, tenant: string): Refused | null {
  return mayTouch(key, tenant) ? null : refuse('forbidden-tenant', 'The key is limited to other tenants.');
}

/** Refuses with `forbidden-tenant` a key that is limited to tenants; `what` concerns all of them. */
export function limitedRefused(key: Key, what: string): Refused | null {
  return key.tenants === null
    ? null
    : refuse('forbidden-tenant', `${what} concern all tenants and the key is limited to some.`);
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
