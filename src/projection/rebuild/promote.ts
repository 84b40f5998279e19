import { setTimeout as delay } from 'node:timers/promises';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables } from '../../store/tables.ts';
import { lockPositions, nextOffsets } from '../tables/positions.ts';
import { currentSchema, liveProjection, projectionIn } from '../tables/schema.ts';
import {
  adoptRules,
  changedSinceAdopted,
  RegisteredMeanwhile,
  type RuleAuthor,
  restoreRules,
} from './rules.ts';
import {
  findRebuild,
  type Rebuild,
  rebuildUnderWay,
  recordStep,
  setCurrent,
  stopProjectors,
} from './state.ts';

export interface Promotion {
  actor: string;
  at: number;
  /** Why it is promoted although it differs; null: it must not differ. */
  reason: string | null;
  /** To change the tenants' rules with it, as a what-if does; null: it must not. */
  rules: Pick<RuleAuthor, 'defaultTimeZone' | 'show'> | null;
  /** Whether it changes what the actor may not change. */
  forbidden(transaction: Transaction<Tables>, rebuild: Rebuild): Promise<boolean>;
}

export type Promoted =
  | { kind: 'promoted'; rebuild: Rebuild }
  | { kind: 'wrong-state'; state: Rebuild['state'] }
  | { kind: 'differs'; count: number }
  | { kind: 'forbidden' }
  /** It judged by other rules, and that they change with it was not asked for. */
  | { kind: 'changes-rules' }
  /** They were to change with it, and it judged by the tenants' own. */
  | { kind: 'keeps-rules' }
  /** Only one period of it was compared. */
  | { kind: 'one-period'; period: string }
  | { kind: 'rules-changed'; tenants: string[] }
  /** Nobody keeps the rebuilt projection up to date, or it cannot keep up. */
  | { kind: 'behind' };

/**
 * Makes the rebuilt projection the live one, atomically: projectors stand still until it has everything that the old
 * one has, then the pointer moves. Queries read the pointer first in their transaction and notice nothing.
 */
export async function promoteRebuild(
  db: Kysely<Tables>,
  id: number,
  promotion: Promotion,
): Promise<Promoted | null> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const rebuild = await findRebuild(db, id);
    if (rebuild === null) return null;
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
      const { actor, at, reason } = promotion;
      const changed = await changeRules(transaction, rebuild, promotion);
      if (changed !== null) return changed;
      const previous = await currentSchema(transaction);
      await setCurrent(transaction, rebuild.schema);
      const promoted = await transaction
        .updateTable('public.rebuilds')
        .set({ state: 'promoted', previous, changed_at: at, accepted_by: actor, accepted_reason: reason })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow();
      await recordStep(transaction, id, 'promote', actor, at, { schema: rebuild.schema, reason });
      return { kind: 'promoted', rebuild: promoted as Rebuild };
    }),
  );
}

/**
 * Gives tenants the rules of a what-if, with its projection. The settings lock is not needed: every projector stands
 * still, and reads the rules after it has the lock that this transaction holds. Workers on the rebuild have to be kept
 * away: they would judge a tenant by those rules that comes too late to get them.
 */
async function changeRules(
  transaction: Transaction<Tables>,
  { id, schema, rules }: Rebuild,
  { actor, at, rules: author }: Promotion,
): Promise<Promoted | null> {
  if (rules === null || author === null) return null;
  await lockPositions(projectionIn(transaction, schema));
  const adopted = await adoptRules(transaction, { id, schema, rules }, { actor, at, ...author });
  return adopted.ok ? null : { kind: 'rules-changed', tenants: adopted.changedSince };
}

async function refuse(
  transaction: Transaction<Tables>,
  rebuild: Rebuild,
  { reason, rules, forbidden }: Promotion,
): Promise<Promoted | null> {
  const { state, comparison, period } = rebuild;
  if (state !== 'caught-up' || comparison === null) return { kind: 'wrong-state', state };
  if (period !== null) return { kind: 'one-period', period };
  if (rebuild.rules !== null && rules === null) return { kind: 'changes-rules' };
  if (rebuild.rules === null && rules !== null) return { kind: 'keeps-rules' };
  const { count } = comparison.differences;
  if (count > 0 && reason === null) return { kind: 'differs', count };
  return (await forbidden(transaction, rebuild)) ? { kind: 'forbidden' } : null;
}

export type RolledBack =
  | { kind: 'rolled-back'; rebuild: Rebuild }
  | { kind: 'wrong-state'; state: Rebuild['state'] }
  /** Its tables were dropped when a later rebuild was promoted and another one started. */
  | { kind: 'gone' }
  /** Another rebuild is under way, and compared with what would be live no longer. */
  | { kind: 'busy'; id: number }
  | { kind: 'rules-changed'; tenants: string[] }
  /** The projection before it is still catching up, or nobody works on that; ask again. */
  | { kind: 'behind' };

/**
 * Makes the projection live again that was so before. It has stood still since, so a worker first brings it up to
 * date; then the pointer moves as in a promotion. Where that takes longer than this waits, it goes on, to be asked again.
 */
export async function rollBackRebuild(
  db: Kysely<Tables>,
  id: number,
  author: RuleAuthor,
): Promise<RolledBack | null> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const rebuild = await findRebuild(db, id);
    if (rebuild === null) return null;
    const refusal = await refuseBack(db, rebuild);
    if (refusal !== null) return refusal;
    const previous = rebuild.previous ?? '';
    await db.updateTable('public.rebuilds').set({ phase: 'rollback' }).where('id', '=', id).execute();
    const rolledBack = (await missing(db, previous)) > NEAR ? 'again' : await attemptBack(db, id, author);
    if (rolledBack !== 'again') return rolledBack;
    await delay(100);
  }
  return { kind: 'behind' };
}

async function refuseBack(db: Kysely<Tables>, rebuild: Rebuild): Promise<RolledBack | null> {
  const { id, state, schema, previous, rules } = rebuild;
  if (state !== 'promoted' || previous === null || (await currentSchema(db)) !== schema)
    return { kind: 'wrong-state', state };
  const underWay = await rebuildUnderWay(db);
  if (underWay !== null) return { kind: 'busy', id: underWay.id };
  const { rows } = await sql<{ there: boolean }>`
    SELECT to_regnamespace(${previous}) IS NOT NULL AS there`.execute(db);
  if (rows[0]?.there !== true) return { kind: 'gone' };
  const tenants = rules === null ? [] : await changedSinceAdopted(db, { id, schema, rules });
  return tenants.length === 0 ? null : { kind: 'rules-changed', tenants };
}

async function attemptBack(
  db: Kysely<Tables>,
  id: number,
  author: RuleAuthor,
): Promise<RolledBack | 'again'> {
  return await unlessLocked(() =>
    db.transaction().execute(async (transaction) => {
      await stopProjectors(transaction);
      const rebuild = await lockRebuild(transaction, id);
      const refusal = await refuseBack(transaction, rebuild);
      if (refusal !== null) return refusal;
      const { schema, rules } = rebuild;
      const previous = rebuild.previous ?? '';
      if (!(await caughtUp(transaction, previous))) return 'again';
      if (rules !== null) {
        const restored = await restoreRules(transaction, { id, schema, rules }, author);
        if (!restored.ok) return { kind: 'rules-changed', tenants: restored.changedSince };
      }
      await setCurrent(transaction, previous);
      const changed = await transaction
        .updateTable('public.rebuilds')
        .set({ state: 'rolled-back', changed_at: author.at })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow();
      await recordStep(transaction, id, 'rollback', author.actor, author.at, { schema: previous });
      return { kind: 'rolled-back', rebuild: changed as Rebuild };
    }),
  );
}

/* What promotion and rollback share. */

/** How long a promotion or a rollback tries, in ms; and how long it may stop the projectors at a time. */
const PATIENCE_MS = 20_000;
const STANDSTILL_MS = 1_000;
/** Records behind which it is not worth stopping them. */
const NEAR = 5_000;

async function lockRebuild(transaction: Transaction<Tables>, id: number): Promise<Rebuild> {
  const row = await transaction
    .selectFrom('public.rebuilds')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return row as Rebuild;
}

/** Waits a moment for the rebuilt projection; the live one stands still meanwhile. */
async function caughtUp(transaction: Transaction<Tables>, schema: string): Promise<boolean> {
  const deadline = performance.now() + STANDSTILL_MS;
  while ((await missing(transaction, schema)) > 0) {
    if (performance.now() > deadline) return false;
    await delay(5);
  }
  return true;
}

/** How many records the live projection has that the other one has not. */
export async function missing(db: Kysely<Tables>, schema: string): Promise<number> {
  const live = await liveProjection(db);
  const there = await nextOffsets(projectionIn(db, schema));
  let sum = 0;
  for (const [partition, next] of await nextOffsets(live))
    sum += Math.max(0, next - (there.get(partition) ?? 0));
  return sum;
}

const LOCK_NOT_AVAILABLE = '55P03';

async function unlessLocked<T>(work: () => Promise<T>): Promise<T | 'again'> {
  try {
    return await work();
  } catch (error) {
    if ((error as { code?: string }).code === LOCK_NOT_AVAILABLE) return 'again';
    if (error instanceof RegisteredMeanwhile) return 'again';
    throw error;
  }
}
