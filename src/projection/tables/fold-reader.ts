import type { QueryResultRow } from 'pg';
import { CUSTOMER_SERVICE_MS } from '../../domain/conversation.ts';
import type { EventClass } from '../../domain/event.ts';
import type { ReadBlocks, Tied } from '../unsealing.ts';
import { COLUMNS, type FoldableEvent } from './events.ts';
import { plainArray, uuidArray } from './sql.ts';
import { WINDOW_COLUMNS, type WindowRow } from './windows.ts';

/**
 * What a fold that does not start with the first message reads of a projection, portion by portion: for a batch as it
 * counts now, for a question about an instant as it counted then.
 */
export interface FoldReader {
  /** The last window opened strictly before each point, where there is one; in the order of the points. */
  windowsBefore(points: readonly Point[]): Promise<(WindowRow | undefined)[]>;
  /** Windows opened within each span, both ends included. */
  windowsWithin(spans: readonly Span[]): Promise<WindowRow[]>;
  /**
   * The next effective messages after each cursor, `limit` of one and what shares instant and class with the last, each
   * conversation's by instant and class.
   */
  messages(cursors: readonly MessageCursor[], limit: number): Promise<FoldableEvent[]>;
  /** The sealed blocks of events, in their order. */
  blocks: ReadBlocks;
  /** Instants (ms) of the contact's latest message before each point, where that is less than 24 h ago. */
  contactWroteBefore(points: readonly Point[]): Promise<Map<string, number>>;
}

/** An instant (ms) in a conversation. */
export interface Point {
  conversation: string;
  at: number;
}

export interface Span {
  conversation: string;
  from: number;
  to: number;
}

export interface MessageCursor extends Point {
  /** Class of the last messages read, of those at the instant; -1: none. */
  class: EventClass | -1;
  /** Whether only messages that may open a window by themselves are read. */
  openersOnly: boolean;
  /** Whether it counts that a template was delivered. */
  waits: boolean;
}

/** Runs a statement, by name where it may be prepared. */
export type Run = <Row extends QueryResultRow>(
  name: string,
  text: string,
  values: unknown[],
) => Promise<Row[]>;

/** `until`: what occurred after that instant (ms), receipts and voids included, is left out; null: nothing is. */
export function foldReader(schema: string, run: Run, until: number | null): FoldReader {
  const { stands, isEffective, isDelivered } = fatesIn(schema, occurredBy(until));
  const happened = (event: string) => (until === null ? '' : `AND ${event}.at <= ${until}`);
  return {
    async windowsBefore(points) {
      if (points.length === 0) return [];
      const rows = await run<WindowRow & { n: number }>(
        'windows before',
        `SELECT ${WINDOW_COLUMNS}, c.n FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS c(conversation, at, n)
         CROSS JOIN LATERAL (SELECT * FROM ${schema}.windows x WHERE x.conversation = c.conversation
           AND x.opened_at < c.at ORDER BY x.opened_at DESC LIMIT 1) w`,
        pointArrays(points),
      );
      const found = new Array<WindowRow | undefined>(points.length);
      for (const { n, ...row } of rows) found[n - 1] = row;
      return found;
    },
    windowsWithin: (spans) =>
      run<WindowRow>(
        'windows within',
        `SELECT ${WINDOW_COLUMNS} FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS c(conversation, since, until)
         JOIN ${schema}.windows w ON w.conversation = c.conversation AND w.opened_at BETWEEN c.since AND c.until
           ${until === null ? '' : `AND w.opened_at <= ${until}`}
         ORDER BY w.conversation, w.opened_at`,
        [
          uuidArray(spans.map(({ conversation }) => conversation)),
          plainArray(spans.map(({ from }) => from)),
          plainArray(spans.map(({ to }) => to)),
        ],
      ),
    messages: (cursors, limit) =>
      run<FoldableEvent>(
        'messages after',
        `SELECT ${COLUMNS}, c.waits AND e.class = 1 AND ${isDelivered('e')} AS delivered
         FROM unnest($1::uuid[], $2::bigint[], $3::smallint[], $4::smallint[], $5::boolean[])
           AS c(conversation, at, class, most, waits)
         CROSS JOIN LATERAL (SELECT * FROM ${schema}.events x
           WHERE x.conversation = c.conversation AND x.class <= 2 AND x.at >= c.at AND x.class <= c.most
             AND (x.at > c.at OR x.class > c.class) AND ${isEffective('x')} ${happened('x')}
           ORDER BY x.at, x.class FETCH FIRST ($6::bigint) ROWS WITH TIES) e
         ORDER BY e.conversation, e.at, e.class`,
        [
          ...pointArrays(cursors),
          plainArray(cursors.map((cursor) => cursor.class)),
          plainArray(cursors.map(({ openersOnly }) => (openersOnly ? 1 : 2))),
          cursors.map(({ waits }) => waits),
          limit,
        ],
      ),
    blocks: (events) => readBlocks(schema, run, events),
    async contactWroteBefore(points) {
      if (points.length === 0) return new Map();
      const rows = await run<Point>(
        'contact wrote before',
        `SELECT c.conversation, m.at FROM unnest($1::uuid[], $2::bigint[]) AS c(conversation, at)
         CROSS JOIN LATERAL (SELECT x.at FROM ${schema}.events x WHERE x.conversation = c.conversation AND x.class <= 2
           AND x.class = 0 AND x.at < c.at AND x.at >= c.at - ${CUSTOMER_SERVICE_MS} AND ${stands('x')} ${happened('x')}
           ORDER BY x.at DESC LIMIT 1) m`,
        pointArrays(points),
      );
      return new Map(rows.map(({ conversation, at }) => [conversation, at]));
    },
  };
}

/** Sealed blocks of events that are stored, in the order of the events. */
export async function readBlocks(
  schema: string,
  run: Run,
  events: readonly Tied[],
): Promise<(Buffer | null)[]> {
  const rows = await run<{ conversation: string; key: string; who: Buffer | null }>(
    'sealed blocks',
    `SELECT e.conversation, e.key, e.who FROM unnest($1::uuid[], $2::uuid[]) AS k(conversation, key)
     JOIN ${schema}.events e ON e.conversation = k.conversation AND e.key = k.key`,
    [uuidArray(events.map(({ conversation }) => conversation)), uuidArray(events.map(({ key }) => key))],
  );
  const found = new Map(rows.map(({ conversation, key, who }) => [conversation + key, who]));
  return events.map(({ conversation, key }) => found.get(conversation + key) ?? null);
}

function pointArrays(points: readonly Point[]): [Buffer, string] {
  return [uuidArray(points.map(({ conversation }) => conversation)), plainArray(points.map(({ at }) => at))];
}

/** Condition on a row of events, by its name in the query: only those are taken to have come; null: all are. */
type Counted = ((event: string) => string) | null;

/** What occurred by an instant (ms); null: everything. */
export function occurredBy(at: number | null): Counted {
  return at === null ? null : (event) => `${event}.at <= ${at}`;
}

/**
 * Conditions over a row of events, by its name in the query: the rule for the fate of one message (the domain's `judge`)
 * as look-ups that end at the first row found. Subqueries for one value, since PostgreSQL may answer an EXISTS in a
 * condition by reading all events into a hash table; and classes from a subquery, since by a constant one it may take the
 * index of all failures and voids of the conversation.
 */
export function fatesIn(schema: string, counted: Counted) {
  const happened = (event: string) => (counted === null ? '' : `AND ${counted(event)}`);
  const stands = (event: string) =>
    counted === null
      ? `NOT ${event}.voided`
      : `(NOT ${event}.voided OR (SELECT true FROM ${schema}.events v WHERE v.conversation = ${event}.conversation
          AND v.ref = ${event}.key AND v.ref IS NOT NULL AND v.class = (SELECT 6) ${happened('v')} LIMIT 1) IS NULL)`;
  const has = (event: string, receipt: number) =>
    `(SELECT true FROM ${schema}.events r WHERE r.conversation = ${event}.conversation
      AND r.ref = coalesce(${event}.ref, ${event}.key) AND r.ref IS NOT NULL AND r.class = (SELECT ${receipt})
      AND ${stands('r')} ${happened('r')} LIMIT 1) IS NOT NULL`;
  const isDelivered = (event: string) => `(${has(event, 3)} OR ${has(event, 4)})`;
  const isEffective = (event: string) =>
    `${stands(event)} AND (${event}.class = 0 OR NOT ${has(event, 5)} OR ${isDelivered(event)})`;
  return { stands, isDelivered, isEffective };
}
