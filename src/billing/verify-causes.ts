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

/**
 * Checks that the event named by a cause stands at the position noted with it. A cause that pushed another window over
 * the edge of an allowance stands beside that one too, of another conversation, where the id may be somebody else's: it
 * is right where it is so in one of the conversations that it stands beside.
 */
export async function checkCausePositions(
  db: Kysely<Tables>,
  schema: string,
  tenants: readonly string[],
): Promise<void> {
  const events = sql.id(schema, 'events');
  const key = sql`left(encode(sha256(convert_to(c.event, 'UTF8')), 'hex'), 32)::uuid`;
  const { rows } = await sql<{ number: string; event: string; partition: number; offset: number }>`
    WITH lost AS (
      SELECT c.invoice, i.number, c.event, c.partition, c."offset"
      FROM billing.invoices i JOIN billing.change_causes c ON c.invoice = i.id
      LEFT JOIN ${events} e ON e.conversation = c.conversation AND e.key = ${key}
        AND e.partition = c.partition AND e."offset" = c."offset"
      WHERE i.tenant = ANY (${[...tenants]}::text[]) AND i.status <> 'pending'
      GROUP BY c.invoice, i.number, c.event, c.partition, c."offset"
      HAVING count(e.key) = 0)
    SELECT l.number, l.event, l.partition, l."offset" FROM lost l
    JOIN billing.change_causes c ON c.invoice = l.invoice AND c.event = l.event AND c.partition = l.partition
      AND c."offset" = l."offset"
    JOIN ${events} e ON e.conversation = c.conversation
      AND (e.key = ${key} OR (e.partition = c.partition AND e."offset" = c."offset"))
    ORDER BY l.number LIMIT 1`.execute(db);
  const [lost] = rows;
  if (lost !== undefined)
    throw new DifferenceFound(
      `Invoice ${lost.number} names the event ${lost.event} at partition ${lost.partition}, offset ${lost.offset} as a cause, which does not stand there.`,
    );
}
