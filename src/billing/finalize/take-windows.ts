/** Copies the windows of their periods into pending invoices, with the digest and the fingerprint of each period. */

import { hash } from 'node:crypto';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Pool } from 'pg';
import { byLookUps, type ReadSnapshot, viewIn } from '../../projection/read/snapshot.ts';
import { onConnection } from '../../store/database.ts';
import type { Tables } from '../../store/tables.ts';
import { fingerprints, inRange, type LineSet, lineSets, setOf, type WindowRange } from '../line-sets.ts';
import { allowLongStatements, type InvoiceSession, runLong } from '../locks.ts';
import { type Charging, chargedWindows, copyThrough, type Mark } from './copy-through.ts';
import { digestWindows } from './digest.ts';
import type { Pending } from './pending.ts';

/**
 * Windows that go through this process at once: of many small invoices together. Above that one alone is copied inside
 * PostgreSQL, where a million of them takes two thirds of the time.
 */
const THROUGH_HERE = 20_000;

/** Resolves with the digests, by the keys of the invoices. `throughHere`: windows. */
export async function takeWindows(
  session: InvoiceSession,
  pool: Pool,
  view: ReadSnapshot,
  pending: readonly Pending[],
  throughHere = THROUGH_HERE,
): Promise<Map<number, string>> {
  const charging = pending.flatMap(chargingOf);
  await insertSets(session.db, charging);
  const marks = new Map<number, Mark>();
  for (const some of groupsOf(charging, throughHere)) {
    const [first] = some;
    if (first !== undefined && chargedWindows(first) > throughHere)
      marks.set(first.key, await copyWithin(session, pool, view, first));
    else
      for (const [key, mark] of await byLookUps(view.db, () =>
        copyThrough(session.client, view.schema, some),
      ))
        marks.set(key, mark);
  }
  await insertPeriods(session.db, charging, marks);
  return new Map(pending.map(({ key }) => [key, marks.get(key)?.digest ?? NO_WINDOWS]));
}

const NO_WINDOWS = hash('sha256', '[]');

function chargingOf({ key, draft: { invoice, version, counts, lines } }: Pending): Charging[] {
  if (version === null) return [];
  const sets = lines.flatMap(({ id, code, range }) => (range === null ? [] : [{ line: id, code, range }]));
  return [{ key, range: { tenant: invoice.tenant, span: invoice.period }, counts, sets }];
}

/** In their order, as many together as have no more windows than that; one with more is alone. */
function groupsOf(charging: readonly Charging[], most: number): Charging[][] {
  const groups: Charging[][] = [];
  let windows = Number.POSITIVE_INFINITY;
  for (const one of charging) {
    windows += chargedWindows(one);
    const last = groups.at(-1);
    if (last !== undefined && windows <= most) last.push(one);
    else {
      groups.push([one]);
      windows = chargedWindows(one);
    }
  }
  return groups;
}

async function insertSets(db: Kysely<Tables>, charging: readonly Charging[]): Promise<void> {
  const rows = charging.flatMap(({ key, range, sets }) =>
    sets.map(({ line, code }, set) => ({ key, set, period: range.span.id, code, line })),
  );
  if (rows.length === 0) return;
  await sql`
    INSERT INTO billing.billed_sets (invoice, set, period, code, weight, line)
    SELECT r.invoice, r.set, r.period, r.code, 1, r.line
    FROM unnest(${rows.map(({ key }) => key)}::bigint[], ${rows.map(({ set }) => set)}::smallint[],
      ${rows.map(({ period }) => period)}::text[], ${rows.map(({ code }) => code)}::text[],
      ${rows.map(({ line }) => line)}::text[]) AS r(invoice, set, period, code, line)`.execute(db);
}

async function insertPeriods(
  db: Kysely<Tables>,
  charging: readonly Charging[],
  marks: ReadonlyMap<number, Mark>,
): Promise<void> {
  if (charging.length === 0) return;
  await sql`
    INSERT INTO billing.invoice_periods (invoice, period, fingerprint)
    SELECT * FROM unnest(${charging.map(({ key }) => key)}::bigint[],
      ${charging.map(({ range }) => range.span.id)}::text[],
      ${charging.map(({ key }) => marks.get(key)?.fingerprint ?? null)}::numeric[])`.execute(db);
}

/**
 * Copies the windows of one invoice while a second connection takes their digest from the same view: either takes about
 * as long, so it takes half as long together.
 */
async function copyWithin(
  session: InvoiceSession,
  pool: Pool,
  view: ReadSnapshot,
  charging: Charging,
): Promise<Mark> {
  const { range } = charging;
  const sets = await lineSets(
    view,
    range,
    charging.sets.map(({ line, ...set }) => ({ id: line, ...set })),
  );
  const { rows } = await sql<{ id: string }>`SELECT pg_export_snapshot() AS id`.execute(view.db);
  const [, mark] = await bothOf(
    copyAll(session, view, charging, sets),
    markOf(pool, rows[0]?.id ?? '', range),
  );
  return mark;
}

async function copyAll(
  session: InvoiceSession,
  { schema }: ReadSnapshot,
  charging: Charging,
  sets: readonly LineSet[],
): Promise<void> {
  const { rowCount } = await runLong(session, copyWindows(schema, charging, sets));
  const counted = chargedWindows(charging);
  const { tenant, span } = charging.range;
  if (rowCount !== counted)
    throw new Error(`${tenant} has ${rowCount} windows in ${span.id}, not ${counted} as counted`);
}

/** Copies the windows of the period, each with its set, without naming anybody. A window that no line charges makes it fail. */
function copyWindows(
  schema: string,
  { key, range }: Charging,
  sets: readonly LineSet[],
): RawBuilder<Record<string, never>> {
  return sql`
    INSERT INTO billing.billed_windows (invoice, opened_at, closes_at, "offset", conversation, opener, set, kind,
      partition, channel, account, rule, origin, category, campaign)
    SELECT ${key}::bigint, w.opened_at, w.closes_at, w."offset", w.conversation, w.opener,
      (${setOf(sets, (_, i) => sql`${sql.lit(i)}`)})::smallint, w.kind, w.partition, w.channel, w.account,
      w.rule, w.origin, w.category, w.campaign
    FROM ${sql.id(schema, 'windows')} w
    WHERE ${inRange(range)}`;
}

/** A million windows; more are sorted on disk, which takes half as long again (measured). Used only as far as needed. */
const ENOUGH_TO_SORT_MB = 384;

/** Reads in a view that another transaction exported, on a connection of its own. */
async function markOf(pool: Pool, snapshot: string, range: WindowRange): Promise<Mark> {
  const client = await pool.connect();
  let failed = true;
  try {
    const mark = await onConnection(client)
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(async (transaction) => {
        await sql`SET TRANSACTION SNAPSHOT ${sql.lit(snapshot)}`.execute(transaction);
        await allowLongStatements(transaction, ENOUGH_TO_SORT_MB);
        const view = await viewIn(transaction);
        const digest = await digestWindows(client, view.schema, range);
        const [fingerprint = ''] = await fingerprints(view, [range]);
        return { digest, fingerprint };
      });
    failed = false;
    return mark;
  } finally {
    client.release(failed);
  }
}

/** Waits for both, also where one fails: neither may go on behind the back of whoever handles the failure. */
async function bothOf<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  const [first, second] = await Promise.allSettled([a, b]);
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
  return [first.value, second.value];
}
