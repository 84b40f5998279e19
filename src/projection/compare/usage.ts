import { type ComparedCharges, type ComparedMoney, totalCharges } from '../../domain/compared-charges.ts';
import type { PeriodBounds } from '../../domain/period.ts';
import { totalOf } from '../../domain/usage.ts';
import { snapshotOn } from '../read/snapshot.ts';
import { countWindowsByPeriod, type PeriodCount, type PeriodScope } from '../read/usage.ts';
import type { Projection } from '../tables/projection.ts';
import type { SettingsCache } from '../tables/tenant-rules.ts';
import { type CompareMoney, moneyFor } from './money.ts';

interface Pair<T> {
  live: T;
  rebuilt: T;
}

/** Windows and money of one tenant in one period, as they are and as they would be. Instants in ms. */
export interface ComparedPeriod {
  tenant: string;
  period: PeriodBounds & { id: string };
  receptive: Pair<number>;
  active: Pair<number>;
  /** null: nothing is ever invoiced for it. */
  money: ComparedMoney | null;
}

export interface ComparedUsage {
  /** Periods with windows on either side, listed or not. */
  count: number;
  /** By tenant and period. */
  items: ComparedPeriod[];
  /** Of all of them; money by currency, adjustments on drafts left out: they repeat earlier periods. */
  totals: { receptive: Pair<number>; active: Pair<number>; money: Omit<ComparedCharges, 'lines'>[] };
}

/** Periods beyond this many only count for the totals; those that differ are listed first. */
const MOST_LISTED = 1_000;

/** Compares what tenants used, and what it costs, period by period: the answer to a what-if. */
export async function compareUsage(
  live: Projection,
  rebuilt: Projection,
  scope: PeriodScope,
  { settings, money }: { settings: SettingsCache; money: CompareMoney | null },
): Promise<ComparedUsage> {
  const countIn = (side: Projection) => countWindowsByPeriod(snapshotOn(side), scope);
  const [ours, theirs] = await Promise.all([countIn(live), countIn(rebuilt)]);
  const counts = inPairs(ours, theirs);
  const known = await settings.load(live.client, new Set(counts.map(({ tenant }) => tenant)));
  const charged = await moneyFor(money, live, rebuilt, counts);
  const items = counts.map(({ tenant, period, receptive, active }, i): ComparedPeriod => {
    const bounds = known.get(tenant)?.calendar.boundsOf(period);
    if (bounds === undefined) throw new Error(`tenant ${tenant} has no calendar`);
    return { tenant, period: { id: period, ...bounds }, receptive, active, money: charged[i] ?? null };
  });
  const [total, rebuiltTotal] = [totalOf(ours), totalOf(theirs)];
  return {
    count: items.length,
    items: listed(items),
    totals: {
      receptive: { live: total.receptive, rebuilt: rebuiltTotal.receptive },
      active: { live: total.active, rebuilt: rebuiltTotal.active },
      money: totalCharges(items.flatMap((item) => item.money ?? [])),
    },
  };
}

function listed(items: readonly ComparedPeriod[]): ComparedPeriod[] {
  if (items.length <= MOST_LISTED) return [...items];
  const differs = ({ receptive, active }: ComparedPeriod) =>
    receptive.live !== receptive.rebuilt || active.live !== active.rebuilt;
  const chosen = new Set([...items.filter(differs), ...items].slice(0, MOST_LISTED));
  return items.filter((item) => chosen.has(item)).slice(0, MOST_LISTED);
}

/** By tenant and period. */
function inPairs(live: readonly PeriodCount[], rebuilt: readonly PeriodCount[]) {
  const ours = new Map(live.map((row) => [keyOf(row), row]));
  const theirs = new Map(rebuilt.map((row) => [keyOf(row), row]));
  return [...new Set([...ours.keys(), ...theirs.keys()])].sort().map((key) => {
    const [tenant = '', period = ''] = key.split(' ');
    const [a, b] = [ours.get(key), theirs.get(key)];
    return {
      tenant,
      period,
      receptive: { live: a?.receptive ?? 0, rebuilt: b?.receptive ?? 0 },
      active: { live: a?.active ?? 0, rebuilt: b?.active ?? 0 },
    };
  });
}

function keyOf({ tenant, period }: PeriodCount): string {
  return `${tenant} ${period}`;
}
