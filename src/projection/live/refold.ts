import { CUSTOMER_SERVICE_MS } from '../../domain/conversation.ts';
import { effectiveMessages } from '../../domain/effective.ts';
import { EVENT_CLASS } from '../../domain/event.ts';
import { fold, type Window } from '../../domain/window.ts';
import { gatherRelated } from '../fates.ts';
import type { FoldableEvent, StoredEvent } from '../tables/events.ts';
import type { Projection } from '../tables/projection.ts';
import type { TenantRules } from '../tables/tenant-rules.ts';

/** A conversation whose windows are in doubt from an instant (ms) on. */
export interface RefoldRequest {
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
  projection: Projection,
  requests: readonly RefoldRequest[],
): Promise<Map<string, Refolded>> {
  const bases = await projection.windows.lastBefore(
    new Map(requests.map((request) => [request.conversation, request.from])),
  );
  const starts = new Map<string, number>();
  const lookBacks = new Map<string, number>();
  for (const request of requests) {
    const from = bases.get(request.conversation)?.opened_at ?? request.from;
    starts.set(request.conversation, from);
    lookBacks.set(request.conversation, hasTail(request) ? from - CUSTOMER_SERVICE_MS : from);
  }
  const events = await messagesWithFates(projection, lookBacks);
  const result = new Map<string, Refolded>();
  for (const { conversation, channel, settings } of requests) {
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

function hasTail({ settings }: RefoldRequest): boolean {
  return settings.rules.some((entry) => entry.rule === 'fixed-tail');
}

function lastReceived(messages: readonly FoldableEvent[], before: number): number | null {
  const received = messages.filter((m) => m.class === EVENT_CLASS.received && m.at < before);
  return received.at(-1)?.at ?? null;
}

/** Messages from each conversation's bound (ms) on, with every receipt and void that can decide their fate. */
async function messagesWithFates(
  { events }: Projection,
  bounds: ReadonlyMap<string, number>,
): Promise<Map<string, StoredEvent[]>> {
  const related = await gatherRelated(await events.messagesFrom(bounds), events.byKeys);
  return Map.groupBy(related, (event) => event.conversation);
}
