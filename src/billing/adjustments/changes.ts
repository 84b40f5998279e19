import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { PlanTerms } from '../../domain/plan.ts';
import { rate, type WindowCount } from '../../domain/rate.ts';
import type { ReadSnapshot } from '../../projection/read/snapshot.ts';
import type { StoredWindow, WindowKey } from '../../projection/read/windows.ts';
import { fingerprints, inRange, lineSets, setOf, type WindowRange } from '../line-sets.ts';

/**
 * A window that an invoice charges (weight +1) or gives back (-1) for an earlier period under a code: the set form of
 * the domain's `billedChanges`. Beyond 1 only where the invoice in between was voided.
 */
export interface Change extends WindowKey {
  code: string;
  weight: number;
  /** Whether the period has the window now. */
  exists: boolean;
}

/**
 * Condition on `i`, an invoice: made no earlier than the standing invoice of a period. What earlier ones noted of that
 * period, which cannot be lines, lapsed with the invoice that they noted it about.
 */
export function sinceStanding(period: RawBuilder<unknown>): RawBuilder<SqlBool> {
  return sql<SqlBool>`i.id >= (SELECT o.id FROM billing.invoices o
    WHERE o.tenant = i.tenant AND o.period = ${period} AND o.status = 'final')`;
}

/** What is known of the windows of a final period without comparing them one by one. */
interface PeriodState {
  fingerprint: string;
  /** Whether they may differ from what standing invoices charge for it. */
  mayHaveChanged: boolean;
}

/** Of final periods, in their order: one look for all. */
export async function periodStates(
  view: ReadSnapshot,
  ranges: readonly WindowRange[],
): Promise<PeriodState[]> {
  if (ranges.length === 0) return [];
  const { rows } = await sql<{ place: number; status: string; fingerprint: string }>`
    SELECT r.place, i.status, p.fingerprint
    FROM unnest(${ranges.map(({ tenant }) => tenant)}::text[], ${ranges.map(({ span }) => span.id)}::text[])
      WITH ORDINALITY AS r(tenant, period, place)
    JOIN billing.invoices i ON i.tenant = r.tenant AND i.status <> 'pending' AND ${sinceStanding(sql`r.period`)}
    JOIN billing.invoice_periods p ON p.invoice = i.id AND p.period = r.period
    ORDER BY r.place, i.id DESC`.execute(view.db);
  const noted = Map.groupBy(rows, ({ place }) => place);
  const now = await fingerprints(view, ranges);
  return now.map((fingerprint, i) => {
    const [last, ...earlier] = noted.get(i + 1) ?? [];
    // With a voided invoice among them, the sum of what stands need not be any state that the period ever had.
    const known = last?.status !== 'void' && earlier.every(({ status }) => status !== 'void');
    return { fingerprint, mayHaveChanged: !known || last?.fingerprint !== fingerprint };
  });
}

/** The windows of a final period as they are now minus those that standing invoices charge, by (openedAt, id). */
export async function changesOf(
  view: ReadSnapshot,
  range: WindowRange,
  terms: PlanTerms,
  counts: readonly WindowCount[],
): Promise<Change[]> {
  const sets = await lineSets(view, range, rate(terms, counts));
  const { rows } = await sql<Change>`
    WITH now AS (
      SELECT w.conversation, w.opener, w.opened_at, (${setOf(sets, ({ code }) => sql`${code}::text`)})::text AS code
      FROM ${sql.id(view.schema, 'windows')} w WHERE ${inRange(range)}),
    charged AS (
      SELECT b.conversation, b.opener, b.opened_at, s.code, sum(s.weight)::int AS weight
      FROM billing.invoices i JOIN billing.billed_sets s ON s.invoice = i.id AND s.period = ${range.span.id}
      JOIN billing.billed_windows b ON b.invoice = s.invoice AND b.set = s.set
      WHERE i.tenant = ${range.tenant} AND i.status = 'final' AND ${sinceStanding(sql`${range.span.id}::text`)}
      GROUP BY b.conversation, b.opener, b.opened_at, s.code),
    changed AS (
      SELECT coalesce(n.conversation, c.conversation) AS conversation, coalesce(n.opener, c.opener) AS opener,
        coalesce(n.opened_at, c.opened_at) AS opened_at, coalesce(n.code, c.code) COLLATE "C" AS code,
        (CASE WHEN n.code IS NULL THEN 0 ELSE 1 END) - coalesce(c.weight, 0) AS weight
      FROM (SELECT * FROM now WHERE code IS NOT NULL) n
      FULL JOIN charged c ON c.conversation = n.conversation AND c.opener = n.opener AND c.code = n.code COLLATE "C")
    SELECT d.conversation, d.opener, d.opened_at AS "openedAt", d.code, d.weight, EXISTS (
      SELECT FROM ${sql.id(view.schema, 'windows')} w
      WHERE w.conversation = d.conversation AND w.opened_at = d.opened_at AND w.opener = d.opener) AS exists
    FROM changed d WHERE d.weight <> 0
    ORDER BY d.opened_at, d.conversation, d.opener, d.code`.execute(view.db);
  return rows;
}

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
