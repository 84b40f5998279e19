import { setTimeout as delay } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import type { Tables } from '../store/tables.ts';
import type { Difference } from './compare-rows.ts';
import { type Rebuild, recordStep, setCurrent, stopProjectors } from './rebuild-state.ts';
import { currentSchema, projectionIn } from './schema.ts';

export interface Promotion {
  actor: string;
  at: number;
  /** Why it is promoted although it differs; null: it must not differ. */
  reason: string | null;
  /** Whether one of the differences touches a final period that the actor may not change. */
  forbidden(transaction: Transaction<Tables>, differences: readonly Difference[]): Promise<boolean>;
}

export type Promoted =
  | { kind: 'promoted'; rebuild: Rebuild }
  | { kind: 'wrong-state'; state: Rebuild['state'] }
  | { kind: 'differs'; count: number }
  | { kind: 'forbidden' }
  /** Nobody keeps the rebuilt projection up to date, or it cannot keep up. */
  | { kind: 'behind' };

/** How long a promotion tries, in ms; and how long it may stop the projectors at a time. */
const PATIENCE_MS = 20_000;
const STANDSTILL_MS = 1_000;
const NEAR = 5_000;

/**
 * Makes the rebuilt projection the live one, atomically: projectors stand still until it has everything that the old
 * one has, then the pointer moves. Queries read the pointer first in their transaction and notice nothing.
 */
export async function promoteRebuild(
  db: Kysely<Tables>,
  id: number,
  promotion: Promotion,
): Promise<Promoted | null> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const rebuild = await db
      .selectFrom('public.rebuilds')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    if (rebuild === undefined) return null;
    if (rebuild.state === 'caught-up' && (await missing(db, rebuild.schema)) > NEAR) {
      await delay(100);
      continue;
    }
    const promoted = await attempt(db, id, promotion);
    if (promoted !== 'again') return promoted;
    await delay(50);
  }
  return { kind: 'behind' };
}

async function attempt(db: Kysely<Tables>, id: number, promotion: Promotion): Promise<Promoted | 'again'> {
  return await unlessLocked(() =>
    db.transaction().execute(async (transaction) => {
      await stopProjectors(transaction);
      const rebuild = await lockRebuild(transaction, id);
      const refusal = await refuse(transaction, rebuild, promotion);
      if (refusal !== null) return refusal;
      if (!(await caughtUp(transaction, rebuild.schema))) return 'again';
      const previous = await currentSchema(transaction);
      await setCurrent(transaction, rebuild.schema);
      const changed = await transaction
        .updateTable('public.rebuilds')
        .set({
          state: 'promoted',
          previous,
          changed_at: promotion.at,
          accepted_by: promotion.actor,
          accepted_reason: promotion.reason,
        })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow();
      const { actor, at, reason } = promotion;
      await recordStep(transaction, id, 'promote', actor, at, { schema: rebuild.schema, reason });
      return { kind: 'promoted', rebuild: changed as Rebuild };
    }),
  );
}

async function lockRebuild(transaction: Transaction<Tables>, id: number): Promise<Rebuild> {
  const row = await transaction
    .selectFrom('public.rebuilds')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return row as Rebuild;
}

async function refuse(
  transaction: Transaction<Tables>,
  { state, comparison }: Rebuild,
  { reason, forbidden }: Promotion,
): Promise<Promoted | null> {
  if (state !== 'caught-up' || comparison === null) return { kind: 'wrong-state', state };
  const { count, items } = comparison.differences;
  if (count > 0 && reason === null) return { kind: 'differs', count };
  return (await forbidden(transaction, items)) ? { kind: 'forbidden' } : null;
}

/** Waits a moment for the rebuilt projection; the live one stands still meanwhile. */
async function caughtUp(transaction: Transaction<Tables>, schema: string): Promise<boolean> {
  const deadline = Date.now() + STANDSTILL_MS;
  while ((await missing(transaction, schema)) > 0) {
    if (Date.now() > deadline) return false;
    await delay(5);
  }
  return true;
}

/** How many records the live projection has that the other one has not. */
async function missing(db: Kysely<Tables>, schema: string): Promise<number> {
  const live = projectionIn(db, await currentSchema(db))
    .selectFrom('positions')
    .select(['partition', 'next']);
  const other = projectionIn(db, schema).selectFrom('positions').select(['partition', 'next']);
  const there = new Map((await other.execute()).map(({ partition, next }) => [partition, next]));
  return (await live.execute()).reduce(
    (sum, { partition, next }) => sum + Math.max(0, next - (there.get(partition) ?? 0)),
    0,
  );
}

export type RolledBack =
  | { kind: 'rolled-back'; rebuild: Rebuild }
  | { kind: 'wrong-state'; state: Rebuild['state'] }
  /** The projection before it is still catching up, or nobody works on that; ask again. */
  | { kind: 'behind' };

/**
 * Makes the projection live again that was so before. It has stood still since, so a worker first brings it up to
 * date; then the pointer moves as in a promotion. Where that takes longer than this waits, it goes on, to be asked again.
 */
export async function rollBackRebuild(
  db: Kysely<Tables>,
  id: number,
  actor: { actor: string; at: number },
): Promise<RolledBack | null> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const rebuild = await db
      .selectFrom('public.rebuilds')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    if (rebuild === undefined) return null;
    const { state, schema, previous } = rebuild;
    if (state !== 'promoted' || previous === null || (await currentSchema(db)) !== schema)
      return { kind: 'wrong-state', state };
    await db.updateTable('public.rebuilds').set({ phase: 'rollback' }).where('id', '=', id).execute();
    const rolledBack = (await missing(db, previous)) > NEAR ? 'again' : await attemptBack(db, id, actor);
    if (rolledBack !== 'again') return rolledBack;
    await delay(100);
  }
  return { kind: 'behind' };
}

async function attemptBack(
  db: Kysely<Tables>,
  id: number,
  { actor, at }: { actor: string; at: number },
): Promise<RolledBack | 'again'> {
  return await unlessLocked(() =>
    db.transaction().execute(async (transaction) => {
      await stopProjectors(transaction);
      const { state, schema, previous } = await lockRebuild(transaction, id);
      if (state !== 'promoted' || previous === null || (await currentSchema(transaction)) !== schema)
        return { kind: 'wrong-state', state };
      if (!(await caughtUp(transaction, previous))) return 'again';
      await setCurrent(transaction, previous);
      const changed = await transaction
        .updateTable('public.rebuilds')
        .set({ state: 'rolled-back', changed_at: at })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow();
      await recordStep(transaction, id, 'rollback', actor, at, { schema: previous });
      return { kind: 'rolled-back', rebuild: changed as Rebuild };
    }),
  );
}

const LOCK_NOT_AVAILABLE = '55P03';

async function unlessLocked<T>(work: () => Promise<T>): Promise<T | 'again'> {
  try {
    return await work();
  } catch (error) {
    if ((error as { code?: string }).code === LOCK_NOT_AVAILABLE) return 'again';
    throw error;
  }
}
