/** Links that show one tenant its own pages, and nothing else, until they end. Of their tokens only hashes are stored. */

import { hash, randomBytes } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Language } from '../domain/description.ts';
import { isoInstant } from '../domain/instant.ts';
import { recordChange } from '../store/audit.ts';
import type { Tables } from '../store/tables.ts';
import { isStored, type Key } from './rights.ts';

interface PortalLink {
  tenant: string;
  /** Whether invoices are shown. */
  invoices: boolean;
  language: Language;
  /** ms */
  expiresAt: number;
}

/** Makes a link that ends with the key that makes it, and forgets those that have ended. Gives its token. */
export async function createPortalLink(
  db: Kysely<Tables>,
  { tenant, invoices, language, expiresAt }: PortalLink,
  { by, at }: { by: Key; at: number },
): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  const link = { tenant, invoices, language };
  const token_hash = hashOf(token);
  await db.deleteFrom('billing.portal_links').where('expires_at', '<=', at).execute();
  await db.transaction().execute(async (transaction) => {
    await transaction
      .insertInto('billing.portal_links')
      .values({ ...link, token_hash, expires_at: expiresAt, created_by: by.id })
      .execute();
    await recordChange(transaction, {
      ...{ at, actor: by.id, subjectType: 'portal-link', tenant, action: 'create', before: null },
      subject: token_hash.toString('hex', 0, 8),
      after: { ...link, expiresAt: isoInstant(expiresAt) },
    });
  });
  return token;
}

/** The link of a token; null: there is none, or it or the key that made it has ended. */
export async function findPortalLink(
  db: Kysely<Tables>,
  token: string,
  at: number,
): Promise<PortalLink | null> {
  const row = await db
    .selectFrom('billing.portal_links as l')
    .leftJoin('billing.api_keys as k', 'k.id', 'l.created_by')
    .select([
      'l.tenant',
      'l.invoices',
      'l.language',
      'l.expires_at as expiresAt',
      'l.created_by as createdBy',
      'k.id',
    ])
    .where('l.token_hash', '=', hashOf(token))
    .where('l.expires_at', '>', at)
    .where(sql<boolean>`k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > ${at})`)
    .executeTakeFirst();
  if (row === undefined || (isStored({ id: row.createdBy }) && row.id === null)) return null;
  return { ...row, language: row.language as Language };
}

/** Who looks at the pages of a link. */
export function keyOfLink({ tenant, invoices, expiresAt }: PortalLink): Key {
  const scopes = new Set(invoices ? ['usage:read', 'billing:read'] : ['usage:read']);
  return { id: `portal ${tenant}`, scopes, tenants: new Set([tenant]), expiresAt };
}

function hashOf(token: string): Buffer {
  return Buffer.from(hash('sha256', token, 'hex'), 'hex');
}
