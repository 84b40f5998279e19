import type { ComparedMoney } from '../../domain/compared-charges.ts';
import type { Calendar } from '../../domain/period.ts';
import { type GroupReader, readGroups, textField } from '../tables/grouped-rows.ts';
import type { Projection } from '../tables/projection.ts';

/** What differs in one table for one tenant and period. */
export interface TableDifference {
  /** null: not of one tenant. */
  tenant: string | null;
  /** Calendar month in the tenant's zone (of an event in UTC); null: not of one period. */
  period: string | null;
  table: ComparedTable['name'];
  /** Rows that differ: only in the live projection, only in the rebuilt one, in both with other values. */
  live: number;
  rebuilt: number;
  changed: number;
  /** The first few, as sentences. */
  samples: string[];
  /** What the period costs by either, where it is final and its windows differ. */
  money?: ComparedMoney | null;
}

interface Row {
  key: string;
  period: string | null;
  label: string;
  values: string;
}

const SAMPLES = 5;
const INSTANTS = new Set(['at', 'opened_at', 'closes_at', 'received_at']);

/** Of which period rows are. `only`: rows of other periods are passed over; null: none are. */
export interface Periods {
  /** The tenant's; of rows that are of no tenant, any. */
  calendar: Calendar;
  only: string | null;
}

/**
 * Walks through the rows of one tenant in both projections, in step. Memory does not grow with them.
 */
export async function differencesIn(
  live: Projection,
  rebuilt: Projection,
  table: ComparedTable,
  part: string,
  periods: Periods,
): Promise<{ count: number; items: TableDifference[] }> {
  const left = read(live, table, part, periods);
  const right = read(rebuilt, table, part, periods);
  const items = new Map<string | null, TableDifference>();
  const note = (row: Row, side: 'live' | 'rebuilt' | 'changed', sentence: string) => {
    const tenant = part === '' ? null : part;
    let item = items.get(row.period);
    if (item === undefined) {
      item = { tenant, period: row.period, table: table.name, live: 0, rebuilt: 0, changed: 0, samples: [] };
      items.set(row.period, item);
    }
    item[side]++;
    if (item.samples.length < SAMPLES) item.samples.push(sentence);
  };
  try {
    for (;;) {
      const [ours, theirs] = [await left.peek(), await right.peek()];
      if (ours === null && theirs === null) break;
      const [a] = theirs === null || (ours !== null && ours <= theirs) ? await left.take() : [];
      const [b] = ours === null || (theirs !== null && theirs <= ours) ? await right.take() : [];
      if (a !== undefined && b === undefined) note(a, 'live', `Only the live projection has the ${a.label}.`);
      if (b !== undefined && a === undefined)
        note(b, 'rebuilt', `Only the rebuilt projection has the ${b.label}.`);
      if (a !== undefined && b !== undefined && a.values !== b.values) note(a, 'changed', changed(a, b));
    }
  } finally {
    await Promise.all([left.end(), right.end()]);
  }
  const sorted = [...items.values()].sort((a, b) => ((a.period ?? '') < (b.period ?? '') ? -1 : 1));
  return { count: sorted.length, items: sorted };
}

function read(
  { client, schema }: Projection,
  table: ComparedTable,
  part: string,
  { calendar, only }: Periods,
): GroupReader<Row> {
  const { when } = table;
  const literal = `'${part.replaceAll("'", "''")}'`;
  return readGroups(
    client,
    `SELECT * FROM (
       SELECT encode(convert_to(${table.key}, 'UTF8'), 'hex') AS key, ${when === null ? 'NULL' : when.sql} AS period, ${table.label} AS label,
         to_jsonb(t) AS row FROM ${table.from(schema)} WHERE ${table.part} = ${literal}${
           only === null || when === null ? '' : ` AND ${isWithin(when, calendar, only)}`
         }
     ) AS compared ORDER BY key COLLATE "C"`,
    ([key = '', at, label, values]) => ({
      key,
      period: periodOf(when, calendar, textField(at)),
      label: textField(label) ?? '',
      values: textField(values) ?? '',
    }),
  );
}

function isWithin({ kind, sql }: When, calendar: Calendar, period: string): string {
  if (kind !== 'opening') return `left(${sql}, 7) = '${period}'`;
  const { start, end } = calendar.boundsOf(period);
  return `${sql} >= ${start} AND ${sql} < ${end}`;
}

function periodOf(when: When | null, calendar: Calendar, found: string | null): string | null {
  if (when === null || found === null) return null;
  return when.kind === 'opening' ? calendar.periodOf(Number(found)) : found.slice(0, 7);
}

function changed(a: Row, b: Row): string {
  const [ours, theirs] = [parse(a.values), parse(b.values)];
  const columns = Object.keys(ours).filter(
    (name) => JSON.stringify(ours[name]) !== JSON.stringify(theirs[name]),
  );
  const parts = columns.map(
    (name) =>
      `${name} is ${show(name, ours[name])} in the live projection and ${show(name, theirs[name])} in the rebuilt one`,
  );
  return `The ${a.label} differs: ${parts.join('; ')}.`;
}

function parse(json: string): Record<string, unknown> {
  return JSON.parse(json) as Record<string, unknown>;
}

function show(column: string, value: unknown): string {
  if (INSTANTS.has(column) && typeof value === 'number') return new Date(value).toISOString();
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}

/** How a table of two projections is compared. SQL is over `t`, a row of the table. */
export interface ComparedTable {
  name:
    | 'positions'
    | 'conversations'
    | 'events'
    | 'windows'
    | 'window_tallies'
    | 'message_tallies'
    | 'quarantine'
    | 'gaps';
  from(schema: string): string;
  /** What rows are grouped by: the tenant, or where there is none the partition. */
  part: string;
  /** Identifies a row, as text. */
  key: string;
  /** What a sentence calls the row. */
  label: string;
  /** What tells its period; null: it has none. */
  when: When | null;
}

/** An instant (ms) at which a window opens, or text that begins with a period. */
interface When {
  kind: 'opening' | 'text';
  sql: string;
}

const hex = (column: string) => `encode(uuid_send(${column}), 'hex')`;
const instant = (column: string) =>
  `to_char(to_timestamp(${column} / 1000.0) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

export const COMPARED: readonly ComparedTable[] = [
  {
    name: 'windows',
    from: (schema) => `${schema}.windows t`,
    part: 't.tenant',
    key: `${hex('t.conversation')} || ' ' || lpad(t.opened_at::text, 16, '0')`,
    label: `CASE t.kind WHEN 0 THEN 'receptive' ELSE 'active' END || ' window of ' || ${instant('t.opened_at')} || ', opened by ' || t.opened_by || ' (' || t.channel || ' ' || t.account || ')'`,
    when: { kind: 'opening', sql: 't.opened_at' },
  },
  {
    name: 'window_tallies',
    from: (schema) => `${schema}.window_tallies t`,
    part: 't.tenant',
    key: `concat_ws(' ', t.day, t.kind, t.channel, t.account, t.origin, t.category, t.partition)`,
    label: `'tally of ' || CASE t.kind WHEN 0 THEN 'receptive' ELSE 'active' END || ' windows of ' || t.day || ' on ' || t.channel || ' ' || t.account`,
    when: { kind: 'text', sql: 't.day::text' },
  },
  {
    name: 'message_tallies',
    from: (schema) => `${schema}.message_tallies t`,
    part: 't.tenant',
    key: `concat_ws(' ', t.day, t.partition)`,
    label: `'tally of messages of ' || t.day || ' in partition ' || t.partition`,
    when: { kind: 'text', sql: 't.day::text' },
  },
  {
    name: 'conversations',
    from: (schema) => `${schema}.conversations t`,
    part: 't.tenant',
    key: hex('t.conversation'),
    label: `'conversation ' || t.channel || ' ' || t.account || ' with ' || t.contact`,
    when: null,
  },
  {
    name: 'events',
    from: (schema) => `${schema}.events t LEFT JOIN ${schema}.conversations c USING (conversation)`,
    part: `coalesce(c.tenant, '')`,
    key: `${hex('t.conversation')} || ${hex('t.key')}`,
    label: `'event ' || t.id || ' of ' || ${instant('t.at')} || ' at partition ' || t.partition || ', offset ' || t."offset"`,
    when: { kind: 'text', sql: `to_char(to_timestamp(t.at / 1000.0) AT TIME ZONE 'UTC', 'YYYY-MM')` },
  },
  {
    name: 'quarantine',
    from: (schema) => `${schema}.quarantine t`,
    part: `coalesce(t.tenant, '')`,
    key: `lpad(t.partition::text, 6, '0') || ' ' || lpad(t."offset"::text, 16, '0')`,
    label: `'record in quarantine at partition ' || t.partition || ', offset ' || t."offset"`,
    when: null,
  },
  {
    name: 'gaps',
    from: (schema) => `${schema}.gaps t`,
    part: `''`,
    key: `lpad(t.partition::text, 6, '0') || ' ' || lpad(t.first::text, 16, '0')`,
    label: `'gap in partition ' || t.partition || ' from offset ' || t.first`,
    when: null,
  },
  {
    name: 'positions',
    from: (schema) => `${schema}.positions t`,
    part: `''`,
    key: `lpad(t.partition::text, 6, '0')`,
    label: `'position of partition ' || t.partition`,
    when: null,
  },
];
