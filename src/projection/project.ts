import type { ClientBase } from 'pg';
import type { Batch, Progress } from '../log/log.ts';
import { LOCKS } from '../store/locks.ts';
import { assess } from './assess.ts';
import { decodeBatch } from './decode.ts';
import { type Assessed, foldPlanned, planFolds } from './fold-batch.ts';
import { advancePosition, lockPosition, progressOf } from './position.ts';
import { currentSchemaOn } from './schema.ts';
import { type ConversationBatch, separate } from './separate.ts';
import type { SettingsCache } from './settings.ts';
import { countMessage, countWindow, noDeltas, type TallyDeltas, writeTallies } from './tally.ts';
import { type WindowChanges, writeWindows } from './windows.ts';
import { writeConversations, writeEvents, writeQuarantine } from './write.ts';

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

/**
 * Projects one batch of one partition in one transaction, together with the position after it. Rejects, with nothing
 * done, when the database fails. `synchronous_commit` is off here and only here: position and result vanish together
 * in a crash, and the log still has the events.
 */
export async function project(
  client: ClientBase,
  target: Target,
  batch: Batch,
  settings: SettingsCache,
): Promise<Outcome> {
  await client.query(
    `BEGIN; SET LOCAL synchronous_commit = off; SELECT pg_advisory_xact_lock_shared(${LOCKS.settings})${
      // A rebuild goes on while a promotion holds this one: it has to catch up with what is live.
      target === 'live' ? `, pg_advisory_xact_lock_shared(${LOCKS.projectionCurrent})` : ''
    }`,
  );
  try {
    const outcome = await projectInside(
      client,
      target === 'live' ? await currentSchemaOn(client) : target.schema,
      batch,
      settings,
    );
    await client.query('COMMIT');
    return outcome;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function projectInside(
  client: ClientBase,
  schema: string,
  batch: Batch,
  settings: SettingsCache,
): Promise<Outcome> {
  const position = await lockPosition(client, schema, batch.partition);
  if (position.next !== batch.first) {
    const nothing = { events: 0, duplicates: 0, conflicts: 0, unreadable: 0, refolds: 0 };
    return { progress: progressOf(position), applied: false, ...nothing };
  }
  const decoded = decodeBatch(batch.partition, batch.records);
  const tenants = new Set(Array.from(decoded.events.values(), (event) => event.tenant));
  const separated = await separate(client, schema, decoded, await settings.load(client, tenants));
  const { quarantined, duplicates } = separated;
  const conversations = [...separated.conversations.values()];
  const assessed = conversations.map((conversation) => ({
    batch: conversation,
    assessment: assess(conversation.stored, conversation.fresh, conversation.settings.rules),
  }));
  const plan = await planFolds(client, schema, assessed.filter(bearsOnWindows));
  const fresh = conversations.flatMap((conversation) => conversation.fresh);
  await writeEvents(client, schema, fresh);
  await writeConversations(
    client,
    schema,
    conversations.filter(mayBeNew).map((conversation) => conversation.first),
  );
  await writeQuarantine(client, schema, batch.partition, quarantined);
  const changes = await foldPlanned(client, schema, plan);
  await writeWindows(client, schema, changes);
  await writeTallies(client, schema, batch.partition, deltasOf(assessed, changes));
  const counts = { events: fresh.length, duplicates, quarantined: quarantined.length };
  const progress = await advancePosition(client, schema, position, batch, counts);
  const conflicts = quarantined.filter((row) => row.reason === 'conflict').length;
  const unreadable = quarantined.length - conflicts;
  return {
    progress,
    applied: true,
    events: fresh.length,
    duplicates,
    conflicts,
    unreadable,
    refolds: plan.doubts.length,
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
      countMessage(deltas, batch.first.tenant, batch.settings.calendar.dayOf(delta.at), delta);
    }
  }
  for (const row of changes.removed) countWindow(deltas, row, -1);
  for (const row of changes.added) countWindow(deltas, row, 1);
  return deltas;
}
