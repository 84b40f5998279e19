import { compareCanonical } from '../../domain/event.ts';
import { fold } from '../../domain/window.ts';
import type { Projection } from '../tables/projection.ts';
import {
  compareWindows,
  storedWindow,
  type WindowChanges,
  type WindowRow,
  windowRow,
} from '../tables/windows.ts';
import type { ConversationBatch } from './classify.ts';
import { type Effects, isFixedOnly } from './effects.ts';
import { type RefoldRequest, refold } from './refold.ts';

/** A conversation with what its new events change. */
export interface ConversationEffects {
  batch: ConversationBatch;
  effects: Effects;
}

/** How the conversations of a batch are folded: most go on from their last window, some start further back. */
export interface FoldPlan {
  /** From the last window on, where there is one. */
  incremental: { item: ConversationEffects; last: WindowRow | undefined }[];
  /** From the window before an instant (ms) on. */
  refolds: { item: ConversationEffects; from: number }[];
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
  const candidates = affected.filter(({ batch, effects }) => effects.changed.length === 0 && !hasTail(batch));
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
    const earliest = Math.min(...item.effects.changed, ...item.effects.fresh.map((event) => event.at));
    const last = lasts.get(conversation);
    const bound = Math.max(last?.opened_at ?? -FOR_EVER, lastMessages.get(conversation) ?? -FOR_EVER);
    if (conversations.has(conversation) && earliest > bound) plan.incremental.push({ item, last });
    else plan.refolds.push({ item, from: earliest });
  }
  return plan;
}

function hasTail(batch: ConversationBatch): boolean {
  return batch.settings.rules.some((entry) => entry.rule === 'fixed-tail');
}

/** Folds the planned conversations and says how their windows change. Expects the new events to be stored. */
export async function foldPlanned(projection: Projection, plan: FoldPlan): Promise<WindowChanges> {
  const changes: WindowChanges = { removed: [], added: [], moved: [] };
  for (const { item, last } of plan.incremental) foldIncrementally(item, last, changes);
  await foldAnew(projection, plan.refolds, changes);
  return changes;
}

function foldIncrementally(
  { batch, effects }: ConversationEffects,
  last: WindowRow | undefined,
  changes: WindowChanges,
): void {
  const { rules, calendar } = batch.settings;
  const messages = effects.fresh.sort(compareCanonical);
  const window = last === undefined ? null : storedWindow(last, rules);
  const { windows } = fold(batch.first.channel, messages, rules, { window, contactWroteAt: null });
  for (const folded of windows) {
    if (last === undefined || folded.openedAt !== last.opened_at) {
      changes.added.push(windowRow(batch.first, folded, calendar));
    } else if (folded.closesAt !== last.closes_at)
      changes.moved.push({ ...last, closes_at: folded.closesAt });
  }
}

async function foldAnew(
  projection: Projection,
  refolds: FoldPlan['refolds'],
  changes: WindowChanges,
): Promise<void> {
  if (refolds.length === 0) return;
  const refolded = await refold(
    projection,
    refolds.map(({ item: { batch }, from }): RefoldRequest => {
      const { conversation, channel } = batch.first;
      return { conversation, channel, settings: batch.settings, from };
    }),
  );
  const starts = new Map([...refolded].map(([conversation, { from }]) => [conversation, from]));
  const stored = Map.groupBy(await projection.windows.from(starts), (row) => row.conversation);
  for (const { item } of refolds) {
    const { first, settings } = item.batch;
    const windows = refolded.get(first.conversation)?.windows ?? [];
    const rows = windows.map((window) => windowRow(first, window, settings.calendar));
    compareWindows(stored.get(first.conversation) ?? [], rows, changes);
  }
}
