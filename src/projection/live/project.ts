import pg, { type ClientBase } from 'pg';
import type { Calendar } from '../../domain/period.ts';
import type { Batch, Progress } from '../../log/log.ts';
import { onConnection } from '../../store/database.ts';
import { LOCKS } from '../../store/locks.ts';
import type { BatchEvent } from '../tables/events.ts';
import { type Position, type PositionCounts, progressOf } from '../tables/positions.ts';
import { openLiveProjection, openProjection, type Projection } from '../tables/projection.ts';
import {
  type Counted,
  countedIn,
  countMessage,
  countWindow,
  noDeltas,
  type TallyDeltas,
} from '../tables/tallies.ts';
import type { SettingsCache, TenantRules } from '../tables/tenant-rules.ts';
import type { WindowChanges, WindowRow } from '../tables/windows.ts';
import { type Unsealing, unsealingOver } from '../unsealing.ts';
import { type ClassifiedBatch, classifyEvents } from './classify.ts';
import { decodeBatches } from './decode.ts';
import { effectsOf } from './effects.ts';
import { type ConversationEffects, type FoldPlan, foldPlanned, planFolds } from './fold.ts';
import { ALWAYS, type Repeats } from './repeats.ts';
import type { ConversationBatch } from './stored.ts';

/** Which projection a batch goes into: the one that is live when the transaction starts, or a schema by name. */
export type Target = 'live' | { schema: string };

/** What a batch is folded by: the rules of tenants, and what opens the ids that order needs. */
export interface Folding {
  settings: SettingsCache;
  unsealing: Unsealing;
  /** Absent: every event may be one. */
  repeats?: Repeats;
  /** Told which periods changed, once a transaction is committed. */
  counted?: ((counted: Counted) => void) | undefined;
}

/** What became of a batch. */
export interface BatchResult {
  progress: Progress;
  /** False where another projector was ahead: nothing was done. */
  applied: boolean;
  events: number;
  duplicates: number;
  conflicts: number;
  unreadable: number;
  /** Conversations folded anew from their tails. */
  refolds: number;
}

/** Projects one batch; see `projectBatches`. */
export async function project(
  client: ClientBase,
  target: Target,
  batch: Batch,
  folding: Folding,
): Promise<BatchResult> {
  const [result] = await projectBatches(client, target, [batch], folding);
  if (result === undefined) throw new Error('a batch was left without a result');
  return result;
}

/**
 * Projects batches of different partitions in one transaction, together with the positions after them; a small batch
 * costs little more than a share of its statements. Rejects, with nothing done, when the database fails.
 */
export async function projectBatches(
  client: ClientBase,
  target: Target,
  batches: readonly Batch[],
  folding: Folding,
): Promise<BatchResult[]> {
  return await withRepeats(folding, (own) => projectOnce(client, target, batches, own));
}

/** Once more, with everything looked up, where a repeat was taken for new. */
export async function withRepeats<T>(
  folding: Folding,
  projectOnce: (folding: Folding) => Promise<T>,
): Promise<T> {
  try {
    return await projectOnce(folding);
  } catch (error) {
    if (folding.repeats === undefined || !isRepeat(error)) throw error;
    folding.repeats.missed();
    return await projectOnce({ ...folding, repeats: ALWAYS });
  }
}

/** Whether an event was stored that is there already: of its table the primary key alone is unique. */
function isRepeat(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === UNIQUE_VIOLATION && error.table === 'events';
}

const UNIQUE_VIOLATION = '23505';

/**
 * `synchronous_commit` is off here and only here: positions and results vanish together in a crash, and the log still
 * has the events.
 */
async function projectOnce(
  client: ClientBase,
  target: Target,
  batches: readonly Batch[],
  folding: Folding,
): Promise<BatchResult[]> {
  await client.query(
    `BEGIN; SET LOCAL synchronous_commit = off; SELECT pg_advisory_xact_lock_shared(${LOCKS.settings})${
      // A rebuild goes on while a promotion holds this one: it has to catch up with what is live.
      target === 'live' ? `, pg_advisory_xact_lock_shared(${LOCKS.projectionCurrent})` : ''
    }`,
  );
  try {
    const projection =
      target === 'live' ? await openLiveProjection(client) : openProjection(client, target.schema);
    const { results, deltas } = await projectInside(projection, batches, folding);
    await client.query('COMMIT');
    if (deltas !== null) folding.counted?.(countedIn(deltas));
    return results;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Inside a transaction whose end decides over all of it. */
export async function projectInside(
  projection: Projection,
  batches: readonly Batch[],
  { settings, unsealing, repeats = ALWAYS }: Folding,
): Promise<{ results: BatchResult[]; deltas: TallyDeltas | null }> {
  const positions = await projection.positions.lock(batches.map((batch) => batch.partition));
  const ready = batches.filter((batch) => positions.get(batch.partition)?.next === batch.first);
  if (ready.length === 0)
    return { results: batches.map((batch) => resultOf(batch, positions)), deltas: null };
  const decoded = decodeBatches(ready);
  const tenants = new Set(Array.from(decoded.events.values(), (event) => event.tenant));
  const classified = await classifyEvents(projection, decoded, {
    settings: await settings.load(projection.client, tenants),
    unsealing,
    repeats,
  });
  const conversations = [...classified.conversations.values()];
  const affected = conversations.map((conversation) => ({
    batch: conversation,
    effects: effectsOf(conversation.stored, conversation.fresh, conversation.settings.rules),
  }));
  const plan = await planFolds(projection, affected.filter(bearsOnWindows));
  const { events, windows } = projection;
  const fresh = conversations.flatMap((conversation) => conversation.fresh);
  for (const event of fresh) repeats.note(event);
  await events.write(fresh, new Set(affected.flatMap(({ effects }) => effects.voided.fresh)));
  await events.markVoided(affected.flatMap(({ effects }) => effects.voided.stored));
  await events.writeConversations(newAmong(conversations, plan));
  await events.writeQuarantine(classified.quarantined);
  await projection.positions.noteGaps(ready);
  const changes = await foldPlanned(
    projection,
    plan,
    unsealingOver(unsealing, onConnection(projection.client)),
  );
  await windows.write(changes);
  const deltas = await countDays(projection, affected, changes);
  const counts = countsOf(ready, classified, plan);
  const advances = [...counts].flatMap(([batch, counts]) => {
    const position = positions.get(batch.partition);
    return position === undefined ? [] : [{ position, batch, counts }];
  });
  const progress = await projection.positions.advance(advances);
  const results = batches.map((batch) =>
    resultOf(batch, positions, counts.get(batch), progress.get(batch.partition)),
  );
  return { results, deltas };
}

type Counts = PositionCounts & Pick<BatchResult, 'conflicts' | 'unreadable' | 'refolds'>;

const NOTHING: Counts = { events: 0, duplicates: 0, quarantined: 0, conflicts: 0, unreadable: 0, refolds: 0 };

/** What became of each batch's records. */
function countsOf(
  batches: readonly Batch[],
  classified: ClassifiedBatch,
  plan: FoldPlan,
): Map<Batch, Counts> {
  const byPartition = new Map(batches.map((batch) => [batch.partition, { ...NOTHING }]));
  const count = (partition: number, name: keyof Counts, by = 1) => {
    const counts = byPartition.get(partition);
    if (counts !== undefined) counts[name] += by;
  };
  for (const { first, fresh } of classified.conversations.values())
    count(first.partition, 'events', fresh.length);
  for (const { partition } of classified.duplicates) count(partition, 'duplicates');
  for (const { partition, reason } of classified.quarantined) {
    count(partition, 'quarantined');
    count(partition, reason === 'conflict' ? 'conflicts' : 'unreadable');
  }
  for (const { item } of plan.refolds) count(item.batch.first.partition, 'refolds');
  return new Map(batches.map((batch) => [batch, byPartition.get(batch.partition) ?? { ...NOTHING }]));
}

/** Without counts the batch was not applied: another projector was ahead. */
function resultOf(
  batch: Batch,
  positions: ReadonlyMap<number, Position>,
  counts?: Counts,
  progress?: Progress,
): BatchResult {
  const position = positions.get(batch.partition);
  if (position === undefined) throw new Error(`partition ${batch.partition} has no position`);
  return {
    progress: progress ?? progressOf(position),
    applied: progress !== undefined,
    ...(counts ?? NOTHING),
  };
}

function bearsOnWindows({ effects }: ConversationEffects): boolean {
  return effects.fresh.length > 0 || effects.changed.length > 0;
}

/** The first events of conversations of which the look-ups found neither an event nor a window. */
function newAmong(conversations: readonly ConversationBatch[], { incremental }: FoldPlan): BatchEvent[] {
  const known = new Set(incremental.flatMap(({ last }) => last?.conversation ?? []));
  return conversations
    .filter(({ first, stored }) => stored.length === 0 && !known.has(first.conversation))
    .map(({ first }) => first);
}

/** By the zone of each tenant, and by the next one of those whose zone changes. */
async function countDays(
  { tallies, nextTallies }: Projection,
  affected: readonly ConversationEffects[],
  changes: WindowChanges,
): Promise<TallyDeltas> {
  const deltas = deltasBy(affected, changes, (settings) => settings.calendar);
  await tallies.add(deltas);
  const zoneChanges = new Set(affected.flatMap(({ batch }) => batch.settings.next?.change ?? []));
  for (const change of zoneChanges) {
    const calendarOf = ({ next }: TenantRules) => (next?.change === change ? next.calendar : null);
    await nextTallies.add(change, deltasBy(affected, changes, calendarOf));
  }
  return deltas;
}

/** What changes by a calendar of each tenant; null: it is left out. */
function deltasBy(
  affected: readonly ConversationEffects[],
  changes: WindowChanges,
  calendarOf: (settings: TenantRules) => Calendar | null,
): TallyDeltas {
  const deltas = noDeltas();
  const calendars = new Map<string, Calendar>();
  for (const { batch, effects } of affected) {
    const calendar = calendarOf(batch.settings);
    if (calendar === null) continue;
    const { tenant, partition, conversation } = batch.first;
    calendars.set(conversation, calendar);
    for (const delta of effects.messages)
      countMessage(deltas, { tenant, day: calendar.dayOf(delta.at), partition }, delta);
  }
  const count = (row: WindowRow, by: 1 | -1) => {
    const calendar = calendars.get(row.conversation);
    if (calendar !== undefined) countWindow(deltas, row, calendar.dayOf(row.opened_at), by);
  };
  for (const row of changes.removed) count(row, -1);
  for (const row of changes.added) count(row, 1);
  return deltas;
}
