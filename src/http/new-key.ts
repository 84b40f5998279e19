import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import { recordChange } from '../store/audit.ts';
import { insertKey, type StoredKey } from '../store/keys.ts';
import type { Tables } from '../store/tables.ts';
import { hashSecret } from './auth.ts';
import { isoInstant } from './schemas.ts';

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
