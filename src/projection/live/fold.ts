import { compareCanonical } from '../../domain/event.ts';
import { isFixedOnly, mayHaveTail } from '../../domain/rule.ts';
import { fold } from '../../domain/window.ts';
import { refold } from '../refold.ts';
import type { Projection } from '../tables/projection.ts';
import { noChanges, storedWindow, type WindowChanges, type WindowRow, windowRow } from '../tables/windows.ts';
import { type Opening, openTiesWithin } from '../unsealing.ts';
import type { Effects } from './effects.ts';
import type { ConversationBatch } from './stored.ts';

/** A conversation with what its new events change. */
export interface ConversationEffects {
  batch: ConversationBatch;
  effects: Effects;
}

/** How the conversations of a batch are folded: most go on from their last window, some start further back. */
export interface FoldPlan {
  /** From the last window on, where there is one. */
  incremental: { item: ConversationEffects; last: WindowRow | undefined }[];
  /** Where they were touched: instants (ms), ascending. */
  refolds: { item: ConversationEffects; touched: number[] }[];
}

/** Later than every instant (ms), and exact as a number and as a bigint. */
const FOR_EVER = 1e15;

/**
 * Decides how each conversation is folded; call it before the new events are stored. Under `fixed`, messages after the
 * last opening need only the last window. Under `sliding` only messages that sort after every stored one do (the looser
 * test gave wrong windows in 62 of 20,000 random histories); `fixed-tail` always looks back for the contact's message.
 */
export async function planFolds(
  { events, windows }: Projection,
  affected: readonly ConversationEffects[],
): Promise<FoldPlan> {
  const candidates = affected.filter(
    ({ batch, effects }) => effects.changed.length === 0 && !mayHaveTail(batch.settings.rules),
  );
  const conversations = new Map(candidates.map(({ batch }) => [batch.first.conversation, FOR_EVER]));
  const lasts = await windows.lastBefore(conversations);
  const lastMessages = await events.lastMessageInstants(
    candidates
      .filter(({ batch }) => !isFixedOnly(batch.settings.rules))
      .map(({ batch }) => batch.first.conversation),
  );
  const plan: FoldPlan = { incremental: [], refolds: [] };
  for (const item of affected) {
    const { conversation } = item.batch.first;
    const touched = touchedBy(item.effects);
    const earliest = touched[0] ?? FOR_EVER;
    const last = lasts.get(conversation);
    const bound = Math.max(last?.opened_at ?? -FOR_EVER, lastMessages.get(conversation) ?? -FOR_EVER);
    if (conversations.has(conversation) && earliest > bound) plan.incremental.push({ item, last });
    else plan.refolds.push({ item, touched });
  }
  return plan;
}

function touchedBy({ changed, fresh }: Effects): number[] {
  const [first, ...others] = [...changed, ...fresh.map(({ at }) => at)];
  if (first === undefined) return [];
  return others.length === 0 ? [first] : [...new Set([first, ...others])].sort((a, b) => a - b);
}

/** Folds the planned conversations and says how their windows change. Expects the new events to be stored. */
export async function foldPlanned(
  projection: Projection,
  plan: FoldPlan,
  unsealing: Opening,
): Promise<WindowChanges> {
  const changes = noChanges();
  await openTiesWithin(
    plan.incremental.map(({ item: { effects } }) => effects.fresh),
    unsealing,
  );
  for (const { item, last } of plan.incremental) foldIncrementally(item, last, changes);
  await refold(
    projection.foldReader,
    plan.refolds.map(({ item: { batch }, touched }) => {
      const { first, settings } = batch;
      return { conversation: first.conversation, party: first, settings, touched };
    }),
    changes,
    unsealing,
  );
  return changes;
}

function foldIncrementally(
  { batch, effects }: ConversationEffects,
  last: WindowRow | undefined,
  changes: WindowChanges,
): void {
  const { rules } = batch.settings;
  const messages = effects.fresh.sort(compareCanonical);
  const window = last === undefined ? null : storedWindow(last, rules);
  const { windows } = fold(batch.first.channel, messages, rules, { window, contactWroteAt: null });
  for (const folded of windows) {
    if (last === undefined || folded.openedAt !== last.opened_at) {
      changes.added.push(windowRow(batch.first, folded));
    } else if (folded.closesAt !== last.closes_at)
      changes.moved.push({ ...last, closes_at: folded.closesAt });
  }
}
