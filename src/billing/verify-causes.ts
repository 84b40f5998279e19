import { type Kysely, sql } from 'kysely';
import { DifferenceFound } from '../projection/verify-difference.ts';
import type { Tables } from '../store/tables.ts';

interface Stray {
  number: string;
  event: string;
  covered: boolean;
}

/** Checks that what is noted as the cause of a change stands beside a window that changed, and was known then. */
export async function checkCauses(db: Kysely<Tables>, tenants: readonly string[]): Promise<void> {
  const { rows } = await sql<Stray>`
    SELECT i.number, c.event, w.invoice IS NULL AS covered
    FROM billing.invoices i JOIN billing.change_causes c ON c.invoice = i.id
    LEFT JOIN LATERAL (SELECT (p->>'next')::bigint AS next FROM jsonb_array_elements(i.as_of) p
      WHERE (p->>'partition')::int = c.partition LIMIT 1) a ON true
    LEFT JOIN (billing.billed_windows w JOIN billing.billed_sets s
        ON s.invoice = w.invoice AND s.set = w.set)
      ON w.invoice = c.invoice AND w.set = c.set AND w.conversation = c.conversation AND w.opener = c.opener
    WHERE i.tenant = ANY (${[...tenants]}::text[]) AND i.status <> 'pending'
      AND (w.invoice IS NULL OR c."offset" >= coalesce(a.next, 0))
    ORDER BY i.finalized_at LIMIT 1`.execute(db);
  const [stray] = rows;
  if (stray === undefined) return;
  throw new DifferenceFound(
    stray.covered
      ? `Invoice ${stray.number} names the event ${stray.event} as the cause of a change of no window that it has.`
      : `Invoice ${stray.number} names the event ${stray.event} as a cause, which it could not know.`,
  );
}
