import { type Kysely, sql } from 'kysely';
import type { ChainNote } from '../log/import-check.ts';
import type { Tables } from '../store/tables.ts';

/** How far into the log invoices stand, final or void: of each partition the furthest, which all before it agree with. */
export async function invoiceChainNotes(db: Kysely<Tables>): Promise<ChainNote[]> {
  const { rows } = await sql<ChainNote>`
    SELECT DISTINCT ON (partition) i.number AS invoice, (p->>'partition')::int AS partition,
      (p->>'next')::bigint AS next, decode(p->>'chain', 'hex') AS chain
    FROM billing.invoices i CROSS JOIN LATERAL jsonb_array_elements(i.as_of) p
    WHERE i.status <> 'pending' AND (p->>'next')::bigint > 0
    ORDER BY partition, next DESC, i.id DESC`.execute(db);
  return rows;
}
