import { EVENT_CLASS } from '../../domain/event.ts';
import { conflictWith, gatherRelated, keysToAsk, sameContent } from '../fates.ts';
import type { BatchEvent, Events, Quarantined, StoredEvent } from '../tables/events.ts';
import type { Projection } from '../tables/projection.ts';
import type { TenantRules } from '../tables/tenant-rules.ts';
import type { DecodedBatch } from './decode.ts';
import { waitsForDelivery } from './effects.ts';

/** New events of one conversation, and every stored event that bears on them or on what they name. */
export interface ConversationBatch {
  first: BatchEvent;
  settings: TenantRules;
  fresh: BatchEvent[];
  stored: StoredEvent[];
}

/** What the events of a batch are: new ones, by conversation, and those that change nothing. */
export interface ClassifiedBatch {
  conversations: Map<string, ConversationBatch>;
  duplicates: BatchEvent[];
  quarantined: Quarantined[];
}

/** Parts the events of a batch into new ones, duplicates and conflicts, by one look-up of all their keys. */
export async function classifyEvents(
  { events }: Projection,
  batch: DecodedBatch,
  settings: ReadonlyMap<string, TenantRules>,
): Promise<ClassifiedBatch> {
  const asked = new Set<string>();
  const found = await events.byKeys(keysToAsk(batch.events.values(), asked));
  const stored = new Map(found.map((event) => [event.conversation + event.key, event]));
  const result: ClassifiedBatch = {
    conversations: new Map(),
    duplicates: [],
    quarantined: [...batch.quarantined],
  };
  const dismiss = (accepted: StoredEvent, event: BatchEvent) => {
    if (sameContent(accepted, event)) result.duplicates.push(event);
    else result.quarantined.push(conflictWith(accepted, event));
  };
  for (const [id, event] of batch.events) {
    const accepted = stored.get(id);
    if (accepted === undefined) addFresh(result.conversations, event, settings);
    else dismiss(accepted, event);
  }
  for (const event of batch.repeats) {
    const accepted = stored.get(event.uid) ?? batch.events.get(event.uid);
    if (accepted !== undefined) dismiss(accepted, event);
  }
  await attachStored(events, result.conversations, stored, asked);
  return result;
}

function addFresh(
  conversations: Map<string, ConversationBatch>,
  event: BatchEvent,
  settings: ReadonlyMap<string, TenantRules>,
): void {
  const batch = conversations.get(event.conversation);
  if (batch !== undefined) {
    batch.fresh.push(event);
    return;
  }
  const rules = settings.get(event.tenant);
  if (rules === undefined) throw new Error(`the settings of tenant ${event.tenant} were not loaded`);
  conversations.set(event.conversation, { first: event, settings: rules, fresh: [event], stored: [] });
}

/**
 * Gives each conversation its related stored events. Only where a failure, a void or a rule that waits for delivery is
 * in play can more distant relatives (a void of a receipt) decide anything; only then are they looked up.
 */
async function attachStored(
  events: Events,
  conversations: ReadonlyMap<string, ConversationBatch>,
  stored: Map<string, StoredEvent>,
  asked: Set<string>,
): Promise<void> {
  const toComplete: StoredEvent[] = [];
  for (const group of Map.groupBy(stored.values(), (event) => event.conversation).values()) {
    const batch = conversations.get(group[0]?.conversation ?? '');
    if (batch === undefined) continue;
    batch.stored = group;
    const needsAll =
      waitsForDelivery(batch.settings.rules) ||
      group.some(mayChangeFates) ||
      batch.fresh.some(mayChangeFates);
    if (needsAll) toComplete.push(...group);
  }
  if (toComplete.length === 0) return;
  const related = await gatherRelated(toComplete, events.byKeys, { asked });
  for (const [conversation, group] of Map.groupBy(related, (event) => event.conversation)) {
    const batch = conversations.get(conversation);
    if (batch !== undefined) batch.stored = group;
  }
}

function mayChangeFates(event: StoredEvent): boolean {
  return event.class === EVENT_CLASS.failed || event.class === EVENT_CLASS.void;
}
