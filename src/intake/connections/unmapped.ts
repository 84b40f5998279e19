/** What a connection could not map: kept sealed until the mapping is mended. Contract section 5. */

import { createHmac } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { WRAPPED } from '../../sealing/rewrap.ts';
import { notify } from '../../store/notifications.ts';
import type { Tables } from '../../store/tables.ts';
import type { UnmappedReason } from '../whatsapp/part.ts';
import type { Sealer, SecretConnection } from './connections.ts';

export interface UnmappedPart {
  reason: UnmappedReason;
  /** A sentence for people; names nobody. */
  detail: string;
  payload: unknown;
}

export interface KeptPart extends UnmappedPart {
  id: number;
  /** ms; when it first came. */
  receivedAt: number;
}

const { label: LABEL } = WRAPPED.unmappedParts;

/** Keeps parts; of one that is kept already, for it was delivered again, only the reason is new. Durable once it resolves. */
export async function keepUnmapped(
  db: Kysely<Tables>,
  sealer: Sealer,
  { name, secrets }: Pick<SecretConnection, 'name' | 'secrets'>,
  parts: readonly UnmappedPart[],
  receivedAt: number,
): Promise<void> {
  const byFingerprint = new Map(
    parts.map(({ reason, detail, payload }) => {
      const text = JSON.stringify(payload);
      // Keyed, so that whoever guesses a payload cannot prove it by the hash.
      const fingerprint = createHmac('sha256', secrets.appSecret).update(text).digest();
      return [fingerprint.toString('hex'), { reason, detail, fingerprint, text }] as const;
    }),
  );
  const rows = [...byFingerprint.values()];
  if (rows.length === 0) return;
  await db.transaction().execute(async (transaction) => {
    const { rows: kept } = await sql<{ isNew: boolean }>`
      INSERT INTO billing.unmapped_parts (connection, received_at, fingerprint, reason, detail, payload)
      SELECT ${name}, ${receivedAt}, * FROM unnest(
        ${rows.map(({ fingerprint }) => fingerprint)}::bytea[],
        ${rows.map(({ reason }) => reason)}::text[],
        ${rows.map(({ detail }) => detail)}::text[],
        ${rows.map(({ text }) => sealer.seal(LABEL, Buffer.from(text)))}::bytea[])
      ON CONFLICT (connection, fingerprint) DO UPDATE SET reason = excluded.reason, detail = excluded.detail
      RETURNING xmax = 0 AS "isNew"`.execute(transaction);
    const count = kept.filter(({ isNew }) => isNew).length;
    if (count > 0) await notifyUnmapped(transaction, name, count, receivedAt);
  });
}

const HOUR_MS = 3_600_000;

/** Once an hour for each connection: a mapping that is missing keeps thousands. */
async function notifyUnmapped(
  db: Kysely<Tables>,
  connection: string,
  kept: number,
  at: number,
): Promise<void> {
  const of = [connection, Math.floor(at / HOUR_MS)];
  await notify(db, [{ type: 'connection.unmapped', of, tenant: null, at, data: { connection, kept } }]);
}

/**
 * In the order in which they came, after one; no more than `limit`, and none behind those that have `mostBytes` together:
 * each may be as large as a payload.
 */
export async function listUnmapped(
  db: Kysely<Tables>,
  sealer: Sealer,
  connection: string,
  { after, limit, mostBytes = null }: { after: number; limit: number; mostBytes?: number | null },
): Promise<KeptPart[]> {
  const rows = await db
    .selectFrom((next) =>
      next
        .selectFrom('billing.unmapped_parts')
        .select(['id', 'reason', 'detail', 'received_at', 'payload'])
        .select(
          sql<number>`sum(octet_length(payload)) OVER (ORDER BY id) - octet_length(payload)`.as('before'),
        )
        .where('connection', '=', connection)
        .where('id', '>', after)
        .orderBy('id')
        .limit(limit)
        .as('p'),
    )
    .select(['id', 'reason', 'detail', 'received_at', 'payload'])
    .$if(mostBytes !== null, (query) => query.where('before', '<', mostBytes))
    .orderBy('id')
    .execute();
  return rows.map(({ received_at: receivedAt, payload, ...row }) => ({
    ...{ ...row, receivedAt },
    payload: JSON.parse(sealer.open(LABEL, payload).toString()),
  }));
}

/** They are events now, or known to be none. */
export async function forgetUnmapped(db: Kysely<Tables>, ids: readonly number[]): Promise<void> {
  await sql`DELETE FROM billing.unmapped_parts WHERE id = ANY (${ids}::bigint[])`.execute(db);
}

/** Why they could not be mapped this time either. */
export async function explainUnmapped(
  db: Kysely<Tables>,
  parts: readonly Pick<KeptPart, 'id' | 'reason' | 'detail'>[],
): Promise<void> {
  await sql`
    UPDATE billing.unmapped_parts AS kept SET reason = new.reason, detail = new.detail
    FROM unnest(
      ${parts.map(({ id }) => id)}::bigint[],
      ${parts.map(({ reason }) => reason)}::text[],
      ${parts.map(({ detail }) => detail)}::text[]) AS new (id, reason, detail)
    WHERE kept.id = new.id`.execute(db);
}

/** Beyond this nobody counts: it takes longer, and says no more. */
const MOST_COUNTED = 10_000;

/** How many parts each connection keeps, up to 10,000. */
export async function countUnmapped(db: Kysely<Tables>): Promise<{ connection: string; count: number }[]> {
  const { rows } = await sql<{ connection: string; count: number }>`
    SELECT name AS connection, (SELECT count(*)::int FROM (
      SELECT FROM billing.unmapped_parts WHERE connection = name LIMIT ${MOST_COUNTED}) AS kept) AS count
    FROM billing.connections`.execute(db);
  return rows;
}
