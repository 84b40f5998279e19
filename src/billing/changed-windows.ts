import { type RawBuilder, sql } from 'kysely';
import type { ReadSnapshot } from '../store/read/snapshot.ts';
import type { StoredWindow, WindowKey } from '../store/read/windows.ts';

/**
 * Windows by their keys, one row each, in the order of the keys' instants: as they are in the projection, or, where
 * they are gone, as the last standing invoice billed them. Columns in the order of `StoredWindow`'s SQL names.
 */
export function changedWindows(
  { schema }: ReadSnapshot,
  tenant: string,
  keys: readonly WindowKey[],
): RawBuilder<Record<string, unknown>> {
  return sql`
    SELECT DISTINCT ON (k.opened_at, k.conversation, k.opener) k.conversation, k.opener, k.opened_at, x.*
    FROM unnest(${keys.map(({ openedAt }) => openedAt)}::bigint[],
      ${keys.map(({ conversation }) => conversation)}::uuid[], ${keys.map(({ opener }) => opener)}::uuid[])
      AS k(opened_at, conversation, opener)
    CROSS JOIN LATERAL (
      (SELECT w.closes_at, w."offset", w.kind, w.partition, w.channel, w.account, c.contact, w.opened_by, w.rule,
        w.origin, w.category, w.campaign
      FROM ${sql.id(schema, 'windows')} w JOIN ${sql.id(schema, 'conversations')} c USING (conversation)
      WHERE w.conversation = k.conversation AND w.opened_at = k.opened_at AND w.opener = k.opener)
      UNION ALL
      (SELECT b.closes_at, b."offset", b.kind, b.partition, b.channel, b.account, b.contact, b.opened_by, b.rule,
        b.origin, b.category, b.campaign
      FROM billing.billed_windows b JOIN billing.invoices i ON i.id = b.invoice
      WHERE i.tenant = ${tenant} AND i.status = 'final'
        AND b.opened_at = k.opened_at AND b.conversation = k.conversation AND b.opener = k.opener
      ORDER BY b.invoice DESC LIMIT 1)
      LIMIT 1) x
    ORDER BY k.opened_at, k.conversation, k.opener`;
}

/** The same, read. */
export async function readChangedWindows(
  view: ReadSnapshot,
  tenant: string,
  keys: readonly WindowKey[],
): Promise<StoredWindow[]> {
  if (keys.length === 0) return [];
  const { rows } = await sql<StoredWindow>`
    SELECT x.conversation, x.opener, x.kind, x.opened_at AS "openedAt", x.closes_at AS "closesAt", x.channel,
      x.account, x.contact, x.opened_by AS "openedBy", x.partition, x."offset", x.origin, x.category, x.campaign, x.rule
    FROM (${changedWindows(view, tenant, keys)}) x`.execute(view.db);
  return rows;
}
