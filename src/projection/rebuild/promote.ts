import { setTimeout as delay } from 'node:timers/promises';
import { type Kysely, sql, type Transaction } from 'kysely';
import { done, type Outcome, type Refused, refuse } from '../../domain/refusal.ts';
import { say } from '../../domain/sentences.ts';
import type { Tables } from '../../store/tables.ts';
import { currentSchema, liveProjection, projectionIn } from '../tables/live-projection.ts';
import { lockPositions, nextOffsets } from '../tables/positions.ts';
import {
  findRebuild,
  type Rebuild,
  rebuildUnderWay,
  recordStep,
  setCurrent,
  stopProjectors,
  unknownRebuild,
} from './state.ts';
import {
  adoptRules,
  changedSinceAdopted,
  RegisteredMeanwhile,
  type RuleAuthor,
  restoreRules,
} from './what-if-rules.ts';

/** How a rebuilt projection becomes the live one, and goes back: on whose behalf, and on what terms. */
export interface Promotion {
  actor: string;
  at: number;
  /** Why it is promoted although it differs; null: it must not differ. */
  reason: string | null;
  /** To change the tenants' rules with it, as a what-if does; null: it must not. */
  rules: Pick<RuleAuthor, 'defaultTimeZone'> | null;
  objection: Objection;
}

/** Why the actor may not change what comes with a rebuild; null: nothing speaks against it. */
export type Objection = (db: Kysely<Tables>, rebuild: Rebuild) => Promise<Refused | null>;

/**
 * Makes the rebuilt projection the live one, atomically: projectors stand still until it has everything that the old
 * one has, then the pointer moves. Queries read the pointer first in their transaction and notice nothing. Refuses with
 * `not-found`, `rebuild-state`, `rebuild-differs`, `rebuild-changes-rules` and what `objection` says.
 */
export async function promoteRebuild(
  db: Kysely<Tables>,
  id: number,
  promotion: Promotion,
): Promise<Outcome<Rebuild>> {
  const deadline = performance.now() + MOVE_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const rebuild = await findRebuild(db, id);
    if (rebuild === null) return unknownRebuild();
    if (rebuild.state === 'caught-up' && (await missing(db, rebuild.schema)) > NEAR) {
      await delay(100);
      continue;
    }
    const promoted = await attempt(db, id, promotion);
    if (promoted !== 'again') return promoted;
    await delay(50);
  }
  return refuse('rebuild-state', say('The rebuild does not catch up with the live projection; try again.'));
}

async function attempt(
  db: Kysely<Tables>,
  id: number,
  promotion: Promotion,
): Promise<Outcome<Rebuild> | 'again'> {
  return await unlessLocked(() =>
    db.transaction().execute(async (transaction) => {
      await stopProjectors(transaction);
      const rebuild = await lockRebuild(transaction, id);
      const refused = await promotionRefused(transaction, rebuild, promotion);
      if (refused !== null) return refused;
      if (!(await caughtUp(transaction, rebuild.schema))) return 'again';
      const { actor, at, reason } = promotion;
      const changed = await changeRules(transaction, rebuild, promotion);
      if (!changed.ok) return changed;
      const previous = await currentSchema(transaction);
      await setCurrent(transaction, rebuild.schema);
      const promoted = await transaction
        .updateTable('public.rebuilds')
        .set({ state: 'promoted', previous, changed_at: at, accepted_by: actor, accepted_reason: reason })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow();
      await recordStep(transaction, id, 'promote', actor, at, { schema: rebuild.schema, reason });
      return done(promoted as Rebuild);
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
): Promise<Outcome<void>> {
  if (rules === null || author === null) return done(undefined);
  await lockPositions(projectionIn(transaction, schema));
  return await adoptRules(transaction, { id, schema, rules }, { actor, at, ...author });
}

async function promotionRefused(
  transaction: Transaction<Tables>,
  rebuild: Rebuild,
  { reason, rules, objection }: Promotion,
): Promise<Refused | null> {
  const { state, comparison, period } = rebuild;
  if (state !== 'caught-up' || comparison === null)
    return refuse(
      'rebuild-state',
      say('The rebuild is {state}; only one that is caught-up can be promoted.', { state }),
    );
  if (period !== null)
    return refuse(
      'rebuild-state',
      say(
        'Only {period} was compared, and promoting it would change every period: start one without `period`.',
        { period },
      ),
    );
  if (rebuild.rules !== null && rules === null)
    return refuse('rebuild-changes-rules', say('It is a what-if: the rules of tenants change with it.'));
  if (rebuild.rules === null && rules !== null)
    return refuse(
      'rebuild-state',
      say('The rebuild is no what-if: it changes no rules. Leave `changeRules` out.'),
    );
  const { count } = comparison.differences;
  if (count > 0 && reason === null)
    return refuse('rebuild-differs', say('It differs in {count} places.', { count }));
  return await objection(transaction, rebuild);
}

export interface Rollback extends RuleAuthor {
  objection: Objection;
}

/**
 * Makes the projection live again that was so before. It has stood still since, so a worker first brings it up to
 * date; then the pointer moves as in a promotion. Where that takes longer than this waits, it goes on, to be asked again.
 * Refuses with `not-found`, `rebuild-state` and what `objection` says.
 */
export async function rollBackRebuild(
  db: Kysely<Tables>,
  id: number,
  rollback: Rollback,
): Promise<Outcome<Rebuild>> {
  const deadline = performance.now() + MOVE_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const rebuild = await findRebuild(db, id);
    if (rebuild === null) return unknownRebuild();
    const refused = await rollbackRefused(db, rebuild, rollback);
    if (refused !== null) return refused;
    const previous = rebuild.previous ?? '';
    await db.updateTable('public.rebuilds').set({ phase: 'rollback' }).where('id', '=', id).execute();
    const rolledBack = (await missing(db, previous)) > NEAR ? 'again' : await attemptBack(db, id, rollback);
    if (rolledBack !== 'again') return rolledBack;
    await delay(100);
  }
  return refuse(
    'rebuild-state',
    say('The projection before it is still catching up; ask again in a moment.'),
  );
}

async function rollbackRefused(
  db: Kysely<Tables>,
  rebuild: Rebuild,
  { objection }: Rollback,
): Promise<Refused | null> {
  const { id, state, schema, previous, rules } = rebuild;
  if (state !== 'promoted' || previous === null || (await currentSchema(db)) !== schema)
    return refuse(
      'rebuild-state',
      say('The rebuild is {state}; only the one that is live can be rolled back.', { state }),
    );
  const underWay = await rebuildUnderWay(db);
  if (underWay !== null)
    return refuse(
      'rebuild-state',
      say('Rebuild {id} is under way and compares with what is live now: discard it first.', {
        id: underWay.id,
      }),
    );
  const { rows } = await sql<{ there: boolean }>`
    SELECT to_regnamespace(${previous}) IS NOT NULL AS there`.execute(db);
  if (rows[0]?.there !== true)
    return refuse(
      'rebuild-state',
      say('The projection before it was dropped when a later rebuild was started.'),
    );
  const changed = rules === null ? null : await changedSinceAdopted(db, { id, schema, rules });
  return changed ?? (await objection(db, rebuild));
}

async function attemptBack(
  db: Kysely<Tables>,
  id: number,
  rollback: Rollback,
): Promise<Outcome<Rebuild> | 'again'> {
  return await unlessLocked(() =>
    db.transaction().execute(async (transaction) => {
      await stopProjectors(transaction);
      const rebuild = await lockRebuild(transaction, id);
      const refused = await rollbackRefused(transaction, rebuild, rollback);
      if (refused !== null) return refused;
      const { schema, rules } = rebuild;
      const previous = rebuild.previous ?? '';
      if (!(await caughtUp(transaction, previous))) return 'again';
      if (rules !== null) {
        const restored = await restoreRules(transaction, { id, schema, rules }, rollback);
        if (!restored.ok) return restored;
      }
      await setCurrent(transaction, previous);
      const changed = await transaction
        .updateTable('public.rebuilds')
        .set({ state: 'rolled-back', changed_at: rollback.at })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow();
      await recordStep(transaction, id, 'rollback', rollback.actor, rollback.at, { schema: previous });
      return done(changed as Rebuild);
    }),
  );
}

/* What promotion and rollback share. */

/** How long a promotion or a rollback tries, in ms; and how long it may stop the projectors at a time. */
const MOVE_TIMEOUT_MS = 20_000;
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
