/** Receipts and voids that name nothing they could apply to. */

import { sql, type Transaction } from 'kysely';
import { EVENT_CLASS, type EventClass } from '../../domain/event.ts';
import type { Tables } from '../../store/tables.ts';
import { byLookUps, type ReadSnapshot } from './snapshot.ts';

/** Those of a tenant. */
export interface Unmatched {
  tenant: string;
  class: EventClass;
  events: number;
}

/** Receipts and voids looked up at a time. */
const AT_ONCE = 2_000;

interface Naming {
  conversation: string;
  ref: string | null;
  class: EventClass;
}

/**
 * Of the receipts and voids received in a span (ms, `to` exclusive) those of which `verdictsOf` says that they do not apply;
 * voided ones never happened. Reads the rows of about that span, by pieces, and takes a look-up or two for each.
 */
export async function countUnmatched(
  snapshot: ReadSnapshot,
  span: { from: number; to: number },
): Promise<Unmatched[]> {
  const { db } = snapshot;
  const counts = new Map<string, Unmatched>();
  await openCursor(snapshot, span);
  for (;;) {
    const { rows } = await sql<Naming>`FETCH ${sql.lit(AT_ONCE)} FROM received`.execute(db);
    if (rows.length === 0) break;
    for (const found of await unmatchedAmong(snapshot, rows)) {
      const key = JSON.stringify([found.tenant, found.class]);
      const before = counts.get(key)?.events ?? 0;
      counts.set(key, { ...found, events: before + found.events });
    }
  }
  await sql`CLOSE received`.execute(db);
  return [...counts.values()];
}

/**
 * By the index on when things were received, whatever the planner thinks of it: before a table was analysed it would walk through
 * all events, in the order of another index.
 */
async function openCursor({ db, schema }: ReadSnapshot, { from, to }: { from: number; to: number }) {
  const { delivered, read, failed, void: voids } = EVENT_CLASS;
  await allow(db, false);
  await sql`
    DECLARE received NO SCROLL CURSOR FOR
    SELECT e.conversation, e.ref, e.class FROM ${sql.id(schema, 'events')} e
    WHERE e.received_at >= ${sql.lit(from)} AND e.received_at < ${sql.lit(to)} AND NOT e.voided
      AND e.class IN (${sql.join([delivered, read, failed, voids].map((one) => sql.lit(one)))})`.execute(db);
  await allow(db, true);
}

async function allow(db: Transaction<Tables>, isAllowed: boolean): Promise<void> {
  const value = isAllowed ? 'on' : 'off';
  const ways = ['enable_seqscan', 'enable_indexscan', 'enable_indexonlyscan'];
  await sql`SELECT ${sql.join(ways.map((way) => sql`set_config(${way}, ${value}, true)`))}`.execute(db);
}

async function unmatchedAmong({ db, schema }: ReadSnapshot, naming: readonly Naming[]): Promise<Unmatched[]> {
  const events = sql.id(schema, 'events');
  const { void: voids, template, freeText } = EVENT_CLASS;
  const sent = sql`m.conversation = k.conversation AND m.class IN (${template}, ${freeText})`;
  const { rows } = await byLookUps(
    db,
    async () =>
      await sql<Unmatched>`
    WITH unmatched AS MATERIALIZED (
      SELECT k.conversation, k.class FROM unnest(${naming.map(({ conversation }) => conversation)}::uuid[],
        ${naming.map(({ ref }) => ref)}::uuid[], ${naming.map((one) => one.class)}::smallint[])
        AS k(conversation, ref, class)
      WHERE CASE WHEN k.class = ${voids}
        THEN NOT EXISTS (SELECT FROM ${events} m
          WHERE m.conversation = k.conversation AND m.key = k.ref AND m.class <> ${voids})
        ELSE NOT EXISTS (SELECT FROM ${events} m WHERE ${sent} AND m.ref = k.ref)
          AND NOT EXISTS (SELECT FROM ${events} m WHERE ${sent} AND m.key = k.ref AND m.ref IS NULL) END)
    SELECT (SELECT tenant FROM ${sql.id(schema, 'conversations')} c WHERE c.conversation = u.conversation) AS tenant,
      u.class, count(*) AS events
    FROM unmatched u GROUP BY 1, 2`.execute(db),
  );
  return rows;
}
