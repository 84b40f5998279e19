/** API keys: how they are made, found, listed and revoked. */

import { hash, randomBytes } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { isoInstant } from '../domain/instant.ts';
import { done, type Outcome, type Refused, refuse } from '../domain/refusal.ts';
import { say } from '../domain/sentences.ts';
import { anyOf } from '../store/any-of.ts';
import { type Change, recordChange, recordChanges } from '../store/audit.ts';
import type { Tables } from '../store/tables.ts';
import { idOnce } from './once.ts';
import { isStored, type Key, mayTouch, type Scope, scopeRefused, tenantRefused } from './rights.ts';

/** An API key without its secret. Instants in ms. */
export interface StoredKey {
  id: string;
  name: string;
  scopes: string[];
  /** The tenants it may touch; null: all. */
  tenants: string[] | null;
  createdAt: number;
  /** Id of the key that made it; null: not known. */
  createdBy: string | null;
  /** null: it has no end. */
  expiresAt: number | null;
  revokedAt: number | null;
  /** At most a minute ago where it is in use; null: never. */
  lastUsedAt: number | null;
}

const columns = [
  'id',
  'name',
  'scopes',
  'tenants',
  'created_at as createdAt',
  'created_by as createdBy',
  'expires_at as expiresAt',
  'revoked_at as revokedAt',
  'last_used_at as lastUsedAt',
] as const;

/** The key with this SHA-256 of its secret, revoked or not. */
export async function findKeyBySecret(db: Kysely<Tables>, secretHash: Buffer): Promise<StoredKey | null> {
  const row = await db
    .selectFrom('billing.api_keys')
    .select(columns)
    .where('secret_hash', '=', secretHash)
    .executeTakeFirst();
  return row ?? null;
}

/** Whether it was made: no other one had its id. */
async function insertKey(db: Kysely<Tables>, key: StoredKey, secretHash: Buffer): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('billing.api_keys')
    .values({
      id: key.id,
      name: key.name,
      secret_hash: secretHash,
      scopes: key.scopes,
      tenants: key.tenants,
      created_at: key.createdAt,
      created_by: key.createdBy,
      expires_at: key.expiresAt,
      revoked_at: key.revokedAt,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** Keys within `tenants` (null: all keys), those that `createdBy` made where it is named; by id. */
export async function listKeys(
  db: Kysely<Tables>,
  { tenants, createdBy }: { tenants: readonly string[] | null; createdBy?: string | undefined },
  page: { after: string; limit: number },
): Promise<StoredKey[]> {
  let query = db
    .selectFrom('billing.api_keys')
    .select(columns)
    .where('id', '>', page.after)
    .orderBy('id')
    .limit(page.limit);
  // Not `<@`, which compares each with each: two keys of 70,000 tenants took it 35 s.
  if (tenants !== null)
    query = query.where(
      sql<boolean>`tenants IS NOT NULL AND NOT EXISTS (SELECT FROM unnest(tenants) AS t WHERE t <> ALL (${[...tenants]}::text[]))`,
    );
  if (createdBy !== undefined) query = query.where('created_by', '=', createdBy);
  return await query.execute();
}

/** A key that `by` may see: one limited to tenants sees those within them. Refuses with `not-found`. */
export async function findKey(db: Kysely<Tables>, id: string, by: Key): Promise<Outcome<StoredKey>> {
  const row = await db.selectFrom('billing.api_keys').select(columns).where('id', '=', id).executeTakeFirst();
  const isWithin = by.tenants === null || row?.tenants?.every((tenant) => mayTouch(by, tenant)) === true;
  return row !== undefined && isWithin ? done(row) : refuse('not-found', say('There is no key of this id.'));
}

/**
 * Looks the asking key up again, in the transaction of what it asks for: revoking it waits until that is done, and
 * nothing is done with it after that. Refuses with `unauthorized`.
 */
async function stillGood(db: Kysely<Tables>, by: Key, at: number): Promise<Outcome<void>> {
  if (!isStored(by)) return done(undefined);
  const row = await db
    .selectFrom('billing.api_keys')
    .select('expires_at')
    .where('id', '=', by.id)
    .where('revoked_at', 'is', null)
    .forShare()
    .executeTakeFirst();
  if (row !== undefined && (row.expires_at === null || row.expires_at > at)) return done(undefined);
  return refuse('unauthorized', say('The key was revoked or has ended.'));
}

/** What is left of the keys that a key made, by themselves or their children, once it is revoked. */
export interface Revoked {
  /** Those that are still good, or were until now, the first thousand by id, as they are now. */
  children: StoredKey[];
  /** How many there are. */
  count: number;
}

const MOST_SHOWN = 1_000;

/**
 * Revokes a key, and with `children` all that were made with it, by themselves or their children, and are still good;
 * one that was revoked before stays as it is. Refuses with `not-found`, `unauthorized`.
 */
export async function revokeKey(
  db: Kysely<Tables>,
  id: string,
  { by, at, children }: { by: Key; at: number; children: boolean },
): Promise<Outcome<Revoked>> {
  return await db.transaction().execute(async (transaction) => {
    const good = await stillGood(transaction, by, at);
    if (!good.ok) return good;
    const known = await findKey(transaction, id, by);
    if (!known.ok) return known;
    await revoke(transaction, [id], by, at);
    const found: string[] = [];
    // A level at a time: a key that is revoked makes none while the next level is looked for.
    for (let ids = [id]; ids.length > 0; ) {
      const made = await madeBy(transaction, ids);
      ids = made.map((key) => key.id);
      if (children) await revoke(transaction, ids, by, at);
      found.push(...made.filter(({ revokedAt }) => revokedAt === null).map((key) => key.id));
    }
    return done({
      children: await keysOf(transaction, found.sort().slice(0, MOST_SHOWN)),
      count: found.length,
    });
  });
}

async function keysOf(db: Kysely<Tables>, ids: readonly string[]): Promise<StoredKey[]> {
  return await db
    .selectFrom('billing.api_keys')
    .select(columns)
    .where('id', '=', anyOf(ids))
    .orderBy('id')
    .execute();
}

async function madeBy(db: Kysely<Tables>, ids: readonly string[]): Promise<StoredKey[]> {
  return await db
    .selectFrom('billing.api_keys')
    .select(columns)
    .where('created_by', '=', anyOf(ids))
    .execute();
}

async function revoke(db: Kysely<Tables>, ids: readonly string[], by: Key, at: number): Promise<void> {
  const revoked = await db
    .updateTable('billing.api_keys')
    .set({ revoked_at: at })
    .where('id', '=', anyOf(ids))
    .where('revoked_at', 'is', null)
    .returning(columns)
    .execute();
  await recordChanges(
    db,
    revoked.map((key): Change => {
      const before = showKey({ ...key, revokedAt: null });
      return { ...changeOf(key, by, at), action: 'revoke', before };
    }),
  );
}

/** A new secret; only its hash is ever stored. 256 random bits. */
export function newSecret(): string {
  return `janela_${randomBytes(32).toString('base64url')}`;
}

interface WantedKey {
  name: string;
  scopes: readonly Scope[];
  tenants: readonly string[] | null;
  /** ms; null: no end. Left out: that of the key that makes it. */
  expiresAt?: number | null | undefined;
  /** What whoever asks calls the request, so that the same again makes nothing. */
  request?: string | undefined;
}

/**
 * Makes a key and notes who made it. The secret is in the answer and nowhere else. A key can give away no more than it
 * has itself: refuses with `forbidden-scope`, `forbidden-tenant`, `invalid-request`, `unauthorized`, and with `conflict` the
 * same request again.
 */
export async function createKey(
  db: Kysely<Tables>,
  wanted: WantedKey,
  by: Key,
  at: number,
): Promise<Outcome<{ key: StoredKey; secret: string }>> {
  const refused = beyond(by, wanted) ?? endRefused(by, wanted, at);
  if (refused !== null) return refused;
  const secret = newSecret();
  const { name, scopes, tenants, expiresAt = by.expiresAt } = wanted;
  const key: StoredKey = {
    id: `key_${idOnce(by, wanted.request, 8)}`,
    name,
    scopes: [...scopes],
    tenants: tenants === null ? null : [...tenants],
    createdAt: at,
    createdBy: by.id,
    expiresAt,
    revokedAt: null,
    lastUsedAt: null,
  };
  return await db.transaction().execute(async (transaction) => {
    const good = await stillGood(transaction, by, at);
    if (!good.ok) return good;
    if (!(await insertKey(transaction, key, hashSecret(secret))))
      return refuse(
        'conflict',
        say('The key {id} was made by this request before, and its secret was shown then.', { id: key.id }),
      );
    await recordChange(transaction, { ...changeOf(key, by, at), action: 'create', before: null });
    return done({ key, secret });
  });
}

function endRefused(by: Key, { expiresAt }: WantedKey, at: number): Refused | null {
  if (expiresAt === undefined) return null;
  if (expiresAt !== null && expiresAt <= at)
    return refuse('invalid-request', say('must lie in the future'), '/expiresAt');
  if (by.expiresAt === null || (expiresAt !== null && expiresAt <= by.expiresAt)) return null;
  const end = isoInstant(by.expiresAt);
  return refuse(
    'invalid-request',
    say('must not be later than the end of the key that asks, {end}', { end }),
    '/expiresAt',
  );
}

function beyond(by: Key, { scopes, tenants }: WantedKey): Refused | null {
  for (const scope of scopes) {
    const refused = scopeRefused(by, scope);
    if (refused !== null) return refused;
  }
  if (by.tenants !== null && tenants === null)
    return refuse('forbidden-tenant', say('The key is limited to some tenants and cannot make one for all.'));
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
export function showKey({ createdAt, expiresAt, revokedAt, lastUsedAt, ...key }: StoredKey) {
  return {
    ...key,
    createdAt: isoInstant(createdAt),
    expiresAt: instantOrNull(expiresAt),
    revokedAt: instantOrNull(revokedAt),
    lastUsedAt: instantOrNull(lastUsedAt),
  };
}

function instantOrNull(at: number | null): string | null {
  return at === null ? null : isoInstant(at);
}

function hashSecret(secret: string): Buffer {
  return Buffer.from(hash('sha256', secret, 'hex'), 'hex');
}

/** One that was revoked has always ended, whatever the clocks say. */
export function toKey({ id, scopes, tenants, expiresAt, revokedAt }: StoredKey): Key {
  return {
    id,
    scopes: new Set(scopes),
    tenants: tenants === null ? null : new Set(tenants),
    expiresAt: revokedAt === null ? expiresAt : -Infinity,
  };
}
