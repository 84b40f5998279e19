/** What a change does to open drafts, and by how much: told with its answer. */

import { isDeepStrictEqual } from 'node:util';
import { type Kysely, sql } from 'kysely';
import { isCredit } from '../domain/credit.ts';
import { minorDigits } from '../domain/currency.ts';
import { formatAmount, readAmount } from '../domain/money.ts';
import { nextPeriod } from '../domain/period.ts';
import { sum } from '../domain/rate.ts';
import { type ReadSnapshot, readSnapshot } from '../projection/read/snapshot.ts';
import type { Tables } from '../store/tables.ts';
import { firstOfInterest } from './draft-slots.ts';
import { type DraftInvoice, draftsOf } from './drafts.ts';
import type { PeriodSpan, Slot } from './invoice.ts';
import { MONTHS_BACK } from './subscriptions.ts';
import type { Span, Was } from './supposed.ts';

/** Amounts in decimal text; null: there was or is no draft. */
interface AffectedDraft {
  tenant: string;
  period: PeriodSpan;
  currency: string;
  before: string | null;
  after: string | null;
  difference: string;
}

export interface Affects {
  /** By tenant and period, as far as they are listed. */
  drafts: AffectedDraft[];
  /** Of all drafts that were found to be changed, by currency. */
  total: { currency: string; before: string; after: string; difference: string }[];
  /** How many drafts were found to be changed. */
  changed: number;
  /** Whether all that the change may concern were looked at. */
  complete: boolean;
}

export const NOTHING_AFFECTED: Affects = { drafts: [], total: [], changed: 0, complete: true };

/** Subscriptions to a plan that are looked at, drafts that are made, and drafts that are listed: an answer takes no minutes. */
const MOST_SUBSCRIPTIONS = 10_000;
const MOST_DRAFTS = 1_000;
const MOST_LISTED = 100;

/**
 * Makes the open drafts that a change may concern as they are and as they would be without it (a dry run: with it), from
 * one view of all else. What credit moves between invoices is left out, for that is no part of what is charged. `now` in ms.
 */
export async function affectsOf(
  db: Kysely<Tables>,
  was: Was,
  { now, defaultTimeZone, dryRun }: { now: number; defaultTimeZone: string; dryRun: boolean },
): Promise<Affects> {
  return await readSnapshot(db, async (view) => {
    // Nowhere has a month begun that begins later than in a day by UTC.
    const end = nextPeriod(new Date(now + DAY_MS).toISOString().slice(0, 7));
    const spans = was.kind === 'plan' ? await subscribed(view.db, was, end) : [was];
    const some = spans.slice(0, MOST_SUBSCRIPTIONS);
    const open = await openSlots(view, some, end);
    const slots = open.slice(0, MOST_DRAFTS);
    const complete = some.length === spans.length && slots.length === open.length;
    const asItIs = await draftsOf(view, slots, defaultTimeZone);
    const supposed = await draftsOf(view, slots, defaultTimeZone, was);
    const [before, after] = dryRun ? [asItIs, supposed] : [supposed, asItIs];
    const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
    const drafts = keys.flatMap((key) => compared(before.get(key), after.get(key), now));
    return {
      drafts: drafts.slice(0, MOST_LISTED),
      total: totals(drafts),
      changed: drafts.length,
      complete,
    };
  });
}

/** One more than are looked at. */
async function subscribed(
  db: Kysely<Tables>,
  { plan, from, until }: { plan: string; from: string; until: string | null },
  end: string,
): Promise<Span[]> {
  if (from >= end) return [];
  let query = db
    .selectFrom('billing.subscriptions')
    .select(['tenant', 'from_period', 'until_period'])
    .where('plan', '=', plan)
    .where(({ eb, or }) => or([eb('until_period', 'is', null), eb('until_period', '>', from)]))
    .orderBy('tenant')
    .orderBy('from_period')
    .limit(MOST_SUBSCRIPTIONS + 1);
  if (until !== null) query = query.where('from_period', '<', until);
  const rows = await query.execute();
  return rows.map(({ tenant, from_period, until_period }) => {
    const ends = [until, until_period].filter((period) => period !== null).sort();
    return { tenant, from: from_period > from ? from_period : from, until: ends[0] ?? null };
  });
}

const DAY_MS = 86_400_000;

/** The periods of spans before `end` without a final invoice, from the first one of interest on; one more than are looked at. */
async function openSlots({ db, schema }: ReadSnapshot, spans: readonly Span[], end: string): Promise<Slot[]> {
  if (spans.length === 0) return [];
  const { rows } = await sql<Slot>`
    WITH s AS MATERIALIZED (SELECT o.tenant, o.from_period, least(o.until_period, ${end}::text) AS until_period,
        ${firstOfInterest(schema, MONTHS_BACK, end)} AS first
      FROM unnest(${spans.map(({ tenant }) => tenant)}::text[], ${spans.map(({ from }) => from)}::text[],
        ${spans.map(({ until }) => until)}::text[]) AS o(tenant, from_period, until_period))
    SELECT s.tenant, p.period FROM s CROSS JOIN LATERAL (SELECT to_char(m, 'YYYY-MM') AS period FROM generate_series(
      (greatest(s.from_period, s.first) || '-01')::timestamp, (s.until_period || '-01')::timestamp, interval '1 month') m) p
    WHERE p.period < s.until_period AND NOT EXISTS (SELECT FROM billing.invoices i
      WHERE i.tenant = s.tenant AND i.period = p.period AND i.status = 'final')
    ORDER BY s.tenant COLLATE "C", p.period LIMIT ${MOST_DRAFTS + 1}`.execute(db);
  return rows;
}

function compared(
  before: DraftInvoice | undefined,
  after: DraftInvoice | undefined,
  now: number,
): AffectedDraft[] {
  const known = after ?? before;
  if (known === undefined || known.settings.test || known.invoice.period.start > now) return [];
  if (isDeepStrictEqual(chargedBy(before), chargedBy(after))) return [];
  const { tenant, currency, period } = known.invoice;
  const digits = minorDigits(currency);
  const [was, is] = [amountOf(before, digits), amountOf(after, digits)];
  return [
    {
      ...{ tenant, period, currency },
      before: was === null ? null : formatAmount(was, digits),
      after: is === null ? null : formatAmount(is, digits),
      difference: formatAmount((is ?? 0n) - (was ?? 0n), digits),
    },
  ];
}

function chargedBy(draft: DraftInvoice | undefined) {
  if (draft === undefined) return null;
  const lines = draft.invoice.lines.filter(({ code }) => !isCredit(code));
  return { period: draft.invoice.period, lines };
}

/** In minor units. A plan cannot change its currency while somebody has it, so both sides have one. */
function amountOf(draft: DraftInvoice | undefined, digits: number): bigint | null {
  return draft === undefined ? null : sum(chargedBy(draft)?.lines ?? [], digits);
}

function totals(drafts: readonly AffectedDraft[]): Affects['total'] {
  const byCurrency = [...Map.groupBy(drafts, ({ currency }) => currency)].sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  return byCurrency.map(([currency, own]) => {
    const digits = minorDigits(currency);
    const over = (member: 'before' | 'after' | 'difference') =>
      formatAmount(
        own.reduce((total, { [member]: amount }) => total + readAmount(amount ?? '0', digits), 0n),
        digits,
      );
    return { currency, before: over('before'), after: over('after'), difference: over('difference') };
  });
}
