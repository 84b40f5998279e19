import { sql } from 'kysely';
import { carriedBy, chargedFor } from '../domain/adjustment.ts';
import { type DraftLine, draft, type FinalPeriod } from '../domain/invoice.ts';
import { boundsMoved, calendarOf, nextPeriod, type PeriodBounds } from '../domain/period.ts';
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
import type { Supposed, WindowSource } from './supposed.ts';

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
  /** The bounds between which its windows are tallied: others than the calendar's where a zone is supposed. */
  counted: PeriodBounds;
}

/**
 * The drafts of some periods as they are in this view, by `slotKey`; a handful of statements for all of them. A period
 * that is final has none, nor has one without a subscription, anything to adjust and manual lines. What is `supposed`
 * is taken in place of what the view says: everything else is as it is.
 */
export async function draftsOf(
  snapshot: ReadSnapshot,
  slots: readonly Slot[],
  defaultTimeZone: string,
  supposed: Supposed = {},
): Promise<Map<string, DraftInvoice>> {
  const frames = await framesOf(snapshot, slots, defaultTimeZone, supposed);
  const earlier = frames.flatMap(({ tenant, carried }) =>
    carried.map(({ period }) => ({ tenant, period: period.id })),
  );
  const counts = await windowCounts(supposed.windows ?? snapshot, [...frames, ...earlier]);
  await moveWindows(snapshot, frames, counts);
  const found: Found = {
    counts,
    manual: await manualLines(snapshot.db, frames),
    charges: await chargesFor(snapshot.db, earlier),
    voided: await lastVoided(snapshot.db, frames),
    credits: await creditOfTenants(
      snapshot.db,
      frames.map(({ tenant }) => tenant),
    ),
  };
  return new Map(
    frames.flatMap((frame) => {
      const made = draftOf(frame, found);
      return made === null ? [] : [[slotKey(frame), made] as const];
    }),
  );
}

/** What drafts are made from, by `slotKey`, and credit by tenant. */
interface Found {
  counts: Map<string, WindowCount[]>;
  manual: Awaited<ReturnType<typeof manualLines>>;
  charges: Awaited<ReturnType<typeof chargesFor>>;
  voided: Awaited<ReturnType<typeof lastVoided>>;
  credits: Awaited<ReturnType<typeof creditOfTenants>>;
}

function draftOf(frame: Frame, { counts, manual, charges, voided, credits }: Found): DraftInvoice | null {
  const { tenant, period, settings, version, ofPlan } = frame;
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
  if (currency === null) return null;
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
  if (made === null) return null;
  const spans = new Map(frame.carried.map(({ period }) => [period.id, period]));
  const invoice = asInvoice(
    settings,
    spanOf(settings.calendar, period),
    { ...made, terms: termsOf(version), counts: own },
    spans,
    voided.get(key) ?? null,
  );
  return { invoice, settings, version, ofPlan, counts: own, lines: made.lines, carried };
}

/**
 * Tallies are by the days of the zone that a tenant has: where another one is supposed, the windows between the bounds
 * of either are counted to the other period.
 */
async function moveWindows(
  { db, schema }: ReadSnapshot,
  frames: readonly Frame[],
  counts: Map<string, WindowCount[]>,
): Promise<void> {
  const moves = frames.flatMap((frame) => {
    const { tenant, period, settings, counted } = frame;
    return boundsMoved(counted, settings.calendar.boundsOf(period)).map((move) => ({
      ...{ tenant, period },
      ...move,
    }));
  });
  if (moves.length === 0) return;
  const { rows } = await sql<Slot & { active: boolean; category: string | null; windows: number }>`
    SELECT m.tenant, m.period, w.kind = 1 AS active, w.category, sum(m.sign)::bigint AS windows
    FROM unnest(${moves.map(({ tenant }) => tenant)}::text[], ${moves.map(({ period }) => period)}::text[],
      ${moves.map(({ from }) => from)}::bigint[], ${moves.map(({ to }) => to)}::bigint[],
      ${moves.map(({ sign }) => sign)}::int[]) AS m(tenant, period, from_at, to_at, sign)
    JOIN ${sql.id(schema, 'windows')} w
      ON w.tenant = m.tenant AND w.opened_at >= m.from_at AND w.opened_at < m.to_at
    GROUP BY m.tenant, m.period, w.kind, w.category`.execute(db);
  for (const row of rows) {
    const key = slotKey(row);
    const kind = row.active ? 'active' : 'receptive';
    const known = counts.get(key) ?? [];
    const same = known.find((count) => count.kind === kind && count.category === row.category);
    if (same === undefined)
      counts.set(key, [...known, { kind, category: row.category, windows: row.windows }]);
    else same.windows += row.windows;
  }
}

async function framesOf(
  { db }: ReadSnapshot,
  slots: readonly Slot[],
  defaultTimeZone: string,
  supposed: Supposed,
): Promise<Frame[]> {
  const tenants = [...new Set(slots.map(({ tenant }) => tenant))];
  const known = await tenantSettings(db, tenants, defaultTimeZone);
  const timelines = await subscriptionsOf(db, tenants);
  const inForce = ({ tenant, period }: Slot): Subscription | null =>
    subscriptionAt(supposed.subscriptions?.get(tenant) ?? timelines.get(tenant) ?? [], period);
  const plans = await planVersions(
    db,
    slots.flatMap((slot) => inForce(slot)?.plan ?? []),
  );
  const standing = Map.groupBy(await standingInvoices(db, tenants), ({ tenant }) => tenant);
  return slots.flatMap(({ tenant, period }) => {
    const finals = new Map(standing.get(tenant)?.map((invoice) => [invoice.period.id, invoice]));
    const own = known.get(tenant);
    if (own === undefined || finals.has(period)) return [];
    const carried = carriedBy(period, (id) => finals.has(id)).flatMap((id) => finals.get(id) ?? []);
    const subscription = inForce({ tenant, period });
    const versions = supposed.versions?.get(subscription?.plan ?? '') ?? plans.get(subscription?.plan ?? '');
    const ofPlan = versionAt(versions ?? [], period);
    const version =
      subscription === null || ofPlan === null ? null : { ...ofPlan, ...agreedTerms(ofPlan, subscription) };
    const zones = supposed.zones?.get(tenant);
    const settings = zones === undefined ? own : { ...own, zones, calendar: calendarOf(zones) };
    const counted = own.calendar.boundsOf(period);
    return [{ tenant, period, settings, version, ofPlan, carried, counted }];
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
  made: Pick<Invoice, 'currency' | 'plan' | 'terms' | 'total' | 'counts'> & { lines: DraftLine[] },
  spans: ReadonlyMap<string, PeriodSpan>,
  replaces: string | null,
): Invoice {
  const { currency, plan, terms, total, counts } = made;
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
    counts,
    positions: null,
    digest: null,
  };
}

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
