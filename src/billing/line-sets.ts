import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Pool, RatedLine } from '../domain/rate.ts';
import type { ReadSnapshot } from '../projection/read/snapshot.ts';
import type { WindowKey } from '../projection/read/windows.ts';
import { KIND_CODES } from '../projection/tables/windows.ts';
import type { PeriodSpan } from './invoice.ts';

/** The windows behind a rated line: those of a pool after one key, up to and including another; null: no bound. */
export interface LineSet {
  line: string;
  code: string;
  pool: Pool;
  after: WindowKey | null;
  upTo: WindowKey | null;
}

/** Windows of one tenant in one period. */
export interface WindowRange {
  tenant: string;
  span: PeriodSpan;
}

/**
 * Turns the ranges of rated lines into bounds. Only where a pool has several lines is a look-up needed: ranking every
 * window instead doubles the cost of the copy (measured).
 */
export async function lineSets(
  view: ReadSnapshot,
  range: WindowRange,
  lines: readonly Pick<RatedLine, 'id' | 'code' | 'range'>[],
): Promise<LineSet[]> {
  const sets: LineSet[] = [];
  for (const [i, { id, code, range: ranked }] of lines.entries()) {
    if (ranked === null) continue;
    const { pool, from, to } = ranked;
    const last = sets.at(-1);
    const after =
      from > 0 && last?.pool === pool
        ? last.upTo
        : from > 0
          ? await keyAt(view, range, pool, from - 1)
          : null;
    const isLast = !lines.slice(i + 1).some((line) => line.range?.pool === pool);
    sets.push({ line: id, code, pool, after, upTo: isLast ? null : await keyAt(view, range, pool, to - 1) });
  }
  return sets;
}

/** The key of a pool's window number `rank`, counted from 0 in the order (openedAt, id). */
async function keyAt(view: ReadSnapshot, range: WindowRange, pool: Pool, rank: number): Promise<WindowKey> {
  const { rows } = await sql<WindowKey>`
    SELECT w.opened_at AS "openedAt", w.conversation, w.opener FROM ${sql.id(view.schema, 'windows')} w
    WHERE ${inRange(range)} AND ${inPool(pool)}
    ORDER BY w.opened_at, w.conversation, w.opener OFFSET ${rank} LIMIT 1`.execute(view.db);
  if (rows[0] === undefined)
    throw new Error(`${range.tenant} has fewer windows in ${range.span.id} than its tallies say`);
  return rows[0];
}

/** Condition on `w`, a row of windows. */
export function inRange({ tenant, span }: WindowRange): RawBuilder<SqlBool> {
  return sql<SqlBool>`w.tenant = ${tenant} AND w.opened_at >= ${span.start} AND w.opened_at < ${span.end}`;
}

/** Condition on `w`: the SQL form of the domain's `isIn`. */
function inPool({ kind, only, except }: Pool): RawBuilder<SqlBool> {
  const ofKind = sql<SqlBool>`w.kind = ${sql.lit(KIND_CODES[kind])}`;
  if (only !== null) return sql<SqlBool>`${ofKind} AND w.category = ANY (${[...only]}::text[])`;
  if (except.length === 0) return ofKind;
  return sql<SqlBool>`${ofKind} AND (w.category IS NULL OR w.category <> ALL (${[...except]}::text[]))`;
}

/** Condition on `w`: it is behind the line. */
export function inSet({ pool, after, upTo }: LineSet): RawBuilder<SqlBool> {
  const bounds = [inPool(pool)];
  if (after !== null) bounds.push(afterKey(after));
  if (upTo !== null) bounds.push(sql<SqlBool>`NOT ${afterKey(upTo)}`);
  return sql<SqlBool>`${sql.join(bounds, sql` AND `)}`;
}

/** Condition on `w`, or the row of another name. */
export function afterKey({ openedAt, conversation, opener }: WindowKey, row = 'w'): RawBuilder<SqlBool> {
  const key = ['opened_at', 'conversation', 'opener'].map((column) => sql.ref(`${row}.${column}`));
  return sql<SqlBool>`(${sql.join(key)}) > (${openedAt}::bigint, ${conversation}::uuid, ${opener}::uuid)`;
}

/** Which set `w` is in; null, which no column takes, where it is in none. */
export function setOf(
  sets: readonly LineSet[],
  value: (set: LineSet, index: number) => RawBuilder<unknown>,
): RawBuilder<unknown> {
  const cases = sets.map((set, i) => sql`WHEN ${inSet(set)} THEN ${value(set, i)}`);
  return cases.length === 0 ? sql`NULL` : sql`CASE ${sql.join(cases, sql` `)} END`;
}

/** What one window `w` adds to the fingerprint of its period, which is their XOR: a bigint. */
export const FINGERPRINT = 'uuid_hash_extended(w.opener, uuid_hash_extended(w.conversation, 0))';

/**
 * An order-free hash of which windows each range has. Conversation and opener decide everything that billing looks at,
 * so where it is equal there is nothing to adjust, and the comparison window by window is spared.
 */
export async function fingerprints(
  { db, schema }: ReadSnapshot,
  ranges: readonly WindowRange[],
): Promise<string[]> {
  if (ranges.length === 0) return [];
  const { rows } = await sql<{ fingerprint: string }>`
    SELECT x.fingerprint FROM unnest(${ranges.map(({ tenant }) => tenant)}::text[],
      ${ranges.map(({ span }) => span.start)}::bigint[], ${ranges.map(({ span }) => span.end)}::bigint[])
      WITH ORDINALITY AS r(tenant, start_at, end_at, place)
    CROSS JOIN LATERAL (
      SELECT coalesce(bit_xor(${sql.raw(FINGERPRINT)}), 0)::text AS fingerprint
      FROM ${sql.id(schema, 'windows')} w
      WHERE w.tenant = r.tenant AND w.opened_at >= r.start_at AND w.opened_at < r.end_at) x
    ORDER BY r.place`.execute(db);
  return rows.map(({ fingerprint }) => fingerprint);
}
