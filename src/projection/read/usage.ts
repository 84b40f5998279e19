import { type RawBuilder, sql } from 'kysely';
import { type DayStart, nextPeriod } from '../../domain/period.ts';
import type { WindowTotals } from '../../domain/usage.ts';
import { portions } from './portions.ts';
import type { ReadSnapshot } from './snapshot.ts';

/** Counts of windows and messages of tenants: by what they can be grouped. */
export const USAGE_DIMENSIONS = ['day', 'channel', 'account', 'origin', 'category', 'campaign'] as const;
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number];

/** The stretch of time to count for a tenant: local days, and the instants (ms) they stand for; ends exclusive. */
export interface UsageScope {
  tenant: string;
  fromDay: string;
  toDay: string;
  start: number;
  end: number;
  /** The days in it, ascending: the first starts with it. */
  days: readonly DayStart[];
}

/** Windows of a tenant that share the values of the dimensions asked for; origin, category and campaign may be null. */
export type WindowCount = { [Dimension in UsageDimension]?: string | null } & {
  tenant: string;
} & WindowTotals;

/** Over `t`, rows of window tallies. */
const COUNTS = sql`coalesce(sum(t.windows) FILTER (WHERE t.kind = 0), 0)::bigint AS receptive,
  coalesce(sum(t.windows) FILTER (WHERE t.kind = 1), 0)::bigint AS active`;

/** Counts windows; without dimensions there is at most one row per tenant. Empty groups have no row. `limit`: most rows. */
export async function countWindows(
  snapshot: ReadSnapshot,
  scopes: readonly UsageScope[],
  dimensions: readonly UsageDimension[],
  limit: number,
): Promise<WindowCount[]> {
  if (scopes.length === 0) return [];
  const counted = sql<WindowCount>`${counting(snapshot, scopes, dimensions)} LIMIT ${limit}`;
  return (await counted.execute(snapshot.db)).rows;
}

/** Rows of a table that are in hand at once. */
const PORTION = 2_000;

/** The same by tenant and by the dimensions in their order, portion by portion, however many there are. One at a time of a snapshot. */
export async function* windowCounts(
  snapshot: ReadSnapshot,
  scopes: readonly UsageScope[],
  dimensions: readonly UsageDimension[],
): AsyncGenerator<WindowCount[]> {
  if (scopes.length === 0) return;
  const column = (name: UsageDimension) =>
    name === 'day' ? sql`q.day` : sql`coalesce(q.${sql.id(name)}, '') COLLATE "C"`;
  const query = sql<WindowCount>`SELECT * FROM (${counting(snapshot, scopes, dimensions)}) q
    ORDER BY q.tenant COLLATE "C"${listed(dimensions, column)}`;
  yield* portions(snapshot.db, { name: 'usage_groups', query, size: PORTION });
}

/** Tallies do not know campaigns: they may be as many as windows. */
function counting(
  snapshot: ReadSnapshot,
  scopes: readonly UsageScope[],
  dimensions: readonly UsageDimension[],
) {
  return (dimensions.includes('campaign') ? fromWindows : fromTallies)(snapshot, scopes, dimensions);
}

function fromTallies(
  { schema }: ReadSnapshot,
  scopes: readonly UsageScope[],
  dimensions: readonly UsageDimension[],
) {
  const column = (name: UsageDimension) => sql`t.${sql.id(name)}`;
  const value = (name: UsageDimension) => (name === 'day' ? column(name) : sql`nullif(${column(name)}, '')`);
  return sql<WindowCount>`
    SELECT t.tenant${listed(dimensions, (name) => sql`${value(name)} AS ${sql.id(name)}`)},
      ${COUNTS}
    FROM unnest(${scopes.map((s) => s.tenant)}::text[], ${scopes.map((s) => s.fromDay)}::date[],
      ${scopes.map((s) => s.toDay)}::date[]) AS s(tenant, from_day, to_day)
    JOIN ${sql.id(schema, 'window_tallies')} t
      ON t.tenant = s.tenant AND t.day >= s.from_day AND t.day < s.to_day
    GROUP BY t.tenant${listed(dimensions, column)}`;
}

/** Windows keep no day: each is looked for in the days of its tenant. */
function fromWindows(
  { schema }: ReadSnapshot,
  scopes: readonly UsageScope[],
  dimensions: readonly UsageDimension[],
) {
  const column = (name: UsageDimension) => (name === 'day' ? sql`s.day` : sql`t.${sql.id(name)}`);
  const stretches = dimensions.includes('day') ? scopes.flatMap(eachDay) : scopes.map(wholly);
  return sql<WindowCount>`
    SELECT t.tenant${listed(dimensions, (name) => sql`${column(name)} AS ${sql.id(name)}`)},
      count(*) FILTER (WHERE t.kind = 0) AS receptive, count(*) FILTER (WHERE t.kind = 1) AS active
    FROM unnest(${stretches.map((s) => s.tenant)}::text[], ${stretches.map((s) => s.day)}::date[],
      ${stretches.map((s) => s.start)}::bigint[], ${stretches.map((s) => s.end)}::bigint[])
      AS s(tenant, day, from_at, to_at)
    JOIN ${sql.id(schema, 'windows')} t
      ON t.tenant = s.tenant AND t.opened_at >= s.from_at AND t.opened_at < s.to_at
    GROUP BY t.tenant${listed(dimensions, column)}`;
}

interface Stretch extends Pick<UsageScope, 'tenant' | 'start' | 'end'> {
  day: string;
}

function wholly({ tenant, fromDay, start, end }: UsageScope): Stretch {
  return { tenant, day: fromDay, start, end };
}

function eachDay({ tenant, end, days }: UsageScope): Stretch[] {
  return days.map(({ day, start }, i) => ({ tenant, day, start, end: days[i + 1]?.start ?? end }));
}

function listed(
  dimensions: readonly UsageDimension[],
  expression: (name: UsageDimension) => RawBuilder<unknown>,
) {
  return sql.join(
    dimensions.map((name) => sql`, ${expression(name)}`),
    sql``,
  );
}

/** Which tenants and which period to count; null: all. */
export interface PeriodScope {
  tenants: readonly string[] | null;
  period: string | null;
  /** None before; left out: all. */
  from?: string;
}

export interface PeriodCount extends WindowTotals {
  tenant: string;
  period: string;
}

/** Counts the windows of each tenant in each period. Empty ones have no row. */
export async function countWindowsByPeriod(
  { db, schema }: ReadSnapshot,
  { tenants, period, from }: PeriodScope,
): Promise<PeriodCount[]> {
  const conditions = [
    ...(tenants === null ? [] : [sql`t.tenant = ANY (${[...tenants]}::text[])`]),
    ...(period === null
      ? []
      : [sql`t.day >= ${`${period}-01`}::date AND t.day < ${`${nextPeriod(period)}-01`}::date`]),
    ...(from === undefined ? [] : [sql`t.day >= ${`${from}-01`}::date`]),
  ];
  const { rows } = await sql<PeriodCount>`
    SELECT t.tenant, to_char(t.day, 'YYYY-MM') AS period, ${COUNTS}
    FROM ${sql.id(schema, 'window_tallies')} t
    WHERE ${conditions.length === 0 ? sql`true` : sql.join(conditions, sql` AND `)}
    GROUP BY 1, 2`.execute(db);
  return rows;
}

/** The same for some periods of some tenants. */
export async function countWindowsIn(
  { db, schema }: ReadSnapshot,
  slots: readonly { tenant: string; period: string }[],
): Promise<PeriodCount[]> {
  const first = (period: string) => `${period}-01`;
  const { rows } = await sql<PeriodCount>`
    SELECT s.tenant, s.period, ${COUNTS}
    FROM unnest(${slots.map(({ tenant }) => tenant)}::text[], ${slots.map(({ period }) => period)}::text[],
      ${slots.map(({ period }) => first(period))}::date[],
      ${slots.map(({ period }) => first(nextPeriod(period)))}::date[]) AS s(tenant, period, from_day, to_day)
    JOIN ${sql.id(schema, 'window_tallies')} t
      ON t.tenant = s.tenant AND t.day >= s.from_day AND t.day < s.to_day
    GROUP BY s.tenant, s.period`.execute(db);
  return rows;
}

/** Distinct messages that were not voided, failed ones included. */
export interface MessageCount {
  tenant: string;
  received: number;
  templates: number;
  freeForm: number;
}

export async function countMessages(
  { db, schema }: ReadSnapshot,
  scopes: readonly UsageScope[],
): Promise<MessageCount[]> {
  if (scopes.length === 0) return [];
  const { rows } = await sql<MessageCount>`
    SELECT t.tenant, sum(t.received)::bigint AS received, sum(t.templates)::bigint AS templates,
      sum(t.free_form)::bigint AS "freeForm"
    FROM unnest(${scopes.map((s) => s.tenant)}::text[], ${scopes.map((s) => s.fromDay)}::date[],
      ${scopes.map((s) => s.toDay)}::date[]) AS s(tenant, from_day, to_day)
    JOIN ${sql.id(schema, 'message_tallies')} t
      ON t.tenant = s.tenant AND t.day >= s.from_day AND t.day < s.to_day
    GROUP BY t.tenant`.execute(db);
  return rows;
}

/**
 * Tenants that are registered, have events, or concern finance (a subscription, an invoice: manual lines come with
 * either), by name. `only` null: all. Costs what the page has, not what the tenants have.
 */
export async function tenantNames(
  { db, schema }: ReadSnapshot,
  only: readonly string[] | null,
  page: { after: string; limit: number },
): Promise<string[]> {
  const tables = [
    sql.table('billing.tenants'),
    sql.table(`${schema}.conversations`),
    sql.table('billing.subscriptions'),
    sql.table('billing.invoices'),
  ];
  const names = only === null ? namesIn(tables, page) : knownOf(only, tables, page);
  const { rows } = await sql<{ tenant: string }>`${names}`.execute(db);
  return rows.map(({ tenant }) => tenant);
}

type Sql = RawBuilder<unknown>;

function knownOf(
  only: readonly string[],
  tables: readonly Sql[],
  { after, limit }: { after: string; limit: number },
): Sql {
  const known = tables.map((table) => sql`EXISTS (SELECT FROM ${table} t WHERE t.tenant = o.tenant)`);
  return sql`
    SELECT o.tenant FROM unnest(${[...only]}::text[]) AS o(tenant)
    WHERE o.tenant COLLATE "C" > ${after} AND (${sql.join(known, sql` OR `)})
    ORDER BY o.tenant COLLATE "C" LIMIT ${limit}`;
}

/** In each table the recursion steps from one tenant's rows to the next's by index. */
function namesIn(tables: readonly Sql[], { after, limit }: { after: string; limit: number }): Sql {
  const steps = tables.map(
    (table, i) => sql`${nameOf(i)} AS (
      (SELECT t.tenant, 1 AS n FROM ${table} t WHERE t.tenant > ${after} ORDER BY t.tenant LIMIT 1)
      UNION ALL
      SELECT t.tenant, met.n + 1 FROM ${nameOf(i)} met CROSS JOIN LATERAL
        (SELECT t.tenant FROM ${table} t WHERE t.tenant > met.tenant ORDER BY t.tenant LIMIT 1) t
      WHERE met.n < ${limit})`,
  );
  const parts = tables.map((_, i) => sql`SELECT tenant FROM ${nameOf(i)}`);
  return sql`
    WITH RECURSIVE ${sql.join(steps)} ${sql.join(parts, sql` UNION `)} ORDER BY tenant LIMIT ${limit}`;
}

function nameOf(i: number): Sql {
  return sql.id(`names_${i}`);
}
