/** Judges whether a tenant's windows of a period have reached its thresholds, and notes each that they have, once for ever. */

import type { Kysely } from 'kysely';
import { type Slot, slotKey } from '../../billing/invoice.ts';
import { isoInstant } from '../../domain/instant.ts';
import {
  kindCounted,
  reached,
  type Threshold,
  thresholdName,
  windowReaching,
} from '../../domain/threshold.ts';
import type { WindowTotals } from '../../domain/usage.ts';
import { type ReadSnapshot, readSnapshot } from '../../projection/read/snapshot.ts';
import { countWindowsByPeriod, countWindowsIn, type PeriodCount } from '../../projection/read/usage.ts';
import { nthWindow } from '../../projection/read/windows.ts';
import { type Notice, notify } from '../../store/notifications.ts';
import type { Tables } from '../../store/tables.ts';
import { tenantSettings } from '../../store/tenants.ts';
import { type Firing, firingsOf, type Measure, type Measures, measuresOf } from './thresholds.ts';

interface JudgeDeps {
  db: Kysely<Tables>;
  /** IANA name. */
  defaultTimeZone: string;
  /** ms since 1970 */
  clock(): number;
}

/** Whom to judge: a tenant in one period, or in all that it has windows in (null). */
export interface Judged {
  tenant: string;
  period: string | null;
}

/** How a period stood: how many windows there were, and which of each kind reaches the next threshold; null: none does. */
export interface Verdict extends Slot {
  windows: WindowTotals;
  next: { receptive: number | null; active: number | null };
}

interface Crossing extends Slot {
  threshold: Threshold;
  notice: Extract<Notice, { type: 'usage.threshold-reached' }>;
}

const NONE: WindowTotals = { receptive: 0, active: 0 };

export interface Judgement {
  verdicts: Verdict[];
  /** Tenants that have no thresholds. */
  without: string[];
}

/**
 * Judges from one view of the live projection, then notes what was reached. A threshold that was noted before, by
 * whatever process, stays as it is: so it is told once.
 */
export async function judge(deps: JudgeDeps, judged: readonly Judged[]): Promise<Judgement> {
  const { crossings, ...judgement } = await readSnapshot(deps.db, async (snapshot) => {
    const tenants = [...new Set(judged.map(({ tenant }) => tenant))];
    const measures = await measuresOf(snapshot.db, tenants);
    const counts = await countsOf(deps, snapshot, measures, judged);
    const fired = await firedAmong(snapshot, counts);
    return {
      verdicts: counts.map((count) => verdictOf(count, measures.in(count.tenant, count.period), fired)),
      without: tenants.filter((tenant) => measures.since(tenant) === null),
      crossings: await crossingsIn(deps, snapshot, counts, measures, fired),
    };
  });
  if (crossings.length > 0) await noteFirings(deps.db, crossings);
  return judgement;
}

async function countsOf(
  deps: JudgeDeps,
  snapshot: ReadSnapshot,
  measures: Measures,
  judged: readonly Judged[],
): Promise<PeriodCount[]> {
  const wanted = judged.filter(({ tenant }) => measures.since(tenant) !== null);
  const some = wanted.flatMap(({ tenant, period }) => (period === null ? [] : { tenant, period }));
  const found = some.length === 0 ? [] : await countWindowsIn(snapshot, some);
  const known = new Map(found.map((count) => [slotKey(count), count]));
  const whole = wanted.flatMap(({ tenant, period }) => (period === null ? tenant : []));
  const from = whole.flatMap((tenant) => measures.since(tenant) ?? []).sort()[0];
  const all =
    from === undefined ? [] : await countWindowsByPeriod(snapshot, { tenants: whole, period: null, from });
  // A period without windows is known too: the next one is the first.
  return [
    ...some.map((slot) => known.get(slotKey(slot)) ?? { ...slot, ...NONE }),
    ...all,
    ...(await runningWithout(deps, snapshot, whole, all)),
  ];
}

/** The running periods that are missing among the counts: so nobody is asked for again at the first window. */
async function runningWithout(
  { defaultTimeZone, clock }: JudgeDeps,
  { db }: ReadSnapshot,
  tenants: readonly string[],
  counts: readonly PeriodCount[],
): Promise<PeriodCount[]> {
  const known = new Set(counts.map(slotKey));
  const settings = await tenantSettings(db, tenants, defaultTimeZone);
  const now = clock();
  return [...settings].flatMap(([tenant, { calendar }]) => {
    const slot = { tenant, period: calendar.periodOf(now) };
    return known.has(slotKey(slot)) ? [] : [{ ...slot, ...NONE }];
  });
}

/** Names of what fired, by period of a tenant. */
async function firedAmong({ db }: ReadSnapshot, counts: readonly Slot[]): Promise<Map<string, Set<string>>> {
  const from = counts.map(({ period }) => period).sort()[0];
  if (from === undefined) return new Map();
  const tenants = [...new Set(counts.map(({ tenant }) => tenant))];
  const firings = Map.groupBy(await firingsOf(db, tenants, from), slotKey);
  return new Map([...firings].map(([slot, list]) => [slot, new Set(list.map(({ threshold }) => threshold))]));
}

function verdictOf(
  { tenant, period, receptive, active }: PeriodCount,
  { thresholds, terms }: Measure,
  fired: ReadonlyMap<string, ReadonlySet<string>>,
): Verdict {
  const windows = { receptive, active };
  const next: Verdict['next'] = { receptive: null, active: null };
  for (const threshold of thresholds) {
    const kind = kindCounted(threshold);
    const nth = windowReaching(threshold, terms);
    if (nth === null || threshold.since > period || nth <= windows[kind]) continue;
    if (fired.get(slotKey({ tenant, period }))?.has(thresholdName(threshold)) === true) continue;
    next[kind] = Math.min(next[kind] ?? nth, nth);
  }
  return { tenant, period, windows, next };
}

async function crossingsIn(
  { defaultTimeZone, clock }: JudgeDeps,
  snapshot: ReadSnapshot,
  counts: readonly PeriodCount[],
  measures: Measures,
  fired: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<Crossing[]> {
  const found = counts.flatMap((count) => {
    const { thresholds, terms } = measures.in(count.tenant, count.period);
    return reached(thresholds, count.period, terms, count)
      .filter(({ threshold }) => fired.get(slotKey(count))?.has(thresholdName(threshold)) !== true)
      .map((crossed) => ({ ...crossed, count, terms }));
  });
  if (found.length === 0) return [];
  const tenants = [...new Set(found.map(({ count }) => count.tenant))];
  const settings = await tenantSettings(snapshot.db, tenants, defaultTimeZone);
  const asOf = await snapshot.projection
    .selectFrom('positions')
    .select(['partition', 'next'])
    .orderBy('partition')
    .execute();
  const at = clock();
  const crossings: Crossing[] = [];
  for (const { threshold, nth, count, terms } of found) {
    const { tenant, period } = count;
    const kind = kindCounted(threshold);
    const bounds = settings.get(tenant)?.calendar.boundsOf(period);
    if (bounds === undefined) throw new Error(`no settings of ${tenant}, not even the defaults`);
    const window = await nthWindow(snapshot, { tenant, kind, ...bounds }, nth);
    // Tallies count windows that are not there: that is for the verification to tell, and nobody else waits for it.
    if (window === null) continue;
    const data = {
      ...{ tenant, period, ...threshold, windows: count[kind] },
      ...{ allowance: terms?.allowance ?? null, limit: terms?.limit ?? null },
      window: { id: window.id, openedAt: isoInstant(window.openedAt) },
      asOf,
    };
    const of = [tenant, period, thresholdName(threshold)];
    crossings.push({
      ...{ tenant, period, threshold },
      notice: { type: 'usage.threshold-reached', of, tenant, at, data },
    });
  }
  return crossings;
}

const AT_ONCE = 1_000;

/** Notes those that nobody noted yet, each with what is to be told of it. */
async function noteFirings(db: Kysely<Tables>, crossings: readonly Crossing[]): Promise<void> {
  // All processes in one order, so that none waits for another that waits for it.
  const ordered = crossings.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  for (let i = 0; i < ordered.length; i += AT_ONCE) {
    const some = ordered.slice(i, i + AT_ONCE);
    await db.transaction().execute(async (transaction) => {
      const noted = await transaction
        .insertInto('billing.threshold_firings')
        .values(some.map(firingOf))
        .onConflict((conflict) => conflict.doNothing())
        .returning(['tenant', 'period', 'threshold'])
        .execute();
      const isNew = new Set(noted.map((firing) => `${slotKey(firing)} ${firing.threshold}`));
      await notify(
        transaction,
        some.flatMap((crossing) => (isNew.has(nameOf(crossing)) ? [crossing.notice] : [])),
      );
    });
  }
}

function nameOf({ threshold, ...slot }: Crossing): string {
  return `${slotKey(slot)} ${thresholdName(threshold)}`;
}

function firingOf({ tenant, period, threshold, notice: { at, data } }: Crossing): Firing {
  return { tenant, period, threshold: thresholdName(threshold), at, windows: data.windows };
}
