import { conflictWith, keysNamed, sameContent } from '../fates.ts';
import type { BatchEvent, Quarantined, StoredEvent } from '../tables/events.ts';
import type { Projection } from '../tables/projection.ts';
import type { TenantRules } from '../tables/tenant-rules.ts';
import type { Unsealing } from '../unsealing.ts';
import type { DecodedBatch } from './decode.ts';
import type { Repeats } from './repeats.ts';
import { attachStored, type ConversationBatch } from './stored.ts';

interface ClassifyDeps {
  settings: ReadonlyMap<string, TenantRules>;
  unsealing: Pick<Unsealing, 'contentHash'>;
  repeats: Repeats;
}

/** What the events of a batch are: new ones, by conversation, and those that change nothing. */
export interface ClassifiedBatch {
  conversations: Map<string, ConversationBatch>;
  duplicates: BatchEvent[];
  quarantined: Quarantined[];
}

/**
 * Parts the events of a batch into new ones, duplicates and conflicts, by one look-up of their keys. Those that are no
 * repeats by `repeats` are taken for new; where one is not, storing it fails.
 */
export async function classifyEvents(
  { events }: Projection,
  batch: DecodedBatch,
  { settings, unsealing, repeats }: ClassifyDeps,
): Promise<ClassifiedBatch> {
  const asked = new Set(batch.events.keys());
  const own = [...batch.events.values()];
  const named = keysNamed(own, asked);
  const found = await events.byKeys(
    [...own, ...named],
    // What the batch names may be stored, and of its own what may be a repeat.
    [...own.filter(repeats.maybe), ...named],
  );
  const stored = new Map(found.events.map((event) => [event.conversation + event.key, event]));
  const result: ClassifiedBatch = {
    conversations: new Map(),
    duplicates: [],
    quarantined: [...batch.quarantined],
  };
  const dismiss = (accepted: StoredEvent, event: BatchEvent) => {
    if (sameContent(accepted, event, unsealing.contentHash)) result.duplicates.push(event);
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
  await attachStored(events, result.conversations, { stored, asked, crowded: found.crowded });
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
