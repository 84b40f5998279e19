import type { ClientBase } from 'pg';
import { CUSTOMER_SERVICE_MS } from '../../domain/conversation.ts';
import { EVENT_CLASS } from '../../domain/event.ts';
import { fold, type Window } from '../../domain/window.ts';
import { effectiveMessages } from '../fates.ts';
import { completeGroups, type FoldableEvent, normalise, type StoredEvent } from '../tables/events.ts';
import { hex, plainArray, prepared, uuidArray } from '../tables/sql.ts';
import type { TenantRules } from '../tables/tenant-rules.ts';
import { lastWindows } from '../tables/windows.ts';

/** A conversation whose windows are in doubt from an instant (ms) on. */
export interface Doubt {
  conversation: string;
  channel: string;
  settings: TenantRules;
  from: number;
}

export interface Refolded {
  /** Windows opened at or after this instant (ms) are replaced by the folded ones. */
  from: number;
  windows: Window<FoldableEvent>[];
}

/**
 * Folds conversations anew from the last window opened strictly before the doubt, reading their tails back from the
 * events already stored. Costs what the tails cost, whatever else is stored.
 */
export async function refold(
  client: ClientBase,
  schema: string,
  doubts: readonly Doubt[],
): Promise<Map<string, Refolded>> {
  const bases = await lastWindows(
    client,
    schema,
    new Map(doubts.map((doubt) => [doubt.conversation, doubt.from])),
  );
  const starts = new Map<string, number>();
  const lookBacks = new Map<string, number>();
  for (const doubt of doubts) {
    const from = bases.get(doubt.conversation)?.opened_at ?? doubt.from;
    starts.set(doubt.conversation, from);
    lookBacks.set(doubt.conversation, hasTail(doubt) ? from - CUSTOMER_SERVICE_MS : from);
  }
  const events = await messagesWithFates(client, schema, lookBacks);
  const result = new Map<string, Refolded>();
  for (const { conversation, channel, settings } of doubts) {
    const from = starts.get(conversation) ?? Number.NEGATIVE_INFINITY;
    const messages = effectiveMessages(events.get(conversation) ?? []).filter(
      (message) => message.at >= (lookBacks.get(conversation) ?? from),
    );
    const tail = messages.filter((message) => message.at >= from);
    const contactWroteAt = lastReceived(messages, from);
    const { windows } = fold(channel, tail, settings.rules, { window: null, contactWroteAt });
    result.set(conversation, { from, windows });
  }
  return result;
}

function hasTail({ settings }: Doubt): boolean {
  return settings.rules.some((entry) => entry.rule === 'fixed-tail');
}

function lastReceived(messages: readonly FoldableEvent[], before: number): number | null {
  const received = messages.filter((m) => m.class === EVENT_CLASS.received && m.at < before);
  return received.at(-1)?.at ?? null;
}

/** Messages from each conversation's bound (ms) on, with every receipt and void that can decide their fate. */
async function messagesWithFates(
  client: ClientBase,
  schema: string,
  bounds: ReadonlyMap<string, number>,
): Promise<Map<string, StoredEvent[]>> {
  const rows = await prepared<StoredEvent>(
    client,
    `tail ${schema}`,
    `SELECT e.conversation, e.key, e.ref, e.class, e.at, e.id, e.partition, e."offset", e.detail
     FROM unnest($1::uuid[], $2::bigint[]) AS c(conversation, bound)
     JOIN ${schema}.events e ON e.conversation = c.conversation AND e.at >= c.bound AND e.class <= 2`,
    [uuidArray([...bounds.keys()]), plainArray(bounds.values())],
  );
  const known = new Map(rows.map((row) => [hex(row.conversation) + hex(row.key), normalise(row)]));
  await completeGroups(client, schema, known, new Set());
  return Map.groupBy(known.values(), (event) => event.conversation);
}
