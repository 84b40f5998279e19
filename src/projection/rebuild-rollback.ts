import { setTimeout as delay } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../store/tables.ts';
import { changedSinceAdopted, type RuleAuthor, restoreRules } from './rebuild-rules.ts';
import {
  findRebuild,
  type Rebuild,
  rebuildUnderWay,
  recordStep,
  setCurrent,
  stopProjectors,
} from './rebuild-state.ts';
import { caughtUp, lockRebuild, missing, NEAR, PATIENCE_MS, unlessLocked } from './rebuild-swap.ts';
import { currentSchema } from './schema.ts';

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
