import { judge } from '../../domain/effective.ts';
import { EVENT_CLASS } from '../../domain/event.ts';
import { waitsForDelivery } from '../../domain/rule.ts';
import type { BatchEvent, ConversationKey, Events, StoredEvent } from '../tables/events.ts';
import type { TenantRules } from '../tables/tenant-rules.ts';

/** New events of one conversation, and the stored ones that decide on them or on what they name. */
export interface ConversationBatch {
  first: BatchEvent;
  settings: TenantRules;
  fresh: BatchEvent[];
  stored: StoredEvent[];
}

/** What the first look-up of a batch gave. */
interface LookedUp {
  /** By conversation + key. */
  stored: Map<string, StoredEvent>;
  /** Keys that were asked for, as conversation + key. */
  asked: Set<string>;
  /** Those of them that more may name than was read. */
  crowded: ConversationKey[];
}

/**
 * Gives each conversation the stored events that decide on its new ones and on what they name. Costs what the batch
 * holds and what it changes, however many receipts and voids a message has: of each class one standing event is enough,
 * for whether an event is voided stands in its row.
 */
export async function attachStored(
  events: Events,
  conversations: ReadonlyMap<string, ConversationBatch>,
  { stored, asked, crowded }: LookedUp,
): Promise<void> {
  const add = (rows: readonly StoredEvent[]) => {
    for (const event of rows) stored.set(event.conversation + event.key, event);
  };
  const targets = targetsOf(conversations);
  const further = await events.byKeys(namesOf(targets, stored, asked));
  add(further.events);
  const all = [...crowded, ...further.crowded].filter(({ conversation }) => conversations.has(conversation));
  // What this batch voids decides nothing any more.
  add(await events.deciding(all, targets));
  attach(conversations, stored);
  if (all.length === 0) return;
  add(await events.sentUnder(all.filter(changedNames(conversations))));
  attach(conversations, stored);
}

function attach(
  conversations: ReadonlyMap<string, ConversationBatch>,
  stored: ReadonlyMap<string, StoredEvent>,
): void {
  for (const [conversation, group] of Map.groupBy(stored.values(), (event) => event.conversation)) {
    const batch = conversations.get(conversation);
    if (batch !== undefined) batch.stored = group;
  }
}

/** What the new voids name. */
function targetsOf(conversations: ReadonlyMap<string, ConversationBatch>): ConversationKey[] {
  const targets: ConversationKey[] = [];
  for (const [conversation, { fresh }] of conversations) {
    for (const { class: eventClass, ref } of fresh)
      if (eventClass === EVENT_CLASS.void && ref !== null) targets.push({ conversation, key: ref });
  }
  return targets;
}

/** The messages that voided receipts are about, and the names of voided messages, where nobody asked for them yet. */
function namesOf(
  targets: readonly ConversationKey[],
  stored: ReadonlyMap<string, StoredEvent>,
  asked: Set<string>,
): ConversationKey[] {
  return targets.flatMap(({ conversation, key }) => {
    const ref = stored.get(conversation + key)?.ref ?? null;
    if (ref === null || asked.has(conversation + ref)) return [];
    asked.add(conversation + ref);
    return [{ conversation, key: ref }];
  });
}

/** Whether the batch changes what the standing receipts say of the messages of a name, as far as their rules care. */
function changedNames(
  conversations: ReadonlyMap<string, ConversationBatch>,
): (name: ConversationKey) => boolean {
  const judged = new Map<string, (name: string) => boolean>();
  const judgeIn = ({ stored, fresh, settings }: ConversationBatch) => {
    const [before, after] = [judge(stored), judge([...stored, ...fresh])];
    const waits = waitsForDelivery(settings.rules);
    return (name: string) => {
      const [was, is] = [before.receiptsOf(name), after.receiptsOf(name)];
      const failedChanges = (was.failed && !was.delivered) !== (is.failed && !is.delivered);
      return failedChanges || (waits && was.delivered !== is.delivered);
    };
  };
  return ({ conversation, key }) => {
    const batch = conversations.get(conversation);
    if (batch === undefined) return false;
    const changes = judged.get(conversation) ?? judgeIn(batch);
    judged.set(conversation, changes);
    return changes(key);
  };
}
