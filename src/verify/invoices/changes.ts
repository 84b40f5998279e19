import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { ReadSnapshot } from '../../projection/read/snapshot.ts';
import type { Tables } from '../../store/tables.ts';
import { DifferenceFound } from '../difference.ts';

interface StrayCause {
  number: string;
  event: string;
  covered: boolean;
}

/** Checks that what is noted as the cause of a change stands beside a window that changed, and was known then. */
export async function checkCauses(db: Kysely<Tables>, tenants: readonly string[]): Promise<void> {
  const { rows } = await sql<StrayCause>`
    SELECT i.number, coalesce(nullif(c.event, ''), c.event_key::text) AS event, w.invoice IS NULL AS covered
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
  { db, schema }: ReadSnapshot,
  tenants: readonly string[],
): Promise<void> {
  const events = sql.id(schema, 'events');
  const key = sql`coalesce(c.event_key, left(encode(sha256(convert_to(c.event, 'UTF8')), 'hex'), 32)::uuid)`;
  const { rows } = await sql<{ number: string; event: string; partition: number; offset: number }>`
    WITH lost AS (
      SELECT c.invoice, i.number, c.event, c.event_key, c.partition, c."offset"
      FROM billing.invoices i JOIN billing.change_causes c ON c.invoice = i.id
      LEFT JOIN ${events} e ON e.conversation = c.conversation AND e.key = ${key}
        AND e.partition = c.partition AND e."offset" = c."offset"
      WHERE i.tenant = ANY (${[...tenants]}::text[]) AND i.status <> 'pending'
      GROUP BY c.invoice, i.number, c.event, c.event_key, c.partition, c."offset"
      HAVING count(e.key) = 0)
    SELECT l.number, coalesce(nullif(l.event, ''), l.event_key::text) AS event, l.partition, l."offset" FROM lost l
    JOIN billing.change_causes c ON c.invoice = l.invoice AND (c.event, c.event_key) IS NOT DISTINCT FROM (l.event, l.event_key) AND c.partition = l.partition
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

type Fault = 'opener' | 'conversation' | 'place' | 'sent' | 'end' | 'twice';

interface StrayWindow {
  number: string;
  openedBy: string;
  fault: Fault;
}

const SAYS: Record<Fault, string> = {
  opener: 'is not of the event that it says opened it',
  conversation: 'is not of the conversation that it says',
  place: 'stands at another instant or log position than the event that opened it',
  sent: 'says another kind, origin, category or campaign than the event that opened it',
  end: 'ends as its rule ends none',
  twice: 'has two ends or rules',
};

/** As `FORMER_HASHES.id`. */
const formerHash = (text: RawBuilder<unknown>) =>
  sql`left(encode(sha256(convert_to(${text}, 'UTF8')), 'hex'), 32)::uuid`;
const OPENER = formerHash(sql`w.opened_by`);
/** As `FORMER_HASHES.conversation`: `to_json` escapes as JSON.stringify does what parties may hold. */
const CONVERSATION = formerHash(
  sql`'[' || to_json(i.tenant) || ',' || to_json(w.channel) || ',' || to_json(w.account) || ',' || to_json(w.contact) || ']'`,
);
const SENT = sql`CASE WHEN w.kind = 1 THEN e.detail::jsonb END`;

/**
 * Checks the windows behind adjustments of invoices that changed since (ms), which no digest covers: that they are of
 * their opener and conversation, and say of the opener what the live projection says. Their end may have moved since
 * under `sliding`; of the other rules it is whole hours away.
 */
export async function checkChangedWindows(
  { db, schema }: ReadSnapshot,
  tenants: readonly string[],
  since: number,
): Promise<void> {
  const { rows } = await sql<StrayWindow>`
    SELECT i.number, coalesce(nullif(w.opened_by, ''), w.opener::text) AS "openedBy", f.fault
    FROM billing.invoices i JOIN billing.billed_sets s ON s.invoice = i.id AND s.period <> i.period
    JOIN billing.billed_windows w ON w.invoice = s.invoice AND w.set = s.set
    LEFT JOIN ${sql.id(schema, 'events')} e ON e.conversation = w.conversation AND e.key = w.opener
    LEFT JOIN ${sql.id(schema, 'conversations')} p ON p.conversation = w.conversation
    CROSS JOIN LATERAL (SELECT CASE
      WHEN w.opened_by <> '' AND w.opener <> ${OPENER} THEN 'opener'
      WHEN w.contact <> '' AND w.conversation <> ${CONVERSATION}
        OR (p.tenant, p.channel, p.account) <> (i.tenant, w.channel, w.account) THEN 'conversation'
      WHEN (e.at, e.partition, e."offset") <> (w.opened_at, w.partition, w."offset") THEN 'place'
      WHEN e.key IS NOT NULL AND ((e.class = 1) <> (w.kind = 1) OR (w.origin, w.category, w.campaign)
        IS DISTINCT FROM (${SENT}->>'origin', ${SENT}->'template'->>'category', ${SENT}->>'campaign')) THEN 'sent'
      WHEN w.closes_at <= w.opened_at OR w.rule NOT IN ('fixed', 'fixed-tail', 'sliding')
        OR (w.rule <> 'sliding' AND (w.closes_at - w.opened_at) % 3600000 <> 0) THEN 'end'
      WHEN EXISTS (SELECT FROM billing.billed_windows o JOIN billing.billed_sets p
          ON p.invoice = o.invoice AND p.set = o.set AND p.period = s.period
        WHERE o.invoice = w.invoice AND o.opened_at = w.opened_at AND o.conversation = w.conversation
          AND o.opener = w.opener AND (o.closes_at, o.rule) <> (w.closes_at, w.rule)) THEN 'twice'
      END AS fault) f
    WHERE i.tenant = ANY (${[...tenants]}::text[]) AND i.status <> 'pending' AND f.fault IS NOT NULL
      AND i.changed_at > ${Math.max(since, Number.MIN_SAFE_INTEGER)}
    ORDER BY i.finalized_at LIMIT 1`.execute(db);
  const [stray] = rows;
  if (stray !== undefined)
    throw new DifferenceFound(
      `Invoice ${stray.number} has a copy of a changed window, opened by ${stray.openedBy}, that ${SAYS[stray.fault]}.`,
    );
}
