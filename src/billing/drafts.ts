import { sql } from 'kysely';
import { carriedBy, chargedFor } from '../domain/adjustment.ts';
import { type DraftLine, draft, type FinalPeriod } from '../domain/invoice.ts';
import { nextPeriod } from '../domain/period.ts';
import { agreedTerms, type PlanTerms, type PlanVersion, versionAt } from '../domain/plan.ts';
import type { WindowCount } from '../domain/rate.ts';
import { type Subscription, subscriptionAt } from '../domain/subscription.ts';
import type { ReadSnapshot } from '../projection/read/snapshot.ts';
import { type TenantSettings, tenantSettings } from '../store/tenants.ts';
import { creditOfTenants } from './credit.ts';
import { type Invoice, type PeriodSpan, type Slot, slotKey, spanOf } from './invoice.ts';
import { chargesFor, lastVoided, type StandingInvoice, standingInvoices } from './made-invoices.ts';
import { manualLines } from './manual-lines.ts';
import { planVersions } from './plans.ts';
import { subscriptionsOf } from './subscriptions.ts';

/** A draft, and what it was made from. */
export interface DraftInvoice {
  invoice: Invoice;
  settings: TenantSettings;
  /** The plan version in force, as it was agreed with the tenant; null: an invoice of adjustments only. */
  version: PlanVersion | null;
  /** The same as all tenants have it. */
  ofPlan: PlanVersion | null;
  counts: readonly WindowCount[];
  /** Lines with the windows behind them. */
  lines: DraftLine[];
  /** The final periods whose differences it carries, whether they have any or not. */
  carried: Carried[];
}

export interface Carried extends FinalPeriod {
  standing: StandingInvoice;
}

/** What is known of a slot before its windows are counted. */
interface Frame extends Slot {
  settings: TenantSettings;
  version: PlanVersion | null;
  ofPlan: PlanVersion | null;
  carried: StandingInvoice[];
}

/**
 * The drafts of some periods as they are in this view, by `slotKey`; a handful of statements for all of them. A period
 * that is final has none, nor has one without a subscription, anything to adjust and manual lines. The windows of
 * another projection may be `counted` in place of the live one's: everything else is as it is.
 */
export async function draftsOf(
  snapshot: ReadSnapshot,
  slots: readonly Slot[],
  defaultTimeZone: string,
  counted: WindowSource = snapshot,
): Promise<Map<string, DraftInvoice>> {
  const frames = await framesOf(snapshot, slots, defaultTimeZone);
  const earlier = frames.flatMap(({ tenant, carried }) =>
    carried.map(({ period }) => ({ tenant, period: period.id })),
  );
  const counts = await windowCounts(counted, [...frames, ...earlier]);
  const manual = await manualLines(snapshot.db, frames);
  const charges = await chargesFor(snapshot.db, earlier);
  const voided = await lastVoided(snapshot.db, frames);
  const credits = await creditOfTenants(
    snapshot.db,
    frames.map(({ tenant }) => tenant),
  );
  const drafts = new Map<string, DraftInvoice>();
  for (const frame of frames) {
    const { tenant, period, settings, version } = frame;
    const carried = frame.carried.map((standing): Carried => {
      const key = slotKey({ tenant, period: standing.period.id });
      return {
        standing,
        period: standing.period.id,
        terms: standing.terms,
        counts: counts.get(key) ?? [],
        charged: chargedFor(standing.period.id, charges.get(key) ?? []),
      };
    });
    const key = slotKey(frame);
    const lines = manual.get(key) ?? [];
    const currency = version?.currency ?? frame.carried[0]?.currency ?? lines[0]?.currency ?? null;
    if (currency === null) continue;
    const own = counts.get(key) ?? [];
    const made = draft({
      period,
      language: settings.language,
      currency,
      version,
      counts: own,
      manual: lines,
      carried,
      credit: { mode: settings.credit, left: credits.get(tenant)?.credits ?? [] },
    });
    if (made === null) continue;
    const spans = new Map(frame.carried.map(({ period }) => [period.id, period]));
    const span = spanOf(settings.calendar, period);
    drafts.set(key, {
      invoice: asInvoice(
        settings,
        span,
        { ...made, terms: termsOf(version) },
        spans,
        voided.get(key) ?? null,
      ),
      settings,
      version,
      ofPlan: frame.ofPlan,
      counts: own,
      lines: made.lines,
      carried,
    });
  }
  return drafts;
}

async function framesOf(
  { db }: ReadSnapshot,
  slots: readonly Slot[],
  defaultTimeZone: string,
): Promise<Frame[]> {
  const tenants = [...new Set(slots.map(({ tenant }) => tenant))];
  const settings = await tenantSettings(db, tenants, defaultTimeZone);
  const timelines = await subscriptionsOf(db, tenants);
  const inForce = (slot: Slot): Subscription | null =>
    subscriptionAt(timelines.get(slot.tenant) ?? [], slot.period);
  const plans = await planVersions(
    db,
    slots.flatMap((slot) => inForce(slot)?.plan ?? []),
  );
  const standing = Map.groupBy(await standingInvoices(db, tenants), ({ tenant }) => tenant);
  return slots.flatMap(({ tenant, period }) => {
    const finals = new Map(standing.get(tenant)?.map((invoice) => [invoice.period.id, invoice]));
    const known = settings.get(tenant);
    if (known === undefined || finals.has(period)) return [];
    const carried = carriedBy(period, (id) => finals.has(id)).flatMap((id) => finals.get(id) ?? []);
    const subscription = inForce({ tenant, period });
    const ofPlan = subscription === null ? null : versionAt(plans.get(subscription.plan) ?? [], period);
    const version =
      subscription === null || ofPlan === null ? null : { ...ofPlan, ...agreedTerms(ofPlan, subscription) };
    return [{ tenant, period, settings: known, version, ofPlan, carried }];
  });
}

function termsOf(version: PlanVersion | null): PlanTerms | null {
  if (version === null) return null;
  const { plan: _plan, from: _from, ...terms } = version;
  return terms;
}

function asInvoice(
  { tenant, reference, billTo }: TenantSettings,
  period: PeriodSpan,
  made: Pick<Invoice, 'currency' | 'plan' | 'terms' | 'total'> & { lines: DraftLine[] },
  spans: ReadonlyMap<string, PeriodSpan>,
  replaces: string | null,
): Invoice {
  const { currency, plan, terms, total } = made;
  return {
    key: null,
    number: null,
    tenant,
    reference,
    billTo,
    issueDate: null,
    dueDate: null,
    metadata: {},
    period,
    status: 'draft',
    currency,
    plan,
    terms,
    lines: made.lines.map(({ range: _, ...line }) => ({ ...line, period: spans.get(line.period) ?? period })),
    total,
    finalizedAt: null,
    voidedAt: null,
    voidReason: null,
    changedAt: null,
    replaces,
    positions: null,
    digest: null,
  };
}

/** A projection whose windows are counted, live or not. */
export type WindowSource = Pick<ReadSnapshot, 'db' | 'schema'>;

/**
 * How many windows of which kind and category periods have, by `slotKey`; from the tallies, so it costs what the days
 * have in groups, not in windows. Periods without windows are left out.
 */
export async function windowCounts(
  { db, schema }: WindowSource,
  slots: readonly Slot[],
): Promise<Map<string, WindowCount[]>> {
  if (slots.length === 0) return new Map();
  const { rows } = await sql<Slot & { active: boolean; category: string | null; windows: number }>`
    SELECT s.tenant, s.period, t.kind = 1 AS active, nullif(t.category, '') AS category,
      sum(t.windows)::bigint AS windows
    FROM unnest(${slots.map(({ tenant }) => tenant)}::text[], ${slots.map(({ period }) => period)}::text[],
      ${slots.map(({ period }) => `${period}-01`)}::date[],
      ${slots.map(({ period }) => `${nextPeriod(period)}-01`)}::date[]) AS s(tenant, period, from_day, to_day)
    JOIN ${sql.id(schema, 'window_tallies')} t
      ON t.tenant = s.tenant AND t.day >= s.from_day AND t.day < s.to_day
    GROUP BY s.tenant, s.period, t.kind, t.category`.execute(db);
  const counts = new Map<string, WindowCount[]>();
  for (const row of rows) {
    const key = slotKey(row);
    const count: WindowCount = {
      kind: row.active ? 'active' : 'receptive',
      category: row.category,
      windows: row.windows,
    };
    const known = counts.get(key);
    if (known === undefined) counts.set(key, [count]);
    else known.push(count);
  }
  return counts;
}
