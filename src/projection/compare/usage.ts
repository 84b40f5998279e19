import { type ComparedCharges, type ComparedMoney, totalCharges } from '../../domain/compared-charges.ts';
import { nextPeriod, type PeriodBounds } from '../../domain/period.ts';
import type { Projection } from '../tables/projection.ts';
import type { SettingsCache } from '../tables/tenant-rules.ts';
import { type Money, moneyFor } from './money.ts';

/** What a what-if asks about. */
export interface Scope {
  /** null: all. */
  tenants: readonly string[] | null;
  period: string | null;
}

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
  scope: Scope,
  { settings, money }: { settings: SettingsCache; money: Money | null },
): Promise<ComparedUsage> {
  const counts = await bothCounts(live, rebuilt, scope);
  const known = await settings.load(live.client, new Set(counts.map(({ tenant }) => tenant)));
  const charged = await moneyFor(money, live, rebuilt, counts);
  const items = counts.map(({ tenant, period, receptive, active }, i): ComparedPeriod => {
    const bounds = known.get(tenant)?.calendar.boundsOf(period);
    if (bounds === undefined) throw new Error(`tenant ${tenant} has no calendar`);
    return { tenant, period: { id: period, ...bounds }, receptive, active, money: charged[i] ?? null };
  });
  return {
    count: items.length,
    items: listed(items),
    totals: {
      receptive: sum(items.map(({ receptive }) => receptive)),
      active: sum(items.map(({ active }) => active)),
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

function sum(pairs: readonly Pair<number>[]): Pair<number> {
  return pairs.reduce(
    (all, { live, rebuilt }) => ({ live: all.live + live, rebuilt: all.rebuilt + rebuilt }),
    { live: 0, rebuilt: 0 },
  );
}

interface Counts {
  tenant: string;
  period: string;
  receptive: number;
  active: number;
}

async function bothCounts(live: Projection, rebuilt: Projection, scope: Scope) {
  const sides = await Promise.all([countsOf(live, scope), countsOf(rebuilt, scope)]);
  const [ours, theirs] = sides.map((rows) => new Map(rows.map((row) => [keyOf(row), row])));
  const keys = new Set([...(ours?.keys() ?? []), ...(theirs?.keys() ?? [])]);
  return [...keys].sort().map((key) => {
    const [tenant = '', period = ''] = key.split(' ');
    const [a, b] = [ours?.get(key), theirs?.get(key)];
    return {
      tenant,
      period,
      receptive: { live: a?.receptive ?? 0, rebuilt: b?.receptive ?? 0 },
      active: { live: a?.active ?? 0, rebuilt: b?.active ?? 0 },
    };
  });
}

function keyOf({ tenant, period }: Counts): string {
  return `${tenant} ${period}`;
}

async function countsOf({ client, schema }: Projection, { tenants, period }: Scope): Promise<Counts[]> {
  const days = period === null ? [null, null] : [`${period}-01`, `${nextPeriod(period)}-01`];
  const { rows } = await client.query<Counts>(
    `SELECT tenant, to_char(day, 'YYYY-MM') AS period,
       coalesce(sum(windows) FILTER (WHERE kind = 0), 0)::bigint AS receptive,
       coalesce(sum(windows) FILTER (WHERE kind = 1), 0)::bigint AS active
     FROM ${schema}.window_tallies
     WHERE ($1::text[] IS NULL OR tenant = ANY ($1)) AND ($2::date IS NULL OR day >= $2) AND ($3::date IS NULL OR day < $3)
     GROUP BY 1, 2`,
    [tenants === null ? null : [...tenants], ...days],
  );
  return rows;
}
