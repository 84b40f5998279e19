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
  /** A local day of the row (`2026-11-03`), or else an instant (ms), to tell its period by; null: it has none. */
  day: string | null;
  at: string | null;
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
    day: 't.day::text',
    at: null,
  },
  {
    name: 'window_tallies',
    from: (schema) => `${schema}.window_tallies t`,
    part: 't.tenant',
    key: `concat_ws(' ', t.day, t.kind, t.channel, t.account, t.origin, t.category, t.partition)`,
    label: `'tally of ' || CASE t.kind WHEN 0 THEN 'receptive' ELSE 'active' END || ' windows of ' || t.day || ' on ' || t.channel || ' ' || t.account`,
    day: 't.day::text',
    at: null,
  },
  {
    name: 'message_tallies',
    from: (schema) => `${schema}.message_tallies t`,
    part: 't.tenant',
    key: `concat_ws(' ', t.day, t.partition)`,
    label: `'tally of messages of ' || t.day || ' in partition ' || t.partition`,
    day: 't.day::text',
    at: null,
  },
  {
    name: 'conversations',
    from: (schema) => `${schema}.conversations t`,
    part: 't.tenant',
    key: hex('t.conversation'),
    label: `'conversation ' || t.channel || ' ' || t.account || ' with ' || t.contact`,
    day: null,
    at: null,
  },
  {
    name: 'events',
    from: (schema) => `${schema}.events t LEFT JOIN ${schema}.conversations c USING (conversation)`,
    part: `coalesce(c.tenant, '')`,
    key: `${hex('t.conversation')} || ${hex('t.key')}`,
    label: `'event ' || t.id || ' of ' || ${instant('t.at')} || ' at partition ' || t.partition || ', offset ' || t."offset"`,
    day: null,
    at: 't.at',
  },
  {
    name: 'quarantine',
    from: (schema) => `${schema}.quarantine t`,
    part: `coalesce(t.tenant, '')`,
    key: `lpad(t.partition::text, 6, '0') || ' ' || lpad(t."offset"::text, 16, '0')`,
    label: `'record in quarantine at partition ' || t.partition || ', offset ' || t."offset"`,
    day: null,
    at: null,
  },
  {
    name: 'gaps',
    from: (schema) => `${schema}.gaps t`,
    part: `''`,
    key: `lpad(t.partition::text, 6, '0') || ' ' || lpad(t.first::text, 16, '0')`,
    label: `'gap in partition ' || t.partition || ' from offset ' || t.first`,
    day: null,
    at: null,
  },
  {
    name: 'positions',
    from: (schema) => `${schema}.positions t`,
    part: `''`,
    key: `lpad(t.partition::text, 6, '0')`,
    label: `'position of partition ' || t.partition`,
    day: null,
    at: null,
  },
];
