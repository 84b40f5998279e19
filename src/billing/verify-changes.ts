import { type Kysely, type RawBuilder, sql } from 'kysely';
import { DifferenceFound } from '../projection/verify-difference.ts';
import type { Tables } from '../store/tables.ts';

type Fault = 'opener' | 'conversation' | 'place' | 'sent' | 'end' | 'twice';

interface Stray {
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

/** As `shortHash`. */
const shortHash = (text: RawBuilder<unknown>) =>
  sql`left(encode(sha256(convert_to(${text}, 'UTF8')), 'hex'), 32)::uuid`;
const OPENER = shortHash(sql`w.opened_by`);
/** As `conversationHash`: `to_json` escapes as JSON.stringify does what parties may hold. */
const CONVERSATION = shortHash(
  sql`'[' || to_json(i.tenant) || ',' || to_json(w.channel) || ',' || to_json(w.account) || ',' || to_json(w.contact) || ']'`,
);
const SENT = sql`CASE WHEN w.kind = 1 THEN e.detail::jsonb END`;

/**
 * Checks the windows behind adjustments of invoices that changed since (ms), which no digest covers: that they are of
 * their opener and conversation, and say of the opener what the live projection says. Their end may have moved since
 * under `sliding`; of the other rules it is whole hours away.
 */
export async function checkChangedWindows(
  db: Kysely<Tables>,
  schema: string,
  tenants: readonly string[],
  since: number,
): Promise<void> {
  const { rows } = await sql<Stray>`
    SELECT i.number, w.opened_by AS "openedBy", f.fault
    FROM billing.invoices i JOIN billing.billed_sets s ON s.invoice = i.id AND s.period <> i.period
    JOIN billing.billed_windows w ON w.invoice = s.invoice AND w.set = s.set
    LEFT JOIN ${sql.id(schema, 'events')} e ON e.conversation = w.conversation AND e.key = w.opener
    CROSS JOIN LATERAL (SELECT CASE
      WHEN w.opener <> ${OPENER} THEN 'opener'
      WHEN w.conversation <> ${CONVERSATION} THEN 'conversation'
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
