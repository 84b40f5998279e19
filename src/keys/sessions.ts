/** Sessions of people who signed in to the page with a key: of token and secret only hashes are stored. */

import { hash, randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Tables } from '../store/tables.ts';

/** From the last use on. */
export const SESSION_MS = 12 * 3_600_000;
/** A session is written again at most this often. */
const EVERY_MS = 10 * 60_000;

/** Starts a session for the key with this SHA-256 (hex) of its secret, and forgets those that have ended. Gives its token. */
export async function startSession(db: Kysely<Tables>, secretHash: string, at: number): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await db.deleteFrom('billing.sessions').where('expires_at', '<=', at).execute();
  await db
    .insertInto('billing.sessions')
    .values({ token_hash: hashOf(token), secret_hash: fromHex(secretHash), expires_at: at + SESSION_MS })
    .execute();
  return token;
}

/** The SHA-256 (hex) of the secret of the key that a token stands for, and keeps it for longer; null: it stands for none. */
export async function useSession(db: Kysely<Tables>, token: string, at: number): Promise<string | null> {
  const row = await db
    .selectFrom('billing.sessions')
    .select(['secret_hash', 'expires_at'])
    .where('token_hash', '=', hashOf(token))
    .where('expires_at', '>', at)
    .executeTakeFirst();
  if (row === undefined) return null;
  if (row.expires_at < at + SESSION_MS - EVERY_MS)
    await db
      .updateTable('billing.sessions')
      .set({ expires_at: at + SESSION_MS })
      .where('token_hash', '=', hashOf(token))
      .execute();
  return row.secret_hash.toString('hex');
}

export async function endSession(db: Kysely<Tables>, token: string): Promise<void> {
  await db.deleteFrom('billing.sessions').where('token_hash', '=', hashOf(token)).execute();
}

function hashOf(token: string): Buffer {
  return fromHex(hash('sha256', token, 'hex'));
}

function fromHex(digits: string): Buffer {
  return Buffer.from(digits, 'hex');
}
