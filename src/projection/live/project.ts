import type { ClientBase } from 'pg';
import type { Batch, Progress } from '../../log/log.ts';
import { LOCKS } from '../../store/locks.ts';
import { type Position, type PositionCounts, progressOf } from '../tables/positions.ts';
import { openLiveProjection, openProjection, type Projection } from '../tables/projection.ts';
import { countMessage, countWindow, noDeltas, type TallyDeltas } from '../tables/tallies.ts';
import type { SettingsCache } from '../tables/tenant-rules.ts';
import type { WindowChanges } from '../tables/windows.ts';
import { decodeBatches } from './decode.ts';
import { assess } from './effects.ts';
import { type Assessed, type FoldPlan, foldPlanned, planFolds } from './fold.ts';
import { type ConversationBatch, type Separated, separate } from './sort-events.ts';

/** Which projection a batch goes into: the one that is live when the transaction starts, or a schema by name. */
export type Target = 'live' | { schema: string };

export interface Outcome {
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
  settings: SettingsCache,
): Promise<Outcome> {
  const [outcome] = await projectBatches(client, target, [batch], settings);
  if (outcome === undefined) throw new Error('a batch has an outcome');
  return outcome;
}

/**
 * Projects batches of different partitions in one transaction, together with the positions after them; a small batch
 * costs little more than a share of its statements. Rejects, with nothing done, when the database fails.
 * `synchronous_commit` is off here and only here: positions and results vanish together in a crash, and the log still
 * has the events.
 */
export async function projectBatches(
  client: ClientBase,
  target: Target,
  batches: readonly Batch[],
  settings: SettingsCache,
): Promise<Outcome[]> {
  await client.query(
    `BEGIN; SET LOCAL synchronous_commit = off; SELECT pg_advisory_xact_lock_shared(${LOCKS.settings})${
      // A rebuild goes on while a promotion holds this one: it has to catch up with what is live.
      target === 'live' ? `, pg_advisory_xact_lock_shared(${LOCKS.projectionCurrent})` : ''
    }`,
  );
  try {
    const projection =
      target === 'live' ? await openLiveProjection(client) : openProjection(client, target.schema);
    const outcomes = await projectInside(projection, batches, settings);
    await client.query('COMMIT');
    return outcomes;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function projectInside(
  projection: Projection,
  batches: readonly Batch[],
  settings: SettingsCache,
): Promise<Outcome[]> {
  const positions = await projection.positions.lock(batches.map((batch) => batch.partition));
  const ready = batches.filter((batch) => positions.get(batch.partition)?.next === batch.first);
  if (ready.length === 0) return batches.map((batch) => outcomeOf(batch, positions));
  const decoded = decodeBatches(ready);
  const tenants = new Set(Array.from(decoded.events.values(), (event) => event.tenant));
  const separated = await separate(projection, decoded, await settings.load(projection.client, tenants));
  const conversations = [...separated.conversations.values()];
  const assessed = conversations.map((conversation) => ({
    batch: conversation,
    assessment: assess(conversation.stored, conversation.fresh, conversation.settings.rules),
  }));
  const plan = await planFolds(projection, assessed.filter(bearsOnWindows));
  const { events, windows, tallies } = projection;
  await events.write(conversations.flatMap((conversation) => conversation.fresh));
  await events.writeConversations(conversations.filter(mayBeNew).map((conversation) => conversation.first));
  await events.writeQuarantine(separated.quarantined);
  await projection.positions.noteGaps(ready);
  const changes = await foldPlanned(projection, plan);
  await windows.write(changes);
  await tallies.add(deltasOf(assessed, changes));
  const counts = countsOf(ready, separated, plan);
  const advances = [...counts].flatMap(([batch, counts]) => {
    const position = positions.get(batch.partition);
    return position === undefined ? [] : [{ position, batch, counts }];
  });
  const progress = await projection.positions.advance(advances);
  return batches.map((batch) =>
    outcomeOf(batch, positions, counts.get(batch), progress.get(batch.partition)),
  );
}

type Counts = PositionCounts & Pick<Outcome, 'conflicts' | 'unreadable' | 'refolds'>;

const NOTHING: Counts = { events: 0, duplicates: 0, quarantined: 0, conflicts: 0, unreadable: 0, refolds: 0 };

/** What became of each batch's records. */
function countsOf(batches: readonly Batch[], separated: Separated, plan: FoldPlan): Map<Batch, Counts> {
  const byPartition = new Map(batches.map((batch) => [batch.partition, { ...NOTHING }]));
  const count = (partition: number, name: keyof Counts, by = 1) => {
    const counts = byPartition.get(partition);
    if (counts !== undefined) counts[name] += by;
  };
  for (const { first, fresh } of separated.conversations.values())
    count(first.partition, 'events', fresh.length);
  for (const { partition } of separated.duplicates) count(partition, 'duplicates');
  for (const { partition, reason } of separated.quarantined) {
    count(partition, 'quarantined');
    count(partition, reason === 'conflict' ? 'conflicts' : 'unreadable');
  }
  for (const { item } of plan.doubts) count(item.batch.first.partition, 'refolds');
  return new Map(batches.map((batch) => [batch, byPartition.get(batch.partition) ?? { ...NOTHING }]));
}

/** Without counts the batch was not applied: another projector was ahead. */
function outcomeOf(
  batch: Batch,
  positions: ReadonlyMap<number, Position>,
  counts?: Counts,
  progress?: Progress,
): Outcome {
  const position = positions.get(batch.partition);
  if (position === undefined) throw new Error(`partition ${batch.partition} has no position`);
  return {
    progress: progress ?? progressOf(position),
    applied: progress !== undefined,
    ...(counts ?? NOTHING),
  };
}

function bearsOnWindows({ assessment }: Assessed): boolean {
  return assessment.fresh.length > 0 || assessment.changed.length > 0;
}

function mayBeNew(conversation: ConversationBatch): boolean {
  return conversation.stored.length === 0;
}

function deltasOf(assessed: readonly Assessed[], changes: WindowChanges): TallyDeltas {
  const deltas = noDeltas();
  for (const { batch, assessment } of assessed) {
    for (const delta of assessment.messages) {
      const { tenant, partition } = batch.first;
      countMessage(deltas, { tenant, day: batch.settings.calendar.dayOf(delta.at), partition }, delta);
    }
  }
  for (const row of changes.removed) countWindow(deltas, row, -1);
  for (const row of changes.added) countWindow(deltas, row, 1);
  return deltas;
}
