import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { Calendar } from '../../domain/period.ts';
import type { OtherRules } from '../../domain/rule.ts';
import { snapshotOn } from '../read/snapshot.ts';
import { nextOffsets } from '../tables/positions.ts';
import type { Projection } from '../tables/projection.ts';
import type { SettingsCache } from '../tables/tenant-rules.ts';
import { type CompareMoney, moneyFor } from './money.ts';
import { COMPARED, type ComparedTable, differencesIn, type TableDifference } from './rows.ts';
import { type ComparedUsage, compareUsage } from './usage.ts';

/** What a rebuild found when it stood at the same positions as the live projection. */
export interface Comparison {
  positions: { partition: number; next: number }[];
  counts: { live: Counts; rebuilt: Counts };
  /** Lower-case hex SHA-256 over the digests of all tables. */
  digests: { live: string; rebuilt: string };
  differences: { count: number; items: TableDifference[] };
  /** The answer to a what-if; absent: it was none. */
  usage?: ComparedUsage;
}

/** What is compared, beyond the rows. */
export interface CompareOptions {
  /** By which the rebuilt one judged; null: by the tenants' own. */
  rules: OtherRules | null;
  /** The only one that is compared; null: all. */
  period: string | null;
  settings: SettingsCache;
  money: CompareMoney | null;
}

type Counts = Record<ComparedTable['name'], number>;

/** Differences beyond this many are only counted. */
const MOST_ITEMS = 200;

interface Digest {
  rows: number;
  digest: string | null;
}

/**
 * Compares two projections that stand at the same positions, table by table, by counts and hashes that do not depend on
 * the order of rows (the hash of a row takes a third of that of its text). Where they differ the same is done tenant by
 * tenant, which for events takes half as long again, and where those differ the rows are looked at.
 */
export async function compareProjections(
  live: Projection,
  rebuilt: Projection,
  question: CompareOptions,
): Promise<Comparison> {
  const comparison: Comparison = {
    positions: Array.from(await nextOffsets(snapshotOn(live).projection), ([partition, next]) => ({
      partition,
      next,
    })),
    counts: { live: noCounts(), rebuilt: noCounts() },
    digests: { live: '', rebuilt: '' },
    differences: { count: 0, items: [] },
  };
  const all: { live: unknown[]; rebuilt: unknown[] } = { live: [], rebuilt: [] };
  for (const table of COMPARED) {
    const [ours, theirs] = await Promise.all([digestOf(live, table), digestOf(rebuilt, table)]);
    all.live.push([table.name, ours]);
    all.rebuilt.push([table.name, theirs]);
    comparison.counts.live[table.name] = ours.rows;
    comparison.counts.rebuilt[table.name] = theirs.rows;
    if (isDeepStrictEqual(ours, theirs)) continue;
    for (const part of await differingParts(live, rebuilt, table)) {
      const periods = { calendar: await calendarOf(live, part, question.settings), only: question.period };
      const { count, items } = await differencesIn(live, rebuilt, table, part, periods);
      comparison.differences.count += count;
      comparison.differences.items.push(...items.slice(0, MOST_ITEMS - comparison.differences.items.length));
    }
  }
  comparison.digests.live = hash('sha256', canonicalJson(all.live), 'hex');
  comparison.digests.rebuilt = hash('sha256', canonicalJson(all.rebuilt), 'hex');
  await addMoney(live, rebuilt, comparison.differences.items, question.money);
  if (question.rules !== null) {
    const { all, tenants } = question.rules;
    const scope = { tenants: all === null ? Object.keys(tenants) : null, period: question.period };
    comparison.usage = await compareUsage(live, rebuilt, scope, question);
  }
  return comparison;
}

async function calendarOf(
  { client }: Projection,
  tenant: string,
  settings: SettingsCache,
): Promise<Calendar> {
  const own = (await settings.load(client, new Set([tenant]))).get(tenant);
  if (own === undefined) throw new Error(`tenant ${tenant} has no calendar`);
  return own.calendar;
}

const CHARGED = new Set<ComparedTable['name']>(['windows', 'window_tallies']);

/** A final invoice does not change, but a difference in its windows would be adjusted by a later one: at what price? */
async function addMoney(
  live: Projection,
  rebuilt: Projection,
  items: TableDifference[],
  money: CompareMoney | null,
): Promise<void> {
  const touched = items.flatMap((item) => {
    const { tenant, period, table } = item;
    return tenant === null || period === null || !CHARGED.has(table) ? [] : [{ item, tenant, period }];
  });
  const found = await moneyFor(money, live, rebuilt, touched);
  for (const [i, { item }] of touched.entries()) {
    const compared = found[i] ?? null;
    if (compared?.invoiced) item.money = compared;
  }
}

const DIGEST = 'count(*) AS rows, sum(hash_record_extended(t, 0))::text AS digest';

async function digestOf({ client, schema }: Projection, { name }: ComparedTable): Promise<Digest> {
  const { rows } = await client.query<Digest>(`SELECT ${DIGEST} FROM ${schema}.${name} t`);
  const [digest] = rows;
  if (digest === undefined) throw new Error('an aggregate without a row');
  return digest;
}

async function differingParts(
  live: Projection,
  rebuilt: Projection,
  table: ComparedTable,
): Promise<string[]> {
  const [ours, theirs] = await Promise.all([digestsOfParts(live, table), digestsOfParts(rebuilt, table)]);
  return [...new Set([...ours.keys(), ...theirs.keys()])].filter(
    (part) => !isDeepStrictEqual(ours.get(part), theirs.get(part)),
  );
}

async function digestsOfParts(
  { client, schema }: Projection,
  { part, from }: ComparedTable,
): Promise<Map<string, Digest>> {
  const { rows } = await client.query<Digest & { part: string }>(
    `SELECT ${part} AS part, ${DIGEST} FROM ${from(schema)} GROUP BY 1 ORDER BY 1`,
  );
  return new Map(rows.map(({ part: own, ...digest }) => [own, digest]));
}

function noCounts(): Counts {
  return Object.fromEntries(COMPARED.map(({ name }) => [name, 0])) as Counts;
}
