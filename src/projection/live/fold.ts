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
import { type Assessment, isPlain } from './effects.ts';
import { type Doubt, refold } from './refold.ts';
import type { ConversationBatch } from './sort-events.ts';

/** A conversation with what its new events change. */
export interface Assessed {
  batch: ConversationBatch;
  assessment: Assessment;
}

/** How the conversations of a batch are folded: most go on from their last window, some start further back. */
export interface FoldPlan {
  onward: { item: Assessed; last: WindowRow | undefined }[];
  doubts: { item: Assessed; from: number }[];
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
  assessed: readonly Assessed[],
): Promise<FoldPlan> {
  const candidates = assessed.filter(
    ({ batch, assessment }) => assessment.changed.length === 0 && !hasTail(batch),
  );
  const conversations = new Map(candidates.map(({ batch }) => [batch.first.conversation, FOR_EVER]));
  const lasts = await windows.lastBefore(conversations);
  const lastMessages = await events.lastMessageInstants(
    candidates
      .filter(({ batch }) => !isPlain(batch.settings.rules))
      .map(({ batch }) => batch.first.conversation),
  );
  const plan: FoldPlan = { onward: [], doubts: [] };
  for (const item of assessed) {
    const { conversation } = item.batch.first;
    const earliest = Math.min(...item.assessment.changed, ...item.assessment.fresh.map((event) => event.at));
    const last = lasts.get(conversation);
    const bound = Math.max(last?.opened_at ?? -FOR_EVER, lastMessages.get(conversation) ?? -FOR_EVER);
    if (conversations.has(conversation) && earliest > bound) plan.onward.push({ item, last });
    else plan.doubts.push({ item, from: earliest });
  }
  return plan;
}

function hasTail(batch: ConversationBatch): boolean {
  return batch.settings.rules.some((entry) => entry.rule === 'fixed-tail');
}

/** Folds the planned conversations and says how their windows change. Expects the new events to be stored. */
export async function foldPlanned(projection: Projection, plan: FoldPlan): Promise<WindowChanges> {
  const changes: WindowChanges = { removed: [], added: [], moved: [] };
  for (const { item, last } of plan.onward) foldOnward(item, last, changes);
  await foldDoubts(projection, plan.doubts, changes);
  return changes;
}

function foldOnward(
  { batch, assessment }: Assessed,
  last: WindowRow | undefined,
  changes: WindowChanges,
): void {
  const { rules, calendar } = batch.settings;
  const messages = assessment.fresh.sort(compareCanonical);
  const window = last === undefined ? null : storedWindow(last, rules);
  const { windows } = fold(batch.first.channel, messages, rules, { window, contactWroteAt: null });
  for (const folded of windows) {
    if (last === undefined || folded.openedAt !== last.opened_at) {
      changes.added.push(windowRow(batch.first, folded, calendar));
    } else if (folded.closesAt !== last.closes_at)
      changes.moved.push({ ...last, closes_at: folded.closesAt });
  }
}

async function foldDoubts(
  projection: Projection,
  doubts: FoldPlan['doubts'],
  changes: WindowChanges,
): Promise<void> {
  if (doubts.length === 0) return;
  const refolded = await refold(
    projection,
    doubts.map(({ item: { batch }, from }): Doubt => {
      const { conversation, channel } = batch.first;
      return { conversation, channel, settings: batch.settings, from };
    }),
  );
  const starts = new Map([...refolded].map(([conversation, { from }]) => [conversation, from]));
  const stored = Map.groupBy(await projection.windows.from(starts), (row) => row.conversation);
  for (const { item } of doubts) {
    const { first, settings } = item.batch;
    const windows = refolded.get(first.conversation)?.windows ?? [];
    const rows = windows.map((window) => windowRow(first, window, settings.calendar));
    compareWindows(stored.get(first.conversation) ?? [], rows, changes);
  }
}
