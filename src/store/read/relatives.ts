import { sql } from 'kysely';
import type { Fact } from '../../domain/effective.ts';
import { isReceipt, isSent } from '../../domain/event.ts';
import { EVENT_COLUMNS, type StoredEvent } from './events.ts';
import type { ReadSnapshot } from './snapshot.ts';

/** The event as the judge wants it: a sent message is named by its `ref` or its own key. */
export function factOf(event: Pick<StoredEvent, 'key' | 'ref' | 'class'>): Fact {
  const ref = event.ref ?? (isSent(event.class) ? event.key : null);
  return { key: event.key, ref, class: event.class };
}

/**
 * The events together with all that decides their fate and all that they name: receipts and voids of messages, voids
 * of receipts, messages of receipts, targets of voids. With `until` only what occurred by that instant (ms). Two
 * look-ups: what a void of a void says has no effect.
 */
export async function withRelatives(
  snapshot: ReadSnapshot,
  events: readonly StoredEvent[],
  until: number | null = null,
): Promise<StoredEvent[]> {
  const known = new Map(events.map((event) => [event.conversation + event.key, event]));
  const receipts: StoredEvent[] = [];
  for (const found of await bearing(snapshot, events, until)) {
    if (known.has(found.conversation + found.key)) continue;
    known.set(found.conversation + found.key, found);
    if (isReceipt(found.class)) receipts.push(found);
  }
  for (const found of await bearing(
    snapshot,
    receipts.map((receipt) => ({ ...receipt, ref: null })),
    until,
  ))
    known.set(found.conversation + found.key, known.get(found.conversation + found.key) ?? found);
  return [...known.values()];
}

/** Events that bear or name a key that one of the given events bears or names. */
async function bearing(
  { db, schema }: ReadSnapshot,
  events: readonly StoredEvent[],
  until: number | null,
): Promise<StoredEvent[]> {
  if (events.length === 0) return [];
  const names = new Map<string, { conversation: string; key: string }>();
  for (const { conversation, key, ref } of events) {
    names.set(conversation + key, { conversation, key });
    if (ref !== null) names.set(conversation + ref, { conversation, key: ref });
  }
  const pairs = [...names.values()];
  const table = sql.id(schema, 'events');
  const occurred = until === null ? sql`` : sql`AND e.at <= ${until}`;
  const { rows } = await sql<StoredEvent>`
    WITH k AS MATERIALIZED (SELECT * FROM unnest(${pairs.map((pair) => pair.conversation)}::uuid[],
      ${pairs.map((pair) => pair.key)}::uuid[]) AS k(conversation, key))
    SELECT ${EVENT_COLUMNS} FROM k JOIN ${table} e ON e.conversation = k.conversation AND e.key = k.key ${occurred}
    UNION ALL
    SELECT ${EVENT_COLUMNS} FROM k JOIN ${table} e ON e.conversation = k.conversation AND e.ref = k.key
      AND e.ref IS NOT NULL ${occurred}`.execute(db);
  return rows;
}
